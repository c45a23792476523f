"""A village as measures of form see it, from layers drawn by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from pyproj import CRS
from shapely.geometry import box

from taobaogis.form.measures import measured_buildings, measured_streets
from taobaogis.provenance import Provenance
from taobaogis.schema import conform
from taobaogis.study import Assumptions, VillageSpec
from taobaogis.village import Layers, Village

if TYPE_CHECKING:
    import geopandas as gpd

SIDE_M = 138.0


def form_village(
    *,
    buildings: gpd.GeoDataFrame | None = None,
    streets: gpd.GeoDataFrame | None = None,
    boundary: Any = None,
    outside: str = "",
) -> Village:
    given = {"buildings": buildings, "streets": streets}
    frames = {kind: conform(f, kind) for kind, f in given.items() if f is not None}
    return Village(
        VillageSpec("v", "Lane Village", "巷村"), boundary or box(0, 0, SIDE_M, SIDE_M),
        "drawn by hand", is_circle=False, position_doubt_m=0.0,
        layers=Layers(CRS.from_epsg(4547), frames, {k: Provenance(f"{k}.gpkg") for k in frames}),
        outside=outside,
    )  # fmt: skip


def measured_layers(
    village: Village, assumptions: Assumptions | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Streets and buildings with their columns."""
    assumed = assumptions or Assumptions()
    return measured_streets(village, assumed), measured_buildings(village, assumed)


def by_key(indicators: Any) -> dict[str, Any]:
    found = {indicator.key: indicator for indicator in indicators}
    assert len(found) == len(indicators)
    return found


def no_bound_is_crossed(indicators: Any) -> bool:
    known = [i for i in indicators if i.low is not None]
    return (
        all(i.low <= i.value <= i.high for i in known) and not pd.isna([i.low for i in known]).any()
    )
