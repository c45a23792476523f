"""What a click on a feature tells: units, answers, and which lines a layer has something for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps.model import Field, Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

__all__ = ["HA", "M2", "MIN", "PERCENT", "YES_NO", "M", "present"]

M = Label.same("m")
M2 = Label.same("m²")
HA = Label("ha", "公顷")
MIN = Label("min", "分钟")
PERCENT = Label.same("%")
YES_NO = {"True": Label("yes", "是"), "False": Label("no", "否")}


def present(known: Iterable[Field], frame: gpd.GeoDataFrame) -> tuple[Field, ...]:
    """Lines of a pop-up for the columns that a layer has.

    Parameters
    ----------
    known
        All lines, in the order in which they are shown.
    frame
        Features of the layer.

    Returns
    -------
    fields
        Those whose column is there and not null throughout.
    """
    return tuple(f for f in known if f.column in frame and frame[f.column].notna().any())
