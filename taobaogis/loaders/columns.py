"""What the columns of other people's files mean, and what stands in them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from taobaogis.loaders import osm_tags
from taobaogis.schema import LAYERS
from taobaogis.texts import plain

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

__all__ = ["CALLED", "column_called", "height_fault", "renamed", "storeys", "text_of"]

# First match wins; case does not count.
_ALIASES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "buildings": {
        "levels_tag": ("levels_tag", "building:levels", "levels", "floors", "floor", "storeys",
                       "stories", "num_floors", "层数", "楼层", "总层数"),
        "height_tag_m": ("height_tag_m", "height_m", "height", "bldg_height", "高度", "建筑高度"),
        "building": ("building", "type", "fclass", "class", "use", "用途"),
    },
    "streets": {
        "highway": ("highway", "fclass", "class", "type", "road_type", "道路等级"),
        "width_tag_m": ("width_tag_m", "width_m", "width", "宽度", "路宽"),
        "est_width_m": ("est_width_m", "est_width", "估计宽度"),
        "width_survey_m": ("width_survey_m", "surveyed_width_m", "实测宽度", "实测路宽"),
        "lanes": ("lanes", "车道数"),
        "oneway": ("oneway", "one_way", "单行"),
        "bridge": ("bridge", "桥"),
        "tunnel": ("tunnel", "隧道"),
        "access": ("access",),
    },
    "barriers": {
        "barrier": ("barrier", "kind", "type", "fclass", "class", "类型"),
        "width_tag_m": ("width_tag_m", "width_m", "width", "宽度"),
    },
    "landuse": {},
    "pois": {},
}  # fmt: skip
# Columns whose numbers are feet.
_IN_FEET: Mapping[str, Sequence[str]] = {
    "height_tag_m": ("height_ft", "height_feet", "bldg_height_ft", "heightft"),
}
# How the numbers of a layer are called where some of them are told to be wrong.
CALLED: Mapping[str, str] = {
    "levels_tag": "storeys", "height_tag_m": "heights", "width_tag_m": "widths",
    "est_width_m": "estimated widths", "width_survey_m": "surveyed widths", "lanes": "lanes",
}  # fmt: skip
# A storey is taken for none above this; in feet the lowest of 2.2 m would be 7.2.
_HIGHEST_STOREY_M = 7.0
# Storeys of halls and towers of a hotel may be high; of so many houses not half of them.
_FEWEST_STOREYS, _FEWEST_HOUSES = 3, 10
_NAMES = ("name", "name:zh", "name_zh", "名称", "name:en", "name_en")
_IDS = ("osm_id", "id", "fid")
_STOREYS = re.compile(
    r"\s*(\d+(?:\.\d+)?)\s*(?:层楼?|層|楼|樓|f|fl|floors?|levels?|stor(?:ey|ie)s?)?\s*(?:;.*)?",
    re.IGNORECASE | re.DOTALL,
)
# Up to 99, as 六, 十二 or 二十三; without a ten one digit alone.
_DIGITS = {digit: value for value, digit in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
_CHINESE_STOREYS = re.compile(
    r"\s*(?:([二三四五六七八九])?(十))?([一二两三四五六七八九])?\s*[层層楼樓]?\s*"
)


def renamed(raw: gpd.GeoDataFrame, kind: str, repairs: Counter[str]) -> gpd.GeoDataFrame:
    """Frame whose columns bear the names of the contract, numbers read as such.

    Parameters
    ----------
    raw
        As read.
    kind
        ``buildings``, ``streets``, ``barriers``, ``pois`` or ``landuse``; of the latter two all
        columns are kept.
    repairs
        Counts by what was done, in words; added to.

    Returns
    -------
    frame
        A new frame. What the file does not have is not in it.
    """
    columns: dict[str, pd.Series] = {}
    for wanted, aliases in _ALIASES[kind].items():
        if (match := column_called(raw, aliases)) is not None:
            is_number = LAYERS[kind].columns[wanted] == "float64"
            columns[wanted] = _numbers(raw[match], wanted, repairs) if is_number else raw[match]
        elif (match := column_called(raw, _IN_FEET.get(wanted, ()))) is not None:
            columns[wanted] = _numbers(raw[match], wanted, repairs) * osm_tags.FOOT_M
    for wanted, aliases in (("name", _NAMES), ("osm_id", _IDS)):
        if (match := column_called(raw, aliases)) is not None:
            columns[wanted] = text_of(raw[match])
    if kind in {"pois", "landuse"}:
        columns |= {c: raw[c] for c in raw.columns if c != raw.geometry.name and c not in columns}
    return gpd.GeoDataFrame(pd.DataFrame(columns, index=raw.index), geometry=raw.geometry,
                            crs=raw.crs)  # fmt: skip


def height_fault(raw: gpd.GeoDataFrame, frame: gpd.GeoDataFrame) -> str:
    """What speaks against the heights of buildings being in metres; empty if nothing does.

    Parameters
    ----------
    raw
        As read.
    frame
        From `renamed`.

    Returns
    -------
    fault
        A clause that names the column and the mend, where most storeys would be higher than 7 m;
        only where storeys and heights both are known of ten houses of three storeys or more.
    """
    if "levels_tag" not in frame or "height_tag_m" not in frame:
        return ""
    told = frame[(frame["levels_tag"] >= _FEWEST_STOREYS) & frame["height_tag_m"].notna()]
    storey_m = float((told["height_tag_m"] / told["levels_tag"]).median())
    if len(told) < _FEWEST_HOUSES or not storey_m > _HIGHEST_STOREY_M:
        return ""
    column = column_called(raw, _ALIASES["buildings"]["height_tag_m"])
    return (
        f"makes a storey {storey_m:.1f} m high with its column '{column}'; call the column "
        "'height_ft' if it is in feet, or give heights above the ground in metres"
    )


def column_called(raw: pd.DataFrame, names: Sequence[str]) -> str | None:
    """First column that is called by one of some names.

    Parameters
    ----------
    raw
        Whose columns.
    names
        In small letters, the most wanted first; that of the column may be in any.

    Returns
    -------
    column
        As it is written in the frame; None if there is none.

    Examples
    --------
    >>> column_called(pd.DataFrame(columns=["FLOORS", "levels"]), ("levels", "floors"))
    'levels'
    """
    by_folded = {str(column).lower(): str(column) for column in reversed(raw.columns)}
    return next((by_folded[name] for name in names if name in by_folded), None)


def storeys(text: str) -> float:
    """Storeys from a text such as ``5``, ``5层``, ``六层`` or ``6F``; NaN for prose.

    Examples
    --------
    >>> storeys("5层"), storeys("6 F"), storeys("3;4"), storeys("十二层"), storeys("about 6")
    (5.0, 6.0, 3.0, 12.0, nan)
    """
    if match := _STOREYS.fullmatch(text):
        return osm_tags.number(match.group(1))
    if match := _CHINESE_STOREYS.fullmatch(text):
        tens, ten, ones = match.groups()
        whole = (_DIGITS.get(tens, 1) if ten else 0) * 10 + _DIGITS.get(ones, 0)
        return float(whole) if whole else math.nan
    return math.nan


def text_of(values: pd.Series) -> pd.Series:
    """Texts of any column; empty where it holds nothing.

    Parameters
    ----------
    values
        Of any type; bytes are read as UTF-8.

    Returns
    -------
    texts
        With the same index.
    """
    known = values.astype("object").where(values.notna(), "")
    return known.map(_said).astype(str)


def _said(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _numbers(values: pd.Series, column: str, repairs: Counter[str]) -> pd.Series:
    """Numbers of a column, from texts with a unit, too; what cannot be read is counted."""
    if is_numeric_dtype(values) and not is_bool_dtype(values):
        return values.astype("float64")
    if is_bool_dtype(values) or is_datetime64_any_dtype(values):
        numbers = pd.Series(math.nan, index=values.index)
        known = values.notna()
    else:
        texts = text_of(values)
        # Lengths end in `_m`; storeys and lanes are counted.
        numbers = texts.map(osm_tags.metres if column.endswith("_m") else storeys)
        numbers = numbers.astype("float64")
        known = texts.str.strip() != ""
    unread = known & numbers.isna()
    if unread.any():
        example = plain(text_of(values[unread]).iloc[0])
        what = f"{CALLED[column]} that cannot be read, such as '{example}', taken for unknown"
        repairs[what] += int(unread.sum())
    return numbers
