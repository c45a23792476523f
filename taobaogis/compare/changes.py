"""What-if: pure functions that put something into the layers or take something out of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from taobaogis.access.transit.services import services
from taobaogis.clusters.categories import categories
from taobaogis.compare.new_street import with_street
from taobaogis.crs import LONLAT
from taobaogis.indicators import Words
from taobaogis.results import Applied
from taobaogis.schema import conform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyproj import CRS
    from shapely.geometry import LineString
    from shapely.geometry.base import BaseGeometry

    from taobaogis.study import ChangeSpec
    from taobaogis.village import Layers

__all__ = ["apply_change", "apply_changes"]

_NEAR_M = 5.0  # of a house that is pointed at
_LEAST_LEFT = 0.3  # of a house that is set back; of less nobody would keep it


def apply_changes(
    layers: Layers, changes: Sequence[ChangeSpec]
) -> tuple[Layers, tuple[Applied, ...]]:
    """Layers after some changes, one after the other.

    Parameters
    ----------
    layers
        As they are; left untouched.
    changes
        Of a study.

    Returns
    -------
    layers, applied
        The new layers, and for each change what became of it.
    """
    applied = []
    for change in changes:
        layers, done = apply_change(layers, change)
        applied.append(done)
    return layers, tuple(applied)


def apply_change(layers: Layers, change: ChangeSpec) -> tuple[Layers, Applied]:
    """Layers after one change.

    Parameters
    ----------
    layers
        As they are; left untouched.
    change
        What to do; its coordinates are WGS 84 degrees.

    Returns
    -------
    layers, applied
        `Applied.touched` is how many features came, went or changed; at 0 the layers are the
        same, and the words say so.
    """
    return _DOING[change.do](layers, change)


def _add_stop(layers: Layers, change: ChangeSpec) -> tuple[Layers, Applied]:
    row = {"osm_id": _new_id(layers, "stops"), "mode": change.mode, "name": change.name}
    mode = services().get(change.mode)
    name = Words(mode.name_en.lower(), mode.name_zh) if mode else Words(change.mode)
    said = Words(f"a new stop ({name})", f"新增站点（{name.zh}）")
    return _appended(layers, "stops", row, _point(change, layers.crs)), _done(change, 1, said)


def _add_place(layers: Layers, change: ChangeSpec) -> tuple[Layers, Applied]:
    row = {
        "osm_id": _new_id(layers, "pois"), "category": change.category, "tag": "what-if",
        "name": change.name,
    }  # fmt: skip
    kind = categories().get(change.category)
    name = Words(kind.name_en.lower(), kind.name_zh) if kind else Words(change.category)
    said = Words(f"a new place ({name})", f"新增设施（{name.zh}）")
    return _appended(layers, "pois", row, _point(change, layers.crs)), _done(change, 1, said)


def _remove_house(layers: Layers, change: ChangeSpec) -> tuple[Layers, Applied]:
    houses = layers["buildings"]
    away = shapely.distance(houses.geometry.to_numpy(), _point(change, layers.crs))
    if not len(away) or away.min() > _NEAR_M:
        said = Words(
            f"no house within {_NEAR_M:g} m of {change.lon:g}, {change.lat:g}: nothing changes",
            f"{change.lon:g}, {change.lat:g} 周围 {_NEAR_M:g} 米内没有房屋：无变化",
        )
        return layers, _done(change, 0, said)
    gone = int(np.argmin(away))
    area_m2 = float(houses.geometry.iloc[gone].area)
    said = Words(f"a house of {area_m2:.0f} m² removed", f"拆除 {area_m2:.0f} 平方米房屋一栋")
    return _with(layers, "buildings", houses.drop(houses.index[gone])), _done(change, 1, said)


def _widen_lane(layers: Layers, change: ChangeSpec) -> tuple[Layers, Applied]:
    """Houses set back from a line, so that a strip of the wanted width is free."""
    houses = layers["buildings"]
    strip = _line(change, layers.crs).buffer(change.width_m / 2, cap_style="flat")
    shapely.prepare(strip)
    before = houses.geometry.to_numpy()
    hit = shapely.intersects(strip, before) & ~shapely.touches(strip, before)
    cut = shapely.difference(before[hit], strip)
    lost_m2 = shapely.area(before[hit]) - shapely.area(cut)
    hit_at = np.flatnonzero(hit)[lost_m2 > 0]
    cut, lost_m2 = cut[lost_m2 > 0], lost_m2[lost_m2 > 0]
    if not len(cut):
        said = Words(
            f"no house stands within {change.width_m:g} m along the line: nothing changes",
            f"该线 {change.width_m:g} 米宽范围内没有房屋：无变化",
        )
        return layers, _done(change, 0, said)
    kept = shapely.area(cut) >= _LEAST_LEFT * shapely.area(before[hit_at])
    shapes = before.copy()
    shapes[hit_at[kept]] = _polygons(cut[kept])
    changed = houses.set_geometry(gpd.GeoSeries(shapes, index=houses.index, crs=layers.crs))
    changed = changed.drop(houses.index[hit_at[~kept]])
    gone = int((~kept).sum())
    said = Words(
        f"{int(kept.sum())} houses set back and {gone} removed for {change.width_m:g} m, "
        f"{lost_m2.sum():.0f} m² of ground",
        f"拓宽至 {change.width_m:g} 米：退让 {int(kept.sum())} 栋，拆除 {gone} 栋，"
        f"让出 {lost_m2.sum():.0f} 平方米",
    )
    return _with(layers, "buildings", changed), _done(change, len(cut), said)


def _add_street(layers: Layers, change: ChangeSpec) -> tuple[Layers, Applied]:
    line = _line(change, layers.crs)
    streets, joined = with_street(
        layers["streets"], line,
        osm_id=_new_id(layers, "streets"), highway=change.highway, name=change.name,
        width_m=change.width_m,
    )  # fmt: skip
    said = Words(
        f"a new street of {line.length:.0f} m that joins the others at {joined} places",
        f"新增街道 {line.length:.0f} 米，与既有道路相接 {joined} 处",
    )
    if not joined:
        said = Words(
            f"a new street of {line.length:.0f} m that joins no other",
            f"新增街道 {line.length:.0f} 米，未与任何道路相接",
        )
    return _with(layers, "streets", streets), _done(change, 1, said)


_DOING: Mapping[str, Callable[[Layers, ChangeSpec], tuple[Layers, Applied]]] = {
    "add_stop": _add_stop,
    "add_place": _add_place,
    "add_street": _add_street,
    "remove_house": _remove_house,
    "widen_lane": _widen_lane,
}


def _done(change: ChangeSpec, touched: int, said: Words) -> Applied:
    if change.name:
        said = Words(f"{change.name}: {said}", f"{change.name}：{said.zh}")
    return Applied(change.do, touched, said)


def _point(change: ChangeSpec, crs: CRS) -> BaseGeometry:
    return gpd.GeoSeries([shapely.Point(change.lon, change.lat)], crs=LONLAT).to_crs(crs).iloc[0]


def _line(change: ChangeSpec, crs: CRS) -> LineString:
    corners = gpd.GeoSeries(gpd.points_from_xy(*zip(*change.line, strict=True)), crs=LONLAT)
    return shapely.LineString(shapely.get_coordinates(corners.to_crs(crs).to_numpy()))


def _appended(
    layers: Layers, kind: str, row: Mapping[str, object], geometry: BaseGeometry
) -> Layers:
    new = conform(gpd.GeoDataFrame([row], geometry=[geometry], crs=layers.crs), kind)
    return _with(layers, kind, gpd.GeoDataFrame(pd.concat([layers[kind], new]), crs=layers.crs))


def _with(layers: Layers, kind: str, frame: gpd.GeoDataFrame) -> Layers:
    frame = frame.reset_index(drop=True)
    return replace(layers, frames={**layers.frames, kind: frame})


def _new_id(layers: Layers, kind: str) -> str:
    """Id that no feature has."""
    taken = set(layers[kind]["osm_id"])
    return next(name for i in range(len(taken) + 1) if (name := f"what-if/{i + 1}") not in taken)


def _polygons(cut: np.ndarray) -> np.ndarray:
    """Largest piece of each house that a strip has cut through."""
    return np.array(
        [max(shapely.get_parts(shape), key=lambda part: part.area) for shape in cut], dtype=object
    )
