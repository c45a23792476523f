"""What stands out in a village is told from its layers, and what they lack is left out."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
from shapely import Point

from taobaogis.reports.findings import findings


def layer(**columns):
    n = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=[Point(0, 0)] * n, crs=4547)


def told(**layers):
    return {t.en: (text.en, text.zh) for t, text in findings(SimpleNamespace(layers=layers))}


def parts(*rows):
    part, area, houses = zip(*rows, strict=True)
    return layer(
        part=list(part), name_en=[p.title() for p in part], name_zh=[f"{p}区" for p in part],
        area_ha=list(area), n_buildings=list(houses),
        features_en=[f"{p} one; {p} two; {p} three" for p in part],
        features_zh=[f"{p}一；{p}二；{p}三" for p in part],
    )  # fmt: skip


MARKETS = {
    "name_en": ["Far", "Near", "Wrong"], "name_zh": ["远", "近", "非"],
    "right_goods": [True, True, False], "distance_m": [9000.0, 2900.0, 100.0],
    "walk_min": [150.0, 46.4, 2.0], "ebike_min": [45.0, np.nan, 1.0],
    "drive_min": [20.0, 8.0, 1.0], "transit_min": [40.0, 22.6, np.nan],
    "transit_en": ["", "walk 10 m; bus 1", ""], "transit_zh": ["", "步行10 m；公交1", ""],
}  # fmt: skip


def test_a_village_without_layers_has_nothing_to_tell():
    assert told() == {}
    assert told(markets=layer(**MARKETS).iloc[:0], parts=parts(("old", 1, 2)).iloc[:0]) == {}


def test_the_nearest_right_market_is_told_with_the_ways_that_are_known():
    en, zh = told(markets=layer(**MARKETS))["The way to the right market"]
    assert en == (
        "Near, 2.9 km away: 46 min on foot, 8 min by car in free traffic, 23 min by public "
        "transport. Walk 10 m; bus 1."
    )
    assert zh.startswith("近，直线 2.9 km：步行 46 分钟，驾车（畅通时） 8 分钟，公共交通 23 分钟。")
    assert zh.endswith("步行10 m；公交1。")
    no_right = {**MARKETS, "right_goods": [False] * 3}
    assert told(markets=layer(**no_right)) == {}


def test_pieces_of_one_kind_are_summed_and_the_largest_speaks_for_them():
    en, zh = told(parts=parts(("old", 1.0, 40), ("old", 2.5, 60), ("rest", 4.0, 9)))[
        "How it is built"
    ]
    assert en == (
        "Old, 3.5 ha with 100 houses in 2 pieces; the largest: old one; old two. "
        "Rest, 4.0 ha with 9 houses: rest one; rest two."
    )
    assert zh.startswith("old区（3.5 公顷，100 栋，共 2 片；最大一片）：old一；old二。")
    one, _ = told(parts=parts(("rest", 4.0, 9)))["How it is built"]
    assert one == "One kind throughout: rest one; rest two."


def test_what_is_missing_names_the_best_three_and_keeps_quiet_of_a_single_facility():
    worst = {
        "houses": [24],
        "lacking": [1],
        "of": [1],
        "names_en": ["school"],
        "names_zh": ["学校"],
    }
    sites = layer(
        name_en=["A", "B", "C", "D", "E"], name_zh=list("甲乙丙丁戊"),
        gain_houses=[1, 50, 20, 30, 90], share_before=[0.5, 0.1, 0.2, 0.3, 0.5],
        share_after=[0.51, 0.6, 0.4, 0.6, 0.505],
    )  # fmt: skip
    en, _ = told(worst_served=layer(**worst), facility_sites=sites)["What is missing"]
    assert en == (
        "At the best place, one more would serve: b 60\u2009% of the houses instead of 10\u2009%; "
        "d 60\u2009% of the houses instead of 30\u2009%; "
        "c 40\u2009% of the houses instead of 20\u2009%."
    )
    assert told(worst_served=layer(**{**worst, "of": [7]}))


def test_the_pinch_point_that_keeps_most_houses_off_is_told_with_its_vehicle():
    reach = layer(
        vehicle=["van", "truck"], name_en=["Van", "Truck"], name_zh=["货车", "卡车"],
        served_share=[0.66, np.nan], on_foot_median_m=[np.nan] * 2, on_foot_max_m=[np.nan] * 2,
    )  # fmt: skip
    pinches = layer(
        vehicle=["van", "van", "truck"], clear_width_m=[1.04, 0.7, 0.5],
        houses_cut_off=[4, 1, 9], rank=[1, 2, 1],
    )  # fmt: skip
    en, zh = told(reach=reach, pinch_points=pinches)["Who can pass"]
    assert en == "Houses reached: van 66\u2009%."  # the truck reaches nothing that is known
    van = pinches[pinches["vehicle"] == "van"]
    en, zh = told(reach=reach, pinch_points=van)["Who can pass"]
    assert en.endswith("The worst single pinch point, 1.0 m wide, keeps the van from 4 houses.")
    assert "使货车无法到达 4 栋房屋" in zh


def test_what_remains_on_foot_from_a_van_is_told_or_from_the_widest_vehicle_of_ones_own():
    reach = layer(
        vehicle=["cart", "van", "truck"], name_en=["Cart", "Van", "Truck"],
        name_zh=["手推车", "货车", "卡车"], served_share=[1.0, 0.6, 0.5],
        on_foot_median_m=[np.nan, 12.4, 20.0], on_foot_max_m=[np.nan, 44.6, 61.0],
    )  # fmt: skip
    en, zh = told(reach=reach)["Who can pass"]
    assert "To houses that the van does not reach, 12 m remain on foot in the median, 45 m" in en
    assert "货车不能到达的房屋，仍需步行 12 米（中位数），最远 45 米" in zh
    own = reach[reach["vehicle"] != "van"]
    assert "the truck does not reach, 20 m remain" in told(reach=own)["Who can pass"][0]
    assert "on foot" not in told(reach=reach[:1])["Who can pass"][0]


def test_services_along_a_street_are_told_without_a_name_too():
    streets = layer(
        name=["", "Main"], length_m=[100.0, 240.0], places=[9, 41], main_category=["x", "retail"]
    )
    en, zh = told(main_streets=streets, places=layer(a=range(98)))["Where services line up"]
    assert en == "41 of 98 mapped places stand along 240 m of one street (Main), mostly shops."
    assert "（Main）" in zh
    en, _ = told(main_streets=streets.iloc[:1], places=layer(a=range(98)))["Where services line up"]
    assert en == "9 of 98 mapped places stand along 100 m of one street."
