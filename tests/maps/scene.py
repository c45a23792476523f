"""A small finished run, made by hand: two villages and one that no data reaches.

The first village is a grid of lanes whose widths grow from west to east, so that every class of
the legend occurs; some of its names try to be code. The second has streets only, and a circle
for a boundary. The third has nothing.
"""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from taobaogis.indicators import Indicator, definitions, measured, not_available
from taobaogis.provenance import OSM_ATTRIBUTION, OSM_LICENCE, SYNTHETIC_ATTRIBUTION, Provenance
from taobaogis.results import StudyResult, VillageResult
from taobaogis.schema import conform
from taobaogis.study import CriterionSpec, MarketSpec, Study, VehicleSpec, VillageSpec
from taobaogis.village import Layers, Village

CRS_METRES = CRS.from_epsg(4547)
X0, Y0 = 432_300.0, 2_543_700.0

HOSTILE = (
    "<script>document.body.dataset.hacked=1</script>",
    '<img src=x onerror="document.body.dataset.hacked=2">',
    "'\"></script><script>document.body.dataset.hacked=3</script>",
    "{{ 7 * 7 }}{% raw %}",
)

CRITERIA = (
    CriterionSpec("market_straight_m", good=2000, bad=15000, weight=2, layer="production"),
    CriterionSpec("stop_straight_m", good=300, bad=1000, weight=1),
    CriterionSpec("street_width_median_m", good=6, bad=1.5, weight=1),
    CriterionSpec("service_density_per_ha", good=5, bad=0, weight=1, layer="production"),
)

_LANES_M = (1.2, 2.0, 3.0, 5.0, 8.0, 12.0)
_HOUSE_M = 11.0
_VALUES = {
    "area_ha": (2.4, None, None, "B", ""),
    "street_length_km": (1.94, None, None, "B", ""),
    "building_count": (84, None, None, "B", ""),
    "levels_known_share": (0.43, None, None, "B", ""),
    "poi_count": (9, None, None, "C", "only 9 places"),
    "street_width_median_m": (3.4, 2.9, 4.1, "B", ""),
    "street_width_p10_m": (1.2, 1.1, 1.5, "C", "footprints drawn from the air"),
    "street_open_share": (0.12, None, None, "B", ""),
    "building_coverage_ratio": (0.52, None, None, "B", ""),
    "floor_space_index": (2.61, 1.6, 3.7, "C", "storeys of 57 % of the houses are assumed"),
    "market_straight_m": (6240, 5640, 6840, "C", "the market may be off by 600 m"),
    "stop_straight_m": (212, None, None, "B", ""),
    "landuse_known_share": (0.71, None, None, "B", ""),
    "residential_share": (0.64, 0.46, 0.75, "B", ""),
    "service_density_per_ha": (3.75, None, None, "C", "only 9 places"),
    "production_place_count": (5, None, None, "C", "only 9 places"),
    "cluster_count": (1, None, None, "B", ""),
}  # fmt: skip


def scene(*, synthetic: bool = True) -> StudyResult:
    """Study of three villages in EPSG:4547."""
    specs = (
        VillageSpec("alder", "Alder Lane", "桤木巷村", goods=("clothing",)),
        VillageSpec("birch", "Birch Ford <b>", "白桦渡 & 桥", lon=113.35, lat=22.99, radius_m=180),
        VillageSpec("cedar", "Cedar Hill", "雪松岗", lon=114.2, lat=22.5),
    )
    study = Study(
        id="scene",
        villages=specs,
        title_en="Three villages made by hand",
        title_zh="手工构造的三个村庄",
        markets=(MarketSpec("cloth", "Cloth Market", "布匹市场", ("clothing",), 113.36, 23.01),),
        vehicles=(
            VehicleSpec("ebike", "E-bike", "电动自行车", 1.2),
            VehicleSpec("fire_engine", "Fire engine", "消防车", 4.0),
        ),
        criteria=CRITERIA,
        synthetic=synthetic,
    )
    origin = Provenance(
        "scene.osm.pbf",
        as_of="2026-01-01",
        licence="MIT" if synthetic else OSM_LICENCE,
        attribution=SYNTHETIC_ATTRIBUTION if synthetic else OSM_ATTRIBUTION,
    )
    kinds = ("streets", "buildings", "pois", "landuse", "stops")
    provenance = dict.fromkeys(kinds, origin)
    return StudyResult(
        study=study,
        crs=CRS_METRES,
        villages=(
            _alder(specs[0], provenance),
            _birch(specs[1], provenance),
            _cedar(specs[2], provenance),
        ),
        provenance=provenance,
        notes=("the streets and the buildings are of different years", "Cedar Hill lies outside"),
    )


