"""A village drawn by hand in metres, at a place in Guangzhou where degrees are at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely
from pyproj import Transformer
from support.street_layers import METRIC, streets

from taobaogis.crs import LONLAT
from taobaogis.provenance import Provenance
from taobaogis.schema import conform
from taobaogis.study import MarketSpec, VillageSpec
from taobaogis.village import Layers, Village

if TYPE_CHECKING:
    from collections.abc import Sequence

BASE = (430_000.0, 2_550_000.0)


def moved(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.set_geometry(frame.translate(*BASE))


def square(half_m: float, x: float = 0.0, y: float = 0.0) -> shapely.Polygon:
    return shapely.box(x - half_m, y - half_m, x + half_m, y + half_m)


def market(name: str, x: float, y: float, **more: Any) -> MarketSpec:
    to_degrees = Transformer.from_crs(METRIC, LONLAT, always_xy=True)
    lon, lat = to_degrees.transform(BASE[0] + x, BASE[1] + y)
    return MarketSpec(**{"id": name, "name_en": name.title(), "lon": lon, "lat": lat} | more)


def layers(
    rows: Sequence[dict[str, Any]] = (),
    *,
    houses: Sequence[tuple[float, float]] = (),
    stops: Sequence[tuple[float, float]] = (),
    extent: shapely.Polygon | None = None,
    asked: Sequence[str] = ("streets", "buildings", "stops"),
) -> Layers:
    frames = {
        "buildings": gpd.GeoDataFrame(geometry=[square(4, *at) for at in houses], crs=METRIC),
        "stops": gpd.GeoDataFrame(geometry=[shapely.Point(at) for at in stops], crs=METRIC),
    }
    made = {kind: moved(conform(frame, kind)) for kind, frame in frames.items()}
    if rows:
        made["streets"] = moved(streets(*rows))
    provenance = {kind: Provenance("drawn", as_of="2026") for kind in asked}
    if extent is not None:
        extent = shapely.transform(extent, lambda xy: xy + BASE)
    return Layers(METRIC, made, provenance, extent)


def village(
    scene: Layers,
    boundary: shapely.Polygon | None = None,
    *,
    goods: tuple[str, ...] = ("clothing",),
    position_doubt_m: float = 0.0,
    is_circle: bool = False,
    outside: str = "",
) -> Village:
    outline = square(100) if boundary is None else boundary
    return Village(
        spec=VillageSpec("here", name_en="Here", goods=goods),
        boundary=shapely.transform(outline, lambda xy: xy + BASE),
        boundary_basis="drawn",
        is_circle=is_circle,
        position_doubt_m=position_doubt_m,
        layers=scene,
        outside=outside,
    )
