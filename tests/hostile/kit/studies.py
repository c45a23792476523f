"""Studies that are damaged or absurd, hostile names in whole runs, and tables of runs."""

from __future__ import annotations

import csv
import io
import math
import re
import sqlite3
import tempfile
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from hostile.kit.damage import DAMAGES, damaged
from hostile.kit.runs import STUDY, defects_of_run, run_apart, small_study
from hostile.kit.verdicts import Case, Verdict

from taobaogis.loaders.assemble import load_study_data
from taobaogis.reports.finished import read_indicators
from taobaogis.reports.tables import INDICATOR_COLUMNS
from taobaogis.settings import Settings
from taobaogis.study import load_study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taobaogis.study import Study

__all__ = ["study_cases"]

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_VILLAGE = '[[village]]\nid = "a"\nlon = 113.3\nlat = 23.0\n'

# By what is written; each must be refused.
REFUSED: dict[str, str] = {
    "an id that climbs": _VILLAGE.replace('"a"', '"../../etc/passwd"'),
    "an id that climbs on Windows": _VILLAGE.replace('"a"', "'..\\..\\x'"),
    "an id from the root": _VILLAGE.replace('"a"', '"/etc/passwd"'),
    "an id of a dot": _VILLAGE.replace('"a"', '"."'),
    "an id with a NUL": _VILLAGE.replace('"a"', '"a\\u0000b"'),
    "an id of a script": _VILLAGE.replace('"a"', '"<script>alert(1)</script>"'),
    "an id of blanks": _VILLAGE.replace('"a"', '"  "'),
    "an empty id": _VILLAGE.replace('"a"', '""'),
    "an id of 10,000 letters": _VILLAGE.replace('"a"', f'"{"a" * 10_000}"'),
    "an id that is a number": _VILLAGE.replace('"a"', "7"),
    "an id that stands twice": _VILLAGE * 2,
    "an id in capitals": _VILLAGE.replace('"a"', '"A"'),
    "a study that climbs": f'[study]\nid = "../x"\n{_VILLAGE}',
    "no village": "[study]\nid = 'x'\n",
    "no village, as a list": "village = []\n",
    "a village that is a word": 'village = "a"\n',
    "a village that is a table": _VILLAGE.replace("[[village]]", "[village]"),
    "all of China": "".join(
        f'[[village]]\nid = "v{i}"\nlon = {lon}\nlat = {lat}\n'
        for i, (lon, lat) in enumerate([(75, 38), (134, 48), (110, 19), (122, 53)])
    ),
    "a circle as large as China": f"{_VILLAGE}radius_m = 2_500_000\n",
    "a circle of no size": f"{_VILLAGE}radius_m = 0\n",
    "a circle below zero": f"{_VILLAGE}radius_m = -500\n",
    "a circle of infinity": f"{_VILLAGE}radius_m = inf\n",
    "a circle of NaN": f"{_VILLAGE}radius_m = nan\n",
    "a place of NaN": _VILLAGE.replace("113.3", "nan"),
    "a place of infinity": _VILLAGE.replace("113.3", "inf"),
    "a place at 0, 0": _VILLAGE.replace("113.3", "0").replace("23.0", "0"),
    "a place off the globe": _VILLAGE.replace("113.3", "1133.0"),
    "a place in metres": _VILLAGE.replace("113.3", "432000.0").replace("23.0", "2544000.0"),
    "a place with axes exchanged": _VILLAGE.replace("113.3", "x").replace("23.0", "113.3")
    .replace("= x", "= 23.0"),
    "a place in words": _VILLAGE.replace("113.3", '"east"'),
    "a place of 400 digits": _VILLAGE.replace("113.3", "1" * 400),
    "a place at the pole": _VILLAGE.replace("23.0", "90.0"),
    "a CRS in degrees": f"[study]\ncrs = 'EPSG:4326'\n{_VILLAGE}",
    "a CRS that nobody knows": f"[study]\ncrs = 'EPSG:99999'\n{_VILLAGE}",
    "a CRS of rubbish": f"[study]\ncrs = '+proj=\\u0000'\n{_VILLAGE}",
    "a CRS elsewhere": f"[study]\ncrs = 'EPSG:27700'\n{_VILLAGE}",
    "an unknown heading": f"{_VILLAGE}[nonsense]\na = 1\n",
    "an unknown key": f"{_VILLAGE}colour = 'red'\n",
    "an unknown datum": f"{_VILLAGE}[source]\ndatum = 'mars'\n",
    "a boundary that is not there": f"{_VILLAGE}boundary = 'none.gpkg'\n",
    "a boundary that climbs": f"{_VILLAGE}boundary = '../../../../../../etc/passwd'\n",
    "a boundary of a device": f"{_VILLAGE}boundary = '/dev/zero'\n",
    "houses of a device": f"{_VILLAGE}[source]\nbuildings = '/dev/zero'\n",
    "an OSM file that is not there": f"{_VILLAGE}[source]\nosm = 'none.pbf'\n",
    "a criterion nobody knows": f"{_VILLAGE}[[criterion]]\nindicator = 'x'\ngood = 1\nbad = 0\n",
    "a criterion without distance": (
        f"{_VILLAGE}[[criterion]]\nindicator = 'street_width_median_m'\ngood = 1\nbad = 1\n"),
    "a criterion of NaN": (
        f"{_VILLAGE}[[criterion]]\nindicator = 'street_width_median_m'\ngood = nan\nbad = 1\n"),
    "a vehicle of no width": f"{_VILLAGE}[[vehicle]]\nid = 'x'\nclear_width_m = 0\n",
    "a market nowhere": f"{_VILLAGE}[[market]]\nid = 'x'\n",
    "a market on the moon": f"{_VILLAGE}[[market]]\nid = 'x'\nlon = 113\nlat = 230\n",
    "a market across the world": f"{_VILLAGE}[[market]]\nid = 'x'\nlon = -70\nlat = -30\n",
    "storeys exchanged": f"{_VILLAGE}[assumptions]\nstoreys_low = 9\nstoreys_high = 2\n",
    "storeys of NaN": f"{_VILLAGE}[assumptions]\nstoreys_low = nan\n",
    "a ring of 10,000 km": f"{_VILLAGE}[assumptions]\ncontext_ring_m = 1e7\n",
    "nesting without end": "a = " + "[" * 100_000,
    "nesting that ends": f"{_VILLAGE}x = {'[' * 500}{']' * 500}\n",
    "tables without end": "[" + "a." * 50_000 + "a]\n",
    "a key twice": f"{_VILLAGE}lon = 114\n",
    "no TOML": "<html><body>Not found</body></html>",
    "JSON": '{"village": []}',
    "YAML": "village:\n  - id: a\n",
    "nothing": "",
    "blanks": " " * 10_000,
    "a NUL": "\x00",
    "half a surrogate": f"{_VILLAGE}name_en = '\ud800'\n",
    "a key of control characters": f'{_VILLAGE}"\\u001b[2J" = 1\n',
}  # fmt: skip