def empty(*columns: str) -> gpd.GeoDataFrame:
    """Layer without rows."""
    table = {column: pd.Series([], dtype=object) for column in columns}
    return gpd.GeoDataFrame({**table, "geometry": []}, geometry="geometry", crs=CRS_METRES)


def frame(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    """Layer from rows with a geometry each."""
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS_METRES)


def indicators(**changes: float | None) -> dict[str, Indicator]:
    """All indicators of the first village, with some values replaced; None gives NA."""
    found = {}
    for key in definitions():
        value, low, high, grade, reason = _VALUES.get(key, (None, None, None, "NA", ""))
        if key in changes:
            value, low, high, grade, reason = changes[key], None, None, "B", ""
        if value is None:
            found[key] = not_available(key, reason or f"{key} was not measured <i>here</i>")
        else:
            found[key] = measured(
                key, value, low=low, high=high, grade=grade, reason=reason, n=84,
                method="made by hand", source="scene.osm.pbf (2026-01-01)",
            )  # fmt: skip
    return found


def _village(spec: VillageSpec, boundary: shapely.Polygon, **more: object) -> Village:
    provenance = more.pop("provenance")
    frames = {"streets": conform(empty(), "streets")}
    layers = Layers(CRS_METRES, frames, provenance)
    basis = "circle of 180 m around a point; no boundary was given"
    circle = bool(more.get("is_circle"))
    return Village(
        spec, boundary, basis if circle else "boundary from scene.geojson",
        is_circle=circle, position_doubt_m=float(more.get("doubt", 0.0)), layers=layers,
        outside=str(more.get("outside", "")),
    )  # fmt: skip


def _boundary(spec: VillageSpec, polygon: shapely.Polygon) -> gpd.GeoDataFrame:
    return frame(
        [{"id": spec.id, "name_en": spec.name_en, "name_zh": spec.name_zh, "geometry": polygon}]
    )


def _alder(spec: VillageSpec, provenance: dict[str, Provenance]) -> VillageResult:
    houses, streets = _houses(), _streets()
    boundary = shapely.box(X0 - 8, Y0 - 6, X0 + 150, Y0 + 150).buffer(6)
    places = _places()
    layers = {
        "boundary": _boundary(spec, boundary),
        "buildings": houses,
        "streets": streets,
        "places": places,
        "clusters": frame(
            [
                {
                    "cluster": 0,
                    "places": 5,
                    "chain_places": 3,
                    "main_category": "express",
                    "area_ha": 0.19,
                    "geometry": shapely.Point(X0 + 40, Y0 + 40).buffer(25),
                }
            ]
        ),
        "landuse": frame(
            [
                {
                    "use": "residential",
                    "origin": "area",
                    "area_m2": 14_000.0,
                    "geometry": shapely.box(X0, Y0, X0 + 110, Y0 + 130),
                },
                {
                    "use": "green",
                    "origin": "area",
                    "area_m2": 3_900.0,
                    "geometry": shapely.box(X0 + 110, Y0, X0 + 140, Y0 + 130)
                    - shapely.Point(X0 + 125, Y0 + 50).buffer(8),
                },
                {
                    "use": "public",
                    "origin": "building",
                    "area_m2": 300.0,
                    "geometry": shapely.box(X0, Y0 + 130, X0 + 20, Y0 + 145),
                },
                {
                    "use": "unknown",
                    "origin": "",
                    "area_m2": 1_800.0,
                    "geometry": shapely.box(X0 + 20, Y0 + 130, X0 + 140, Y0 + 145),
                },
            ]
        ),
        "stops": frame(
            [
                {
                    "osm_id": "n1",
                    "mode": "bus",
                    "name": HOSTILE[1],
                    "geometry": shapely.Point(X0 - 20, Y0 + 60),
                }
            ]
        ),
        "markets": frame(
            [
                {
                    "id": "cloth",
                    "name_en": "Cloth Market",
                    "name_zh": "布匹市场",
                    "goods": "clothing",
                    "right_goods": True,
                    "distance_m": 6240.0,
                    "walk_min": 95.0,
                    "ebike_min": 29.0,
                    "drive_min": 14.0,
                    "transit_min": float("nan"),
                    "transit_en": "",
                    "transit_zh": "",
                    "geometry": shapely.Point(X0 + 2000, Y0 + 5900),
                }
            ]
        ),
    }
    village = _village(spec, boundary, provenance=provenance)
    return VillageResult(village, layers, indicators())


