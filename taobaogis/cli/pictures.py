"""What all commands that draw maps let their caller say of pictures and base maps."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from taobaogis.maps.backdrops import Backdrop

__all__ = ["BasemapOption", "FiguresOption", "warn_of"]

FiguresOption = Annotated[
    str, typer.Option("--figures", help="Formats of the figures, with commas: png, svg, pdf.")
]
BasemapOption = Annotated[
    str,
    typer.Option(
        "--basemap",
        help="Base map below the pages, fetched when they are opened: osm, tianditu (with "
        "TAOBAOGIS_BASEMAP_KEY) or amap. [default: none; pages then open without network]",
        show_default=False,
    ),
]


def warn_of(below: Backdrop | None) -> None:
    """Say on stderr what it means that pages fetch a base map; nothing if they do not."""
    if below is None:
        return
    lines = [f"Whoever opens a page asks {below.name.en} for its pictures."]
    if below.with_key:
        lines.append("Your key stands readable in every page: share them only if it may be seen.")
    for line in lines:
        print(f"Warning: {line}", file=sys.stderr)