# Names that stand in every output of a run.
NAMES: dict[str, str] = {
    "a script": "<script>alert(1)</script>",
    "a closing script": "</script><img src=x onerror=alert(1)>",
    "an attribute": '" onmouseover="alert(1)',
    "a template": "{{7*7}}${7*7}{%raw%}",
    "a formula": "=cmd|'/C calc'!A0",
    "a sum": "+1+1",
    "an at sign": "@SUM(1)",
    "control characters": "a\u0001\u001b[2J\u0007b",
    "turned writing": "a\u202egnp.exe",
    "a line break": "a\nb\r\nc",
    "a line separator": "a\u2028b",
    "SQL": "'; DROP TABLE buildings; --",
    "a path": "../../../etc/passwd",
    "an entity": "&lt;b&gt;&amp;&#0;",
    "1,000 letters": "里" * 1000,
    "emoji and Arabic": "🛒 قرية 里",
    "combining marks": "Z" + "\u0301" * 200,
    "a markdown link": "[x](javascript:alert(1))",
    "math of a plotting library": "$\\frac{1}{0}$ _{ $ ^",
    "a percent sign": "%s %(x)s %n",
    "blanks": "   ",
}  # fmt: skip


def read_damaged(kind: str, seed: int) -> Verdict:
    """A study with one harm done to it: refused, the same, or another that can be meant."""
    with tempfile.TemporaryDirectory() as at:
        path = small_study(Path(at))
        true = load_study(str(path))
        path.write_bytes(damaged(path.read_bytes(), kind, seed))
        study = load_study(str(path))
    wrong = _cannot_be_meant(study)
    if wrong:
        return Verdict("wrong", wrong)
    return Verdict("unchanged" if study == true else "other")


def _cannot_be_meant(study: Study) -> str:
    ids = [spec.id for spec in study.villages] + [spec.id for spec in study.markets]
    for name in ids + [spec.id for spec in study.vehicles]:
        if not _ID.fullmatch(name):
            return f"an id that climbs: {name!r}"
    lons = [spec.lon for spec in study.villages] + [spec.lon for spec in study.markets]
    lats = [spec.lat for spec in study.villages] + [spec.lat for spec in study.markets]
    if not (all(abs(lon) <= 180 for lon in lons) and all(abs(lat) <= 90 for lat in lats)):
        return f"a place off the globe: {lons}, {lats}"
    numbers = [v for v in astuple(study.assumptions) if isinstance(v, float)]
    if not all(map(math.isfinite, numbers)):
        return f"assumptions without a number: {numbers}"
    return ""


