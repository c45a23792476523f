"""``taobaogis villages``: the gazetteer."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

__all__ = ["command"]


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print all fields as JSON.")] = False,
) -> None:
    """List the villages and wholesale markets that are known by name."""
    from taobaogis import gazetteer  # noqa: PLC0415 - so that --help answers at once

    if as_json:
        record = {
            "villages": [dataclasses.asdict(v) for v in gazetteer.villages().values()],
            "markets": [dataclasses.asdict(m) for m in gazetteer.markets().values()],
        }
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    print("Villages")
    for village in gazetteer.villages().values():
        print(
            f"  {village.id:14} {village.name_en} {village.name_zh}, {village.district_en}, "
            f"{village.city_en}; {', '.join(village.goods)}; "
            f"{village.lat:.4f} N {village.lon:.4f} E ± {village.radius_of_doubt_m:g} m"
        )
    print("Wholesale markets")
    for market in gazetteer.markets().values():
        print(f"  {market.id:32} {market.name_en} {market.name_zh}; {', '.join(market.goods)}")