def _birch(spec: VillageSpec, provenance: dict[str, Provenance]) -> VillageResult:
    centre = shapely.Point(X0 + 1_000, Y0)
    boundary = centre.buffer(180)
    streets = frame(
        [
            {
                "osm_id": f"w{i}", "name": "", "highway": "residential", "facade_width_m": np.nan,
                "width_source": "", "open_share": 1.0,
                "geometry": shapely.LineString(
                    [(centre.x - 200, Y0 + 60 * i), (centre.x + 200, Y0 + 60 * i + 20)]
                ),
            }
            for i in (-2, -1, 0, 1, 2)
        ]
    )  # fmt: skip
    layers = {
        "boundary": _boundary(spec, boundary),
        "streets": streets,
        "buildings": empty("levels"),
        "places": empty("category", "name"),
        "clusters": empty(),
        "landuse": empty("use"),
        "stops": empty("mode", "name"),
    }
    village = _village(spec, boundary, provenance=provenance, is_circle=True, doubt=600.0)
    gone = dict.fromkeys(
        ("street_width_median_m", "building_count", "floor_space_index", "poi_count",
         "service_density_per_ha", "building_coverage_ratio", "levels_known_share")
    )  # fmt: skip
    return VillageResult(village, layers, indicators(**gone, market_straight_m=3_100.0))


def _cedar(spec: VillageSpec, provenance: dict[str, Provenance]) -> VillageResult:
    boundary = shapely.Point(X0 + 90_000, Y0).buffer(500)
    outside = "Cedar Hill lies outside"
    village = _village(spec, boundary, provenance=provenance, is_circle=True, outside=outside)
    layers = {
        name: empty()
        for name in ("buildings", "streets", "places", "clusters", "landuse", "stops", "markets")
    }
    layers["boundary"] = _boundary(spec, boundary)
    nothing = {key: not_available(key, outside) for key in definitions()}
    return VillageResult(village, layers, nothing)


def _columns() -> list[float]:
    """West edges of the columns of houses; the gaps between them are the lanes."""
    west, edges = X0, []
    for lane in (*_LANES_M, 0.0):
        edges.append(west)
        west += _HOUSE_M + lane
    return edges


def _houses() -> gpd.GeoDataFrame:
    rows = []
    for i, west in enumerate(_columns()):
        for j in range(12):
            south = Y0 + j * (_HOUSE_M + 0.8)
            k = i * 12 + j
            rows.append(
                {
                    "osm_id": f"w{1000 + k}",
                    "building": "yes" if k % 5 else "house",
                    "name": HOSTILE[0] if k == 40 else "",
                    "area_m2": _HOUSE_M**2,
                    "levels": [3.0, 5.0, 8.0, 12.0, 25.0, np.nan][k % 6],
                    "height_m": [9.0, 15.0, 24.0, 36.0, 75.0, np.nan][k % 6],
                    "gap_m": 0.8,
                    "handshake": k % 3 == 0,
                    "served_ebike": True,
                    "served_fire_engine": west > X0 + 50,
                    "part": "old" if i < 4 else "new",
                    "geometry": shapely.box(west, south, west + _HOUSE_M, south + _HOUSE_M),
                }
            )
    return frame(rows)


