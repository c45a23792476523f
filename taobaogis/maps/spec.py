"""From a measured village to the description of its map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps import palette, words
from taobaogis.maps.access_layers import trips_layer
from taobaogis.maps.fields import fields_for
from taobaogis.maps.frames import drawable, trust_in
from taobaogis.maps.model import Field, Label, MapLayer, MapSpec, Scale, Swatch, Trust
from taobaogis.maps.parts_layer import parts_layer
from taobaogis.maps.pattern_layers import dead_ends_layer, fire_pairs_layer, handshake_layer

if TYPE_CHECKING:
    import geopandas as gpd

    from taobaogis.results import StudyResult, VillageResult
    from taobaogis.study import VehicleSpec

__all__ = [
    "Field",
    "Label",
    "MapLayer",
    "MapSpec",
    "Scale",
    "Swatch",
    "village_map",
    "village_maps",
]

# Indicator whose grade speaks for a layer, and the kind of source data the layer was made from.
_TRUST = {
    "landuse": ("landuse_known_share", ("landuse", "buildings")),
    "buildings": ("building_count", ("buildings",)),
    "lanes": ("widest_vehicle_median_m", ("buildings",)),
    "reach": ("widest_vehicle_median_m", ("buildings",)),
    "pinch_points": ("widest_vehicle_median_m", ("buildings",)),
    "streets": ("street_width_median_m", ("streets",)),
    "clusters": ("cluster_count", ("pois",)),
    "places": ("poi_count", ("pois",)),
    "stops": ("stop_straight_m", ("stops",)),
    "markets": ("market_straight_m", ()),
}

# What a page need not show: shapes are drawn this exactly, and the worst pinch points only.
_DRAWN_WITHIN_M = 0.2
_DRAWN_PINCH_POINTS = 10


def village_maps(study: StudyResult) -> list[MapSpec]:
    """Describe the maps of all villages that the data reach; see `village_map`."""
    return [village_map(v, study) for v in study.villages if not v.village.outside]


def village_map(result: VillageResult, study: StudyResult) -> MapSpec:
    """Describe the map of one village.

    Parameters
    ----------
    result
        The village; its layers may be empty and may lack measured columns.
    study
        The run it belongs to.

    Returns
    -------
    spec
        Layers from the bottom upwards: land use, parts, reach of vehicles, buildings, handshake
        houses, streets, lanes, dead ends, close pairs, clusters, boundary, pinch points, places,
        stops, trips, markets.
    """
    village = result.village
    layers = (
        _landuse(result, study),
        parts_layer(result, study),
        _reach(result, study),
        _buildings(result, study),
        handshake_layer(result, study),
        _streets(result, study),
        _lanes(result, study),
        dead_ends_layer(result, study),
        fire_pairs_layer(result, study),
        _clusters(result, study),
        _boundary(result),
        _pinch_points(result, study),
        _places(result, study),
        _stops(result, study),
        trips_layer(result, study),
        _markets(result, study),
    )
    return MapSpec(
        key=village.id,
        title=Label(village.spec.name_en or village.id, village.spec.name_zh or village.id),
        subtitle=Label(study.study.title_en, study.study.title_zh),
        crs=study.crs,
        boundary=village.boundary,
        is_circle=village.is_circle,
        layers=layers,
        indicators=tuple(result.indicators.values()),
        key_indicators=tuple(c.indicator for c in study.study.criteria),
        notes=_notes(result, study),
        attribution=study.attribution,
        banner=words.SYNTHETIC if study.study.synthetic else None,
        home="index.html",
    )


def _landuse(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = drawable(result, study, "landuse", "use")
    return MapLayer(
        "landuse",
        Label("Land use", "土地利用"),
        Label("Land", "地块"),
        "area",
        frame,
        palette.landuse_scale(frame["use"]),
        fields_for("landuse", frame, study.study.vehicles),
        stroke="#ffffff",
        stroke_px=0.6,
        fill_opacity=0.75,
        visible=False,
        trust=_trust(result, "landuse"),
        if_empty=Label("no land use on the map", "地图上没有用地数据"),
    )


def _buildings(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = _without_assumed(drawable(result, study, "buildings"))
    if "levels" in frame and frame["levels"].notna().any():
        scale = palette.levels_scale()
    elif "height_m" in frame and frame["height_m"].notna().any():
        scale = palette.height_scale()
    else:
        scale = Scale((Swatch(Label("building", "建筑"), "#ddd5c8"),))
    return MapLayer(
        "buildings",
        Label("Buildings", "建筑"),
        Label("Building", "建筑"),
        "area",
        frame,
        scale,
        fields_for("buildings", frame, study.study.vehicles),
        named_by=_names(frame),
        stroke="#9a9184",
        stroke_px=0.6,
        trust=_trust(result, "buildings"),
        if_empty=Label("no buildings on the map", "地图上没有建筑数据"),
    )


def _streets(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = drawable(result, study, "streets", "facade_width_m")
    return MapLayer(
        "streets",
        Label("Street width", "街巷宽度"),
        Label("Street", "街巷"),
        "line",
        frame,
        palette.width_scale(),
        fields_for("streets", frame, study.study.vehicles),
        named_by=_names(frame),
        trust=_trust(result, "streets"),
        if_empty=Label("no streets on the map", "地图上没有街巷数据"),
    )


def _lanes(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = drawable(result, study, "lanes", "clear_width_m")
    frame = frame.set_geometry(frame.simplify(_DRAWN_WITHIN_M))
    return MapLayer(
        "lanes",
        Label("Lanes between the houses", "房屋间巷道"),
        Label("Lane", "巷道"),
        "line",
        frame,
        palette.width_scale("clear_width_m", Label("Clear width", "净宽")),
        fields_for("lanes", frame, study.study.vehicles),
        visible=False,
        trust=_trust(result, "lanes"),
        if_empty=Label("no lanes between buildings", "建筑间没有巷道"),
    )


def _reach(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = drawable(result, study, "reach", "vehicle")
    # Wider vehicles are drawn over narrower ones, whose reach holds theirs.
    frame = frame.set_geometry(frame.simplify(_DRAWN_WITHIN_M))
    return MapLayer(
        "reach",
        Label("Reach of vehicles", "车辆可达范围"),
        Label("Reach", "可达范围"),
        "area",
        frame,
        palette.vehicle_scale(_by_width(study)),
        fields_for("reach", frame, study.study.vehicles),
        named_by=_names(frame),
        stroke="#ffffff",
        stroke_px=0.0,
        visible=False,
        trust=_trust(result, "reach"),
        if_empty=Label("no buildings on the map", "地图上没有建筑数据"),
    )


def _pinch_points(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = drawable(result, study, "pinch_points", "vehicle", "rank")
    frame = frame[frame["rank"].astype(float) <= _DRAWN_PINCH_POINTS]
    return MapLayer(
        "pinch_points",
        Label("Pinch points", "瓶颈点"),
        Label("Pinch point", "瓶颈点"),
        "point",
        frame,
        palette.vehicle_scale(_by_width(study)),
        fields_for("pinch_points", frame, study.study.vehicles),
        stroke="#23323f",
        stroke_px=1.0,
        visible=False,
        trust=_trust(result, "pinch_points"),
        if_empty=Label("no pinch points found", "未发现瓶颈点"),
    )


def _by_width(study: StudyResult) -> list[VehicleSpec]:
    return sorted(study.study.vehicles, key=lambda v: v.clear_width_m)


def _clusters(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = drawable(result, study, "clusters")
    return MapLayer(
        "clusters",
        Label("Clusters of places", "设施聚集区"),
        Label("Cluster", "聚集区"),
        "area",
        frame,
        Scale((Swatch(Label("cluster", "聚集区"), "#6c4a9e"),)),
        fields_for("clusters", frame, study.study.vehicles),
        stroke="#6c4a9e",
        stroke_px=2.0,
        fill_opacity=0.0,
        trust=_trust(result, "clusters"),
        if_empty=Label("no cluster found", "未发现聚集区"),
    )


def _boundary(result: VillageResult) -> MapLayer:
    frame = result.layers["boundary"]
    is_circle = result.village.is_circle
    drawn = Label("village boundary", "村界")
    stand_in = Label("circle in place of a boundary", "替代村界的圆")
    return MapLayer(
        "boundary",
        Label("Boundary", "村界"),
        Label("Boundary", "村界"),
        "area",
        frame,
        Scale((Swatch(stand_in if is_circle else drawn, "#23323f"),)),
        stroke="#23323f",
        stroke_px=2.2,
        fields=fields_for("boundary", frame),
        named_by=_names(frame),
        fill_opacity=0.0,
        dashed=is_circle,
        trust=Trust(Label.same(result.village.boundary_basis)),
    )


def _places(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = drawable(result, study, "places", "category")
    return MapLayer(
        "places",
        Label("Places", "设施点"),
        Label("Place", "设施"),
        "point",
        frame,
        palette.category_scale(frame["category"]),
        fields_for("places", frame, study.study.vehicles),
        named_by=_names(frame),
        stroke="#ffffff",
        stroke_px=1.0,
        trust=_trust(result, "places"),
        if_empty=Label("no places on the map", "地图上没有设施点"),
    )


def _stops(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = drawable(result, study, "stops", "mode")
    return MapLayer(
        "stops",
        Label("Transit stops", "公交地铁站"),
        Label("Stop", "站点"),
        "point",
        frame,
        Scale((Swatch(Label("stop", "站点"), "#1f5fa8", 5.0, "square"),)),
        fields_for("stops", frame, study.study.vehicles),
        named_by=_names(frame),
        stroke="#ffffff",
        stroke_px=1.2,
        trust=_trust(result, "stops"),
        if_empty=Label("no stops on the map", "地图上没有站点"),
    )


def _markets(result: VillageResult, study: StudyResult) -> MapLayer:
    frame = drawable(result, study, "markets", "right_goods")
    return MapLayer(
        "markets",
        Label("Wholesale markets", "批发市场"),
        Label("Market", "市场"),
        "point",
        frame,
        Scale((Swatch(Label("wholesale market", "批发市场"), "#b5179e", 7.0, "diamond"),)),
        fields_for("markets", frame, study.study.vehicles),
        named_by=_names(frame),
        stroke="#ffffff",
        stroke_px=1.4,
        trust=_trust(result, "markets")._replace(
            source=Label("list of markets of the study", "研究所列市场")
        ),
        if_empty=Label("the study names no market", "研究未列出市场"),
    )


def _without_assumed(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings whose storeys and height are null where they are only assumed.

    An assumption holds for the sum over a village; drawn on one house it would pass for a fact.
    """
    if "height_source" not in buildings:
        return buildings
    known = buildings["height_source"] != "assumed"
    return buildings.assign(
        **{c: buildings[c].where(known) for c in ("levels", "height_m") if c in buildings}
    )


def _names(frame: gpd.GeoDataFrame) -> tuple[str, str] | None:
    if {"name_en", "name_zh"} <= set(frame.columns):
        return ("name_en", "name_zh")
    return ("name", "name") if "name" in frame else None


def _trust(result: VillageResult, key: str) -> Trust:
    return trust_in(result, *_TRUST[key])


def _notes(result: VillageResult, study: StudyResult) -> tuple[Label, ...]:
    village = result.village
    notes = []
    if village.is_circle:
        notes.append(words.CIRCLE)
    if village.position_doubt_m:
        doubt = f"{village.position_doubt_m:g} m"
        notes.append(
            Label(
                f"The true place may be up to {doubt} from where it is drawn.",
                f"实际位置与图示可能相差 {doubt}。",
            )
        )
    if village.outside:
        notes.append(Label.same(village.outside))
    return (*notes, *(Label.same(note) for note in study.notes if note != village.outside))