def read_refused(name: str) -> Verdict:
    """A study that cannot be meant: refused when it is read, or when its data are looked for."""
    with tempfile.TemporaryDirectory() as at:
        path = small_study(Path(at), REFUSED[name])
        study = load_study(str(path))
        load_study_data(study, Settings(Path(at) / "cache", offline=True))
    return Verdict("wrong", "it was read")


def run_with_name(name: str) -> Verdict:
    """A whole run of a study whose every name is hostile: its outputs show it and obey nothing."""
    said = NAMES[name]
    quoted = "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in said)
    text = STUDY
    for given in ("A small study", "Lane village", "里村", "Market"):
        text = text.replace(f'"{given}"', f'"{quoted}"')
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at)
        study, out = small_study(folder / "study", text), folder / "out"
        ended = run_apart(["run", str(study), "--out", str(out), "-q"], folder / "printed",
                          cache=folder / "cache")  # fmt: skip
        if "Traceback" in ended.err or ended.code not in {0, 2}:
            return Verdict("traceback", f"{ended.code}: {ended.err[-600:]}")
        if ended.code:
            return Verdict("error", ended.err.strip()[-300:])
        wrong = defects_of_run(out) or _obeyed_table(out) or _obeyed_page(out, said)
        wrong = wrong or _broken_database(out)
        outside = list(folder.rglob("passwd*"))
    if wrong or outside:
        return Verdict("wrong", wrong or f"written outside: {outside}")
    if any(c in ended.err + ended.out for c in "\x1b\x07\u202e"):
        return Verdict("wrong", "the terminal would obey the name")
    return Verdict("unchanged")


def _obeyed_table(out: Path) -> str:
    text = (out / "indicators.csv").read_text(encoding="utf-8-sig")
    for row in csv.DictReader(io.StringIO(text)):
        for column, cell in row.items():
            if cell.startswith(("=", "+", "@", "\t", "\r")):
                return f"a formula in {column}: {cell[:50]!r}"
            if any(ord(c) < 32 for c in cell):
                return f"a control character in {column}"
    return ""


def _obeyed_page(out: Path, said: str) -> str:
    for path in out.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        if ("<" in said or '"' in said) and said in text:
            return f"{path.name} holds the name as it was written"
        if any(c in text for c in "\x00\x01\x07\x1b\u202e"):
            return f"{path.name} holds characters that are obeyed"
    return ""


def _broken_database(out: Path) -> str:
    with sqlite3.connect(out / "layers.gpkg") as database:
        (state,) = database.execute("PRAGMA integrity_check").fetchone()
        tables = {row[0] for row in database.execute("SELECT table_name FROM gpkg_contents")}
    return "" if state == "ok" and "buildings" in tables else f"{state}, {sorted(tables)}"


# --- tables of finished runs

_ROW = "lane,form,street_width_median_m,{v},m,{v},{v},A,12,median of 12 streets,small.osm,"
_TABLE = (
    "\ufeff" + ",".join(INDICATOR_COLUMNS) + "\n"
    + "".join(_ROW.format(v=3.5 + i) + "\n" for i in range(1))
    + "lane,form,building_coverage_ratio,,1,,,NA,0,,,no building is mapped\n"
)  # fmt: skip


def read_table(kind: str, seed: int) -> Verdict:
    """A table of a finished run with one harm done to it."""
    with tempfile.TemporaryDirectory() as at:
        folder = Path(at) / "run"
        folder.mkdir()
        (folder / "indicators.csv").write_bytes(_TABLE.encode())
        true = read_indicators([folder])
        (folder / "indicators.csv").write_bytes(damaged(_TABLE.encode(), kind, seed))
        found = read_indicators([folder])
    for indicator in (i for of_village in found.values() for i in of_village.values()):
        if indicator.value is not None and not math.isfinite(indicator.value):
            return Verdict("wrong", f"a value of {indicator.value}")
    return Verdict("unchanged" if found == true else "other")


def study_cases(count: int) -> Iterator[Case]:
    """Every study once, every damage so many times."""
    for kind in DAMAGES:
        for seed in range(count):
            yield _case("study damaged", f"{kind} {seed}", "read_damaged", kind, seed)
            yield _case("table of a run damaged", f"{kind} {seed}", "read_table", kind, seed)
    for name in REFUSED:
        yield _case("study that cannot be meant", name, "read_refused", name, may="error")
    for name in NAMES:
        yield _case("hostile names in a whole run", name, "run_with_name", name)


def _case(kind: str, label: str, work: str, *given: object,
          may: str = "error unchanged other") -> Case:  # fmt: skip
    return Case("studies and tables", kind, label, f"hostile.kit.studies:{work}", given,
                may=frozenset(may.split()), seconds=60, memory_mb=3000)  # fmt: skip