def _streets() -> gpd.GeoDataFrame:
    rows = []
    for i, (west, lane) in enumerate(zip(_columns(), _LANES_M, strict=False)):
        x = west + _HOUSE_M + lane / 2
        rows.append(
            {
                "osm_id": f"w{i}", "name": [HOSTILE[2], "长街", "", "Wide St", "", HOSTILE[3]][i],
                "highway": "footway" if lane < 4 else "residential", "facade_width_m": lane,
                "width_m": lane,
                "width_min_m": lane - 0.2, "width_p10_m": lane - 0.1, "width_source": "measured",
                "open_share": 0.0,
                "geometry": shapely.LineString([(x, Y0 - 5), (x, Y0 + 145)]),
            }
        )  # fmt: skip
    rows.append(
        {
            "osm_id": "w9", "name": "North Rd 北路", "highway": "tertiary",
            "facade_width_m": np.nan,
            "width_m": np.nan,
            "width_min_m": np.nan, "width_p10_m": np.nan, "width_source": "", "open_share": 1.0,
            "geometry": shapely.LineString([(X0 - 60, Y0 + 147), (X0 + 200, Y0 + 149)]),
        }
    )  # fmt: skip
    return frame(rows)


def _places() -> gpd.GeoDataFrame:
    kinds = (
        "express",
        "retail",
        "food",
        "photo",
        "workshop",
        "express",
        "health",
        "zzz",
        "finance",
    )
    return frame(
        [
            {
                "osm_id": f"n{i}", "category": kind, "tag": f"made={kind}",
                "name": HOSTILE[i % 4] if i < 4 else f"店 {i}", "cluster": 0 if i < 5 else -1,
                "geometry": shapely.Point(X0 + 28 + 11 * i, Y0 + 25 + (i * 37) % 60),
            }
            for i, kind in enumerate(kinds)
        ]
    )  # fmt: skip


def replaced(village: VillageResult, **layers: gpd.GeoDataFrame) -> VillageResult:
    """The village with other layers."""
    return dataclasses.replace(village, layers={**village.layers, **layers})


def renamed(village: VillageResult, name_en: str, name_zh: str) -> VillageResult:
    """The village under another name."""
    spec = dataclasses.replace(village.village.spec, name_en=name_en, name_zh=name_zh)
    return dataclasses.replace(village, village=dataclasses.replace(village.village, spec=spec))


def whole(result: StudyResult) -> StudyResult:
    """The run with all that the figures of the first village can show."""
    alder, *others = result.villages
    houses = alder.layers["buildings"]
    number = np.arange(len(houses))
    square = shapely.box(X0, Y0, X0 + 140, Y0 + 145)
    middle = shapely.Point(X0 + 70, Y0 + 70)
    shown = replaced(
        alder,
        buildings=houses.assign(
            gap_facing_m=np.choose(number % 4, [0.8, 1.2, 2.5, np.nan]),
            needs_unmet=number % 6,
            needs_judged=6,
        ),
        parts=frame(
            [
                {"part": part, "n_buildings": 42, "area_ha": 1.0, "geometry": piece}
                for part, piece in (
                    ("old", shapely.box(X0, Y0, X0 + 60, Y0 + 145)),
                    ("new", shapely.box(X0 + 60, Y0, X0 + 140, Y0 + 145)),
                )
            ]
        ),
        lanes=frame(
            [
                {
                    "clear_width_m": lane,
                    "clear_width_median_m": lane,
                    "length_m": 150.0,
                    "open_ground": False,
                    "geometry": shapely.LineString(
                        [
                            (west + _HOUSE_M + lane / 2, Y0 - 5),
                            (west + _HOUSE_M + lane / 2, Y0 + 145),
                        ]
                    ),
                }
                for west, lane in zip(_columns(), _LANES_M, strict=False)
            ]
        ),
        reach=frame(
            [
                {"vehicle": "ebike", "served_share": 0.9, "geometry": square},
                {"vehicle": "fire_engine", "served_share": 0.2, "geometry": square.buffer(-30)},
            ]
        ),
        isochrones=frame(
            [
                {
                    "mode": mode,
                    "minutes": minutes,
                    "area_ha": times * minutes**2,
                    "geometry": middle.buffer(60 * times * minutes),
                }
                for mode, times in (("walk", 1), ("ebike", 3), ("drive", 4))
                for minutes in (15.0, 10.0, 5.0)
            ]
        ),
    )
    return dataclasses.replace(result, villages=(shown, *others))


def only(result: StudyResult, *ids: str) -> StudyResult:
    """The run with some of its villages."""
    kept = tuple(v for v in result.villages if v.village.id in ids)
    return dataclasses.replace(result, villages=kept)
