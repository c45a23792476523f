"""A small timetable, written as a feed: line 1 from A over B to C and back, on weekdays."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STOPS = {"A": (113.30, 23.00), "B": (113.31, 23.00), "C": (113.33, 23.00)}


def clock(minutes: float) -> str:
    seconds = round(minutes * 60)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def write_feed(
    path: Path,
    leaves_min: list[float],
    *,
    run_min: tuple[float, float] = (4, 6),
    halt_min: float = 1,
    without: tuple[str, ...] = (),
    times: bool = True,
    **more: str,
) -> Path:
    """Feed with a trip from A to C at each of some minutes after midnight, none on 5 January.

    Without `times` the stop in the middle has none. `more` are further files by name without
    ending; ``without`` names files to leave out.
    """
    rows = []
    for number, start in enumerate(leaves_min):
        b = start + run_min[0]
        c = b + halt_min + run_min[1]
        middle = f"{clock(b)},{clock(b + halt_min)}" if times else ","
        rows += [
            f"t{number},{clock(start)},{clock(start)},A,1", f"t{number},{middle},B,2",
            f"t{number},{clock(c)},{clock(c)},C,3",
        ]  # fmt: skip
    files = {
        "agency": "agency_id,agency_name,agency_url,agency_timezone\na,Toy,http://x.cn,Asia/Shanghai",
        "routes": "route_id,agency_id,route_short_name,route_long_name,route_type\nr1,a,1,Line,3",
        "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
        + "\n".join(f"{k},{k},{lat},{lon}" for k, (lon, lat) in STOPS.items()),
        "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
        "start_date,end_date\nwd,1,1,1,1,1,0,0,20260105,20260106",
        "calendar_dates": "service_id,date,exception_type\nwd,20260105,2",
        "trips": "route_id,service_id,trip_id\n"
        + "\n".join(f"r1,wd,t{n}" for n in range(len(leaves_min))),
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "\n".join(rows),
        **more,
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            if name not in without:
                archive.writestr(f"{name}.txt", text + "\n")
    return path
