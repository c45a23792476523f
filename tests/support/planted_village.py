"""A village with 37 planted violations of the rule book, each of which can be counted on paper."""

from __future__ import annotations

from collections import Counter

import geopandas as gpd
from pyproj import CRS
from shapely.geometry import LineString, Point, Polygon, box

from taobaogis.form.whole import measure_form
from taobaogis.indicators import measured
from taobaogis.schema import conform
from taobaogis.study import Assumptions, VillageSpec, default_vehicles
from taobaogis.village import Layers, Village

EXACT = Assumptions(facade_error_m=0.0)

# What is planted, by rule.
PLANTED = Counter(
    {
        "fire_separation": 6 + 8,  # 6 pairs 5 m apart and 8 pairs 3 m apart
        "fire_lane_width": 8 + 1,  # the lanes between the latter, and the gate of the compound
        "fire_engine_reach": 1,  # the house in the compound
        "long_dead_end": 1,
        "row_length": 1,
        "internal_main_road": 2,
        "internal_other_road": 2,
        "local_road_red_line": 1,
        "street_spacing": 2,
        "road_density": 1,
        "vehicle_exits": 1,
        "stop_300m": 1,
        "stop_500m": 1,
    }
)


def planted_village() -> Village:
    streets = [
        # The main road comes in at one place and ends here; a branch runs to the compound.
        ("secondary", 12.0, [(-50, 150), (480, 150)]),
        ("secondary", 12.0, [(480, 150), (1150, 150)]),
        ("secondary", 12.0, [(480, 150), (480, 395), (760, 395)]),
        ("residential", 3.0, [(400, 180), (470, 180)]),
        ("residential", 3.0, [(520, 180), (620, 180)]),
        ("residential", 4.5, [(880, 180), (940, 180)]),
        ("living_street", 2.0, [(650, 185), (700, 185)]),
        ("living_street", 2.0, [(720, 185), (770, 185)]),
        ("service", 3.0, [(950, 185), (990, 185)]),
        # Ten metres between the façades leave no room for 14 m.
        ("unclassified", 5.0, [(800, 230), (860, 230)]),
    ]
    stops = gpd.GeoDataFrame({"mode": ["bus"]}, geometry=[Point(50, 150)], crs=4547)
    frames = {
        "buildings": _buildings(),
        "streets": gpd.GeoDataFrame(
            {
                "highway": [kind for kind, _, _ in streets],
                "width_tag_m": [width for _, width, _ in streets],
                "u": range(len(streets)),
                "v": range(100, 100 + len(streets)),
            },
            geometry=[LineString(line) for _, _, line in streets],
            crs=4547,
        ),
        "stops": stops,
    }
    crs = CRS.from_epsg(4547)
    layers = Layers(crs, {kind: conform(frame, kind) for kind, frame in frames.items()})
    spec = VillageSpec("planted", "Planted Village", "设例村")
    return Village(
        spec, box(0, 0, 1200, 900), "drawn by hand", is_circle=False, position_doubt_m=0.0,
        layers=layers,
    )  # fmt: skip


def measured_planted(assumptions: Assumptions = EXACT, rules=None):
    """The village, its layers, and its indicators with all streets known to be mapped."""
    village = planted_village()
    form = measure_form(village, vehicles=default_vehicles(), assumptions=assumptions, rules=rules)
    whole = measured("streets_completeness_share", 1.0, method="", source="", n=1)
    indicators = {i.key: i for i in [*form.indicators, whole]}
    return village, form.layers, indicators


def _buildings() -> gpd.GeoDataFrame:
    shapes = []
    for number in range(14):
        x, gap = 50 + 60 * number, 5 if number < 6 else 3
        shapes += [box(x, 100, x + 10, 110), box(x + 10 + gap, 100, x + 20 + gap, 110)]
    # A yard 7 m wide and 60 m deep, open to the south only.
    shapes += [box(50, 200, 60, 260), box(67, 200, 77, 260), box(50, 260, 77, 270)]
    # Another one that ends in a place of 19 m by 20 m, where an engine can turn.
    shapes += [
        box(980, 250, 990, 310), box(997, 250, 1007, 310), box(970, 310, 986, 330),
        box(1005, 310, 1030, 330), box(970, 330, 1030, 340),
    ]  # fmt: skip
    # Sixteen houses wall to wall.
    shapes += [box(x, 200, x + 10, 210) for x in range(150, 310, 10)]
    # Both sides of the street of 10 m.
    shapes += [box(800, 215, 860, 225), box(800, 235, 860, 245)]
    # Two houses far from every street.
    shapes += [box(100, 500, 110, 510), box(200, 500, 210, 510)]
    # A compound with a gate of 3 m, and a house in the middle of its yard.
    walls = box(500, 400, 740, 640) - box(510, 410, 730, 630) - box(618.5, 399, 621.5, 411)
    assert isinstance(walls, Polygon)
    shapes += [walls, box(615, 515, 625, 525)]
    return gpd.GeoDataFrame(
        {"levels_tag": [3.0] * len(shapes), "osm_id": [f"h{i}" for i in range(len(shapes))]},
        geometry=shapes,
        crs=4547,
    )
