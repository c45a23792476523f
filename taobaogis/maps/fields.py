"""What a click on a feature tells: units, answers, and which lines a layer has something for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps.model import Field, Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

__all__ = ["HA", "M2", "MIN", "PERCENT", "YES_NO", "M", "present", "sentence"]

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


def sentence(english: str, chinese: str, name: Label, frame: gpd.GeoDataFrame) -> tuple[Field, ...]:
    """Line for a sentence that stands in one column in English and in another in Chinese.

    Parameters
    ----------
    english, chinese
        Columns; only the one of the reader's language is shown.
    name
        Words before the sentence.
    frame
        Features of the layer.

    Returns
    -------
    fields
        One line, or none if a column is missing or nothing is said.
    """
    if not {english, chinese} <= set(frame.columns):
        return ()
    pairs = zip(frame[english], frame[chinese], strict=True)
    said = {str(en): Label(str(en), str(zh)) for en, zh in pairs if isinstance(en, str) and en}
    return (Field(english, name, words=said),) if said else ()
