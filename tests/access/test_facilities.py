"""Facilities that people ask for: who has them within reach, and when silence is a gap."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from support.street_layers import METRIC, points, streets

from taobaogis.access.facilities import circles, facilities, facility_places
from taobaogis.access.facility_reach import coverage_row, facility_reach
from taobaogis.access.facility_sites import candidate_sites, next_sites, worst_served
from taobaogis.access.network import street_network, study_networks
from taobaogis.access.village_facilities import NEEDS_KEY, village_facilities
from taobaogis.indicators import definitions
from taobaogis.provenance import Provenance
from taobaogis.schema import conform, empty_layer
from taobaogis.study_spec import VillageSpec
from taobaogis.trust.completeness import Completeness
from taobaogis.trust.pattern import Share
from taobaogis.village import Layers, Village

# One street of 2 km with ten houses of 100 m² and 2 storeys, 100 m apart, 5 m beside it.
STREET = streets({"u": 1, "v": 2, "line": [(-500, 0), (1500, 0)]})
XS = np.arange(50, 1000, 100)


def houses() -> gpd.GeoDataFrame:
    boxes = [shapely.box(x - 5, 5, x + 5, 15) for x in XS]
    return conform(
        gpd.GeoDataFrame({"building": ["yes"] * len(XS)}, geometry=boxes, crs=METRIC), "buildings"
    )


def pois(*rows: tuple[str, float, float]) -> gpd.GeoDataFrame:
    table = {
        "tag": [r[0] for r in rows],
        "category": "x",
        "name": [f"p{n}" for n, _ in enumerate(rows)],
    }
    frame = gpd.GeoDataFrame(table, geometry=list(points(*(r[1:] for r in rows))), crs=METRIC)
    return conform(frame, "pois")


def village(*places: tuple[str, float, float], stops=(), asked=("pois", "stops")) -> Village:
    frames = {"streets": STREET, "buildings": houses()}
    if places:
        frames["pois"] = pois(*places)
    if stops:
        frame = gpd.GeoDataFrame(
            {"osm_id": ["s"] * len(stops), "mode": "bus"}, geometry=list(points(*stops)), crs=METRIC
        )
        frames["stops"] = conform(frame, "stops")
    origin = {kind: Provenance("made by hand") for kind in asked}
    layers = Layers(METRIC, frames, origin)
    area = shapely.box(0, -50, 1000, 50)
    return Village(VillageSpec("v", "V", "村"), area, "drawn", False, 0.0, layers)


def measured_houses() -> gpd.GeoDataFrame:
    return houses().assign(area_m2=100.0, levels=2.0)


def mapped(low: float, high: float = 1.0) -> dict[str, Completeness]:
    return {"pois": Completeness("pois", "made by hand", share=Share((low + high) / 2, low, high))}


def found(here: Village, completeness=None):
    networks = study_networks(here.layers["streets"])
    made = village_facilities(
        here, here.layers, networks, buildings=measured_houses(), completeness=completeness or {}
    )
    return made, {i.key: i for i in made.indicators}


def test_every_facility_says_what_was_asked_and_how_well_its_way_is_founded() -> None:
    kinds = facilities()
    assert {"stop", "toilet", "waste", "kindergarten", "school", "express", "finance", "photo",
            "training"} == set(kinds)  # fmt: skip
    for facility in kinds.values():
        assert facility.status in {"verified", "secondary", "memory", "convention"}
        assert (facility.clause == "") == (facility.status == "convention")
        assert facility.asked
        assert facility.within_m > 0
    assert [c.minutes for c in circles()] == [5, 10, 15]
    assert [c.within_m for c in circles()] == [300, 500, 1000]


def test_places_are_told_by_their_tags_and_by_geofabriks_names() -> None:
    layer = pois(("amenity=school", 0, 0), ("fclass=toilet", 1, 0), ("fclass=bank", 2, 0),
                 ("shop=clothes", 3, 0))  # fmt: skip
    places = facility_places(layer, empty_layer("stops", METRIC))
    assert places["facility"].tolist() == ["school", "toilet", "finance"]
    assert places["capacity"].isna().all()
    assert facility_places(empty_layer("pois", METRIC), empty_layer("stops", METRIC)).empty


def test_ways_and_shares_by_hand() -> None:
    here = village(("amenity=school", 0, 0))
    reach = facility_reach(
        here.inside("buildings").representative_point(), np.full(10, 200.0),
        facility_places(here.layers["pois"], here.layers["stops"]),
        street_network(STREET, mode="walk"),
    )  # fmt: skip
    # From the middle of a house 10 m to the street, then along it.
    assert reach.nearest_m["school"].tolist() == pytest.approx((XS + 10).tolist())
    row = coverage_row(reach, facilities()["school"])
    assert row["walk_m"] == pytest.approx(510)
    assert row["houses_share"] == pytest.approx(0.5)  # within 500 m: 60 to 460
    assert row["houses_5min_share"] == pytest.approx(0.3)
    assert row["houses_15min_share"] == pytest.approx(1.0)
    assert row["mapped"] == 1


def test_shares_by_floor_area_weigh_the_larger_houses() -> None:
    here = village(("amenity=school", 0, 0))
    floor = np.where(XS < 500, 100.0, 300.0)
    reach = facility_reach(
        here.inside("buildings").representative_point(), floor,
        facility_places(here.layers["pois"], here.layers["stops"]),
        street_network(STREET, mode="walk"),
    )  # fmt: skip
    assert coverage_row(reach, facilities()["school"])["floor_area_share"] == pytest.approx(0.25)


def test_indicators_layers_and_words_of_a_village_with_a_school_at_its_end() -> None:
    made, by_key = found(village(("amenity=school", 0, 0), stops=[(500, 0)]), mapped(0.8))
    assert by_key["school_walk_m"].value == pytest.approx(510)
    assert by_key["school_near_share"].value == pytest.approx(0.5)
    assert by_key["stop_near_share"].value == pytest.approx(1.0)
    assert "not read in the original" in by_key["school_near_share"].reason
    assert [i.key for i in made.indicators] == [
        key for key, d in definitions().items() if d.group == "facilities"
    ]
    assert set(made.layers) == {
        "facility_coverage", "facilities", "facility_sites", "worst_served",
    }  # fmt: skip
    assert len(made.layers["facility_coverage"]) == len(facilities())


def test_what_is_not_mapped_is_a_gap_only_where_most_places_are_mapped() -> None:
    here = village(("amenity=school", 0, 0))
    _, thin = found(here, mapped(0.2, 0.6))
    assert thin["toilet_near_share"].value is None
    assert "not mapped is not missing" in thin["toilet_near_share"].reason
    assert "未测绘不等于没有" in thin["toilet_near_share"].reason.zh
    _, whole = found(here, mapped(0.8))
    assert whole["toilet_near_share"].value == 0.0
    assert whole["toilet_near_share"].grade == "D"
    assert "taken for a gap" in whole["toilet_near_share"].reason
    _, unknown = found(here)
    assert "cannot be told" in unknown["toilet_near_share"].reason


def test_a_place_that_no_house_has_near_is_as_good_as_none() -> None:
    # A toilet 350 m beyond the last house; its radius is 300 m.
    _, by_key = found(village(("amenity=toilets", 1300, 0)), mapped(0.2))
    assert by_key["toilet_near_share"].value is None
    assert by_key["toilet_walk_m"].value is not None


def test_silence_about_stops_is_never_a_gap() -> None:
    _, by_key = found(village(("amenity=school", 0, 0)), mapped(0.9))
    assert by_key["stop_near_share"].value is None


def test_without_a_source_or_houses_or_streets_everything_says_why() -> None:
    _, by_key = found(village(asked=()))
    assert all(i.value is None and i.reason for i in by_key.values())
    empty = Village(
        VillageSpec("v", "V", "村"), shapely.box(0, 0, 9, 9), "drawn", False, 0.0,
        Layers(METRIC, {}, {"pois": Provenance("made")}),
    )  # fmt: skip
    made = village_facilities(
        empty, empty.layers, study_networks(empty.layers["streets"]),
        buildings=houses()[:0], completeness={},
    )  # fmt: skip
    assert all(i.value is None and i.reason for i in made.indicators)
    assert made.columns.empty


def test_one_more_stands_where_it_serves_most_and_says_what_it_gains() -> None:
    here = village(("amenity=school", 0, 0), stops=[(500, 0)])
    made, by_key = found(here, mapped(0.8))
    site = made.layers["facility_sites"].set_index("facility").loc["school"]
    # Houses at 550 ... 950 lack it; a site at any of 650 ... 950 has all five within 500 m.
    assert site["gain_houses"] == 5
    assert site["gain_floor_area_m2"] == pytest.approx(1000)
    assert site["share_before"] == pytest.approx(by_key["school_near_share"].value)
    assert site["share_after"] == pytest.approx(1.0)
    assert "stop" not in made.layers["facility_sites"]["facility"].tolist()


def test_two_more_of_a_facility_are_chosen_together() -> None:
    here = village(("amenity=school", -450, 0))
    reach = facility_reach(
        here.inside("buildings").representative_point(), np.full(10, 200.0),
        facility_places(here.layers["pois"], here.layers["stops"]),
        street_network(STREET, mode="walk"),
    )  # fmt: skip
    walk = street_network(STREET, mode="walk")
    wanted = [facilities()["toilet"]]
    candidates = candidate_sites(reach.origins, street_network(STREET, mode="drive"))
    assert len(candidates) == 10
    one = next_sites(reach, wanted, candidates, walk)
    two = next_sites(reach, wanted, candidates, walk, count=2)
    # 300 m less twice 10 m off the street: five houses each, with two sites all ten.
    assert one["gain_houses"].tolist() == [5]
    assert two["gain_houses"].tolist() == [10, 10]


def test_the_worst_served_part_is_where_most_is_lacking() -> None:
    made, _ = found(
        village(("amenity=school", 0, 0), ("amenity=toilets", 0, 0), ("amenity=bank", 0, 0)),
        mapped(0.3),
    )
    (part,) = made.layers["worst_served"].to_dict("records")
    assert part["lacking"] == 2
    assert part["of"] == 3
    assert part["names_en"] == "public toilet, school"
    assert part["geometry"].centroid.x > 500
    assert made.columns["needs_unmet"].tolist() == [0] * 3 + [1] * 2 + [2] * 5
    nobody = worst_served(houses(), made.columns[[]].assign(school=False), made.layers[
        "facility_coverage"].set_index("facility"))  # fmt: skip
    assert nobody.empty


def test_more_places_never_serve_fewer_and_moving_the_town_changes_nothing() -> None:
    few, many = (("amenity=school", 0, 0),), (("amenity=school", 0, 0), ("amenity=school", 900, 0))
    _, less = found(village(*few), mapped(0.8))
    _, more = found(village(*many), mapped(0.8))
    for key, indicator in less.items():
        if indicator.value is not None and key.endswith("_share"):
            assert more[key].value >= indicator.value
    assert less[NEEDS_KEY].value <= more[NEEDS_KEY].value


def test_capacity_is_shared_where_the_map_knows_it() -> None:
    here = village(("amenity=school", 500, 0))
    layer = here.layers["pois"].assign(capacity=20)
    layers = Layers(METRIC, {**here.layers.frames, "pois": layer}, here.layers.provenance)
    made = village_facilities(
        here, layers, study_networks(layers["streets"]), buildings=measured_houses(),
        completeness=mapped(0.8),
    )  # fmt: skip
    row = made.layers["facility_coverage"].set_index("facility").loc["school"]
    assert row["capacity"] == 20
    # Ten houses within 10 minutes share 20 places.
    assert row["capacity_per_house"] == pytest.approx(2.0)


@pytest.mark.parametrize("judged", range(1, 10))
def test_the_share_of_needs_met_is_bounded_by_what_cannot_be_judged(judged: int) -> None:
    kinds = [f for f in facilities().values() if f.tags][: min(judged, 8)]
    places = [(min(f.tags), 500.0, 0.0) for f in kinds]
    stops = ((500.0, 0.0),) if judged > len(kinds) else ()
    # How many are missing from the map is not known, so that nothing is said of the others.
    _, by_key = found(village(*places, stops=stops))
    indicator = by_key[NEEDS_KEY]
    if judged < 3:
        assert indicator.grade == "NA"
        assert f"only {judged} of the 9 facilities" in indicator.reason
        return
    assert indicator.value is not None
    if judged == len(facilities()):
        assert indicator.low is indicator.high is None, "nothing is open"
        return
    assert indicator.low == pytest.approx(indicator.value * judged / 9)
    assert indicator.high == pytest.approx((indicator.value * judged + 9 - judged) / 9)
    assert ("can be judged" in indicator.reason) == (judged < 6)
