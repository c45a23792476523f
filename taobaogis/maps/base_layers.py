"""Layers every map has: the boundary of the village, water, and what else bars the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from taobaogis.form.barrier_kinds import WATER
from taobaogis.maps.fields import HA, M, present
from taobaogis.maps.frames import drawable, names_in
from taobaogis.maps.model import Field, Label, MapLayer, Scale, Swatch, Trust
from taobaogis.maps.themes import Level, Theme

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.results import StudyResult, VillageResult

__all__ = ["BASE", "barriers_scale", "boundary_layer", "walls_layer", "water_layer"]

_WATER = "#c3def0"
_AREA = 0
_BARRIER = (
    Field("tag", Label("Tag on the map", "地图标签")),
    Field("width_tag_m", Label("Width on the map", "地图标注宽度"), M, 1),
)
_TOLD = (Field("area_ha", Label("Area", "面积"), HA, 1),)


def boundary_layer(result: VillageResult, _study: StudyResult) -> MapLayer:
    """Boundary of the village, or the circle that stands in for it, dashed."""
    frame = result.layers["boundary"]
    is_circle = result.village.is_circle
    drawn = Label("Village boundary", "村界")
    stand_in = Label("Circle in place of a boundary", "替代村界的圆")
    return MapLayer(
        "boundary",
        Label("Boundary", "村界"),
        Label("Boundary", "村界"),
        "area",
        frame,
        Scale((Swatch(stand_in if is_circle else drawn, "#23323f"),)),
        present(_TOLD, frame),
        named_by=names_in(frame),
        stroke="#23323f",
        stroke_px=2.2,
        fill_opacity=0.0,
        dashed=is_circle,
        trust=Trust(Label.same(result.village.boundary_basis)),
    )


def water_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Water that covers ground: ponds, rivers, canals."""
    frame = _barring(result, study)
    frame = frame[frame["barrier"].eq(WATER) & (shapely.area(frame.geometry.to_numpy()) > 0)]
    return MapLayer(
        "water",
        Label("Water", "水体"),
        Label("Water", "水体"),
        "area",
        frame,
        Scale((Swatch(Label("Water", "水体"), _WATER),)),
        present(_BARRIER, frame),
        named_by=names_in(frame),
        stroke="#8fbcd6",
        stroke_px=0.8,
        trust=Trust(Label.same(result.village.layers.source("barriers"))),
        if_empty=Label("no water on the map", "地图上没有水体"),
    )


def walls_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Walls, fences and ditches, as lines; of an area, its edge."""
    frame = _barring(result, study)
    areas = shapely.area(frame.geometry.to_numpy()) > 0
    frame = frame[~(frame["barrier"].eq(WATER) & areas)]
    frame = frame[shapely.length(frame.geometry.to_numpy()) > 0]
    shapes = frame.geometry.to_numpy()
    lines = shapely.get_type_id(shapes) % 3 != _AREA  # alike for single and multiple shapes
    edges = shapely.boundary(shapes)
    edges[lines] = shapes[lines]
    frame = frame.set_geometry(edges)
    return MapLayer(
        "walls",
        Label("Walls, fences, ditches", "围墙、围栏与沟渠"),
        Label("Barrier", "屏障"),
        "line",
        frame,
        barriers_scale(),
        present(_BARRIER, frame),
        named_by=names_in(frame),
        trust=Trust(Label.same(result.village.layers.source("barriers"))),
        if_empty=Label("no walls or fences on the map", "地图上没有围墙或围栏"),
    )


def barriers_scale() -> Scale:
    """Water and what else bars the way, on the column ``barrier``."""
    return Scale(
        (Swatch(Label("Water", "水体"), "#6fa8c9", 2.0),),
        unknown=Swatch(Label("Wall, fence, ditch", "围墙、围栏、沟渠"), "#6b5b4b", 1.6),
        column="barrier",
        keys=(WATER,),
    )


def _barring(result: VillageResult, study: StudyResult) -> gpd.GeoDataFrame:
    return drawable(result, study, "barriers", "barrier")


BASE = Theme(
    Label("Village", "村庄"),
    (
        (Level.GROUND, water_layer),
        (Level.LINES, walls_layer),
        (Level.OUTLINES, boundary_layer),
    ),
)
