import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import Polygon
from support.osm_files import document, node, relation, way

from taobaogis.errors import SourceDataError
from taobaogis.loaders.osm import middle_of, read_osm_file, read_osm_xml
from taobaogis.provenance import Provenance
from taobaogis.schema import LAYERS, validate

GRID = CRS.from_epsg(4547)
BOX = (113.29, 22.99, 113.31, 23.01)


def read(*elements, near=()):
    return read_osm_xml(
        document(*elements), GRID, provenance=Provenance("test"), extent=BOX, near=near
    )


# A cross of two streets that meet in node 2, and a bridge (nodes 6-7) over the first.
CROSS = (
    node(1, 113.300, 23.0), node(2, 113.301, 23.0), node(3, 113.302, 23.0),
    node(4, 113.301, 23.001), node(5, 113.301, 22.999),
    node(6, 113.3005, 23.001), node(7, 113.3005, 22.999),
    way(10, [1, 2, 3], highway="residential", name="正街", width="6 m", lanes="2"),
    way(11, [4, 2, 5], highway="service", oneway="yes"),
    way(12, [6, 7], highway="primary", bridge="yes"),
)  # fmt: skip


def test_streets_are_cut_where_they_share_a_node_and_nowhere_else():
    streets = read(*CROSS)["streets"]
    assert streets["osm_id"].tolist() == ["w10", "w10", "w11", "w11", "w12"]
    junction = set(streets["u"]) & set(streets["v"])
    assert junction == {2}
    assert streets.loc[4, ["u", "v"]].tolist() == [6, 7]
    assert streets["bridge"].tolist() == [False] * 4 + [True]


def test_lengths_are_metres():
    first = read(*CROSS)["streets"].geometry[0]
    assert first.length == pytest.approx(0.001 * 111_320 * math.cos(math.radians(23)), rel=2e-3)


def test_tags_are_read_with_their_units_and_the_rest_is_unknown():
    streets = read(*CROSS)["streets"]
    assert streets.loc[0, ["name", "width_tag_m", "lanes", "oneway"]].tolist() == ["正街", 6, 2, 0]
    assert streets["oneway"].tolist() == [0, 0, 1, 1, 0]
    assert math.isnan(streets["width_tag_m"][2])


@pytest.mark.parametrize(
    ("text", "metres"),
    [("4", 4), ("4.5", 4.5), ("4,5", 4.5), ("3 m", 3), ("3米", 3), ("10'", 3.048), ("wide", None),
     ("12' or so", None), ("0 ft", None),
     ("-4", None), ("0", None), ("nan", None), ("1e400", None)],
)  # fmt: skip
def test_a_width_is_metres_or_unknown_but_never_a_guess(text, metres):
    ways = (node(1, 113.3, 23), node(2, 113.301, 23), way(3, [1, 2], highway="path", width=text))
    read_m = read(*ways)["streets"]["width_tag_m"][0]
    assert math.isnan(read_m) if metres is None else read_m == metres, text


def test_classes_that_are_no_street_are_left_out():
    ways = [node(1, 113.3, 23), node(2, 113.301, 23)]
    ways += [
        way(10 + i, [1, 2], highway=h)
        for i, h in enumerate(["proposed", "construction", "bus_stop", "elevator", "residential"])
    ]
    assert read(*ways)["streets"]["highway"].tolist() == ["residential"]


def test_a_class_list_written_by_a_graph_tool_is_read_as_its_first():
    layers = read(node(1, 113.3, 23), node(2, 113.301, 23),
                  way(3, [1, 2], highway="['steps', 'footway']"))  # fmt: skip
    assert layers["streets"]["highway"].tolist() == ["steps"]
    assert "1 streets of several classes" in layers.provenance["streets"].note


def test_a_point_cut_off_by_the_extract_breaks_the_line_and_is_counted():
    layers = read(node(1, 113.300, 23), node(2, 113.301, 23), node(4, 113.303, 23),
                  node(5, 113.304, 23), way(9, [1, 2, 3, 4, 5], highway="path"))  # fmt: skip
    streets = layers["streets"]
    assert len(streets) == 2
    assert max(streets.length) < 105
    assert "1 street points missing" in layers.provenance["streets"].note


def test_a_roundabout_is_one_way_and_closes_on_itself():
    ring = [node(i, 113.3 + x, 23 + y) for i, (x, y) in
            enumerate([(0, 0), (1e-4, 0), (1e-4, 1e-4), (0, 1e-4)], start=1)]  # fmt: skip
    streets = read(*ring, way(9, [1, 2, 3, 4, 1], highway="tertiary", junction="roundabout"))
    assert streets["streets"]["oneway"].tolist() == [1]
    assert streets["streets"]["u"][0] == streets["streets"]["v"][0]


def square(first, lon, lat, size):
    corners = [(0, 0), (size, 0), (size, size), (0, size)]
    return [node(first + i, lon + dx, lat + dy) for i, (dx, dy) in enumerate(corners)]


def test_a_courtyard_house_mapped_as_relation_keeps_its_hole():
    layers = read(
        *square(1, 113.3, 23.0, 4e-4), *square(11, 113.3001, 23.0001, 2e-4),
        way(21, [1, 2, 3, 4, 1]), way(22, [11, 12, 13, 14, 11]),
        relation(31, [("way", 21, "outer"), ("way", 22, "inner")],
                 type="multipolygon", building="yes", building__levels="3"),
    )  # fmt: skip
    house = layers["buildings"].geometry[0]
    assert layers["buildings"]["osm_id"].tolist() == ["r31"]
    assert isinstance(house, Polygon)
    assert len(house.interiors) == 1
    assert house.area == pytest.approx(0.75 * Polygon(house.exterior).area, rel=1e-3)
    assert layers["buildings"]["levels_tag"].tolist() == [3.0]


def test_a_ring_that_does_not_close_is_no_building():
    layers = read(*square(1, 113.3, 23.0, 1e-4), way(9, [1, 2, 3, 4], building="yes"))
    assert layers["buildings"].empty


def test_an_outline_that_crosses_itself_is_mended_or_left_out_but_never_invalid():
    layers = read(*square(1, 113.3, 23.0, 1e-4), way(9, [1, 2, 4, 3, 1], building="yes"))
    assert layers["buildings"].geometry.is_valid.all()


def test_an_object_can_be_a_building_a_place_and_a_land_use_at_once():
    school = way(9, [1, 2, 3, 4, 1], building="school", amenity="school", name="学校")
    layers = read(*square(1, 113.3, 23.0, 4e-4), school)
    assert layers["buildings"]["building"].tolist() == ["school"]
    assert layers["pois"]["category"].tolist() == ["education"]
    assert layers["landuse"]["use"].tolist() == ["public"]
    assert layers["pois"].geometry[0].within(layers["buildings"].geometry[0])


def test_nodes_become_places_and_stops():
    layers = read(
        node(1, 113.3, 23, shop="clothes"), node(2, 113.3, 23, office="courier"),
        node(3, 113.3, 23, highway="bus_stop", name="里仁洞"),
        node(4, 113.3, 23, railway="station", station="subway"),
        node(5, 113.3, 23, highway="crossing"), node(6, 113.3, 23, shop="vacant"),
    )  # fmt: skip
    assert layers["pois"]["category"].tolist() == ["retail", "express"]
    assert dict(zip(layers["stops"]["osm_id"], layers["stops"]["mode"], strict=True)) == {
        "n3": "bus",
        "n4": "subway",
    }


def test_a_bus_line_carries_its_stops_in_order_and_its_way():
    layers = read(
        *CROSS,
        node(20, 113.3, 23, highway="bus_stop"),
        node(21, 113.302, 23, highway="bus_stop"),
        relation(30, [("node", 20, "stop"), ("way", 10, ""), ("node", 21, "stop")],
                 type="route", route="bus", ref="302"),
    )  # fmt: skip
    route = layers["routes"].iloc[0]
    assert (route["ref"], route["mode"], route["stops"]) == ("302", "bus", "n20 n21")
    assert route.geometry.length == pytest.approx(layers["streets"].length[:2].sum())


def test_things_far_from_every_box_are_left_out():
    far = square(1, 113.5, 23.2, 1e-4)
    here = square(11, 113.3, 23.0, 1e-4)
    ways = (way(8, [1, 2, 3, 4, 1], building="yes"), way(9, [11, 12, 13, 14, 11], building="yes"))
    layers = read(*far, *here, *ways, near=[BOX])
    assert layers["buildings"]["osm_id"].tolist() == ["w9"]


def test_every_layer_keeps_its_contract_even_from_an_empty_document():
    layers = read()
    for kind in LAYERS:
        validate(layers[kind], kind)
        assert layers[kind].empty


@pytest.mark.parametrize("body", [b"", b"<osm", b"<html>504</html>", b"\x00" * 100])
def test_a_document_that_is_no_osm_is_refused(body):
    with pytest.raises(SourceDataError, match="'test' is not a whole OSM file"):
        read_osm_xml(body, GRID, provenance=Provenance("test"), extent=BOX)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceDataError, match=r"no OSM file 'x\.osm\.pbf'"):
        read_osm_file(tmp_path / "x.osm.pbf", GRID)


@pytest.mark.shared_data
def test_a_pbf_cut_short_is_refused(shared_data, tmp_path):
    whole = (shared_data / "futian.osm.pbf").read_bytes()
    for share in (0.001, 0.3, 0.7, 0.999):
        cut = tmp_path / f"cut-{share}.osm.pbf"
        cut.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(SourceDataError, match="not a whole OSM file"):
            read_osm_file(cut, GRID)


@pytest.mark.shared_data
def test_futian_has_the_streets_and_buildings_its_readme_counts(shared_data):
    layers = read_osm_file(shared_data / "futian.osm.pbf", GRID)
    assert layers["streets"]["osm_id"].nunique() == 2593
    assert len(layers["buildings"]) == 1853
    # 551 carry the tag; nine of them say 0 storeys, which is no number of storeys.
    assert layers["buildings"]["levels_tag"].notna().sum() == 542
    assert layers["buildings"].geometry.is_valid.all()
    assert layers["streets"].length.sum() / 1000 == pytest.approx(228, abs=2)


@pytest.mark.shared_data
def test_panyu_has_streets_and_no_building(shared_data):
    layers = read_osm_file(shared_data / "panyu.osm.pbf", GRID)
    assert layers["buildings"].empty
    assert layers["streets"].length.sum() / 1000 == pytest.approx(6400, rel=0.02)
    assert "里仁洞" in set(layers["stops"]["name"])


def test_walls_gates_and_water_are_barriers_and_kerbs_are_none():
    found = read(
        node(1, 113.300, 23.0), node(2, 113.301, 23.0, barrier="gate", maxwidth__physical="2.4"),
        node(3, 113.302, 23.0), node(4, 113.302, 23.001), node(5, 113.3, 23.001),
        node(6, 113.3005, 23.0005, barrier="height_restrictor"),
        way(10, [1, 2, 3], barrier="wall", width="0.5"),
        way(11, [3, 4], barrier="kerb"),
        way(12, [1, 3, 4, 5, 1], natural="water", name="塘"),
        way(13, [4, 99], barrier="fence"),
    )["barriers"]  # fmt: skip
    validate(found, "barriers")
    rows = found.set_index("osm_id")
    assert sorted(rows.index) == ["n2", "w10", "w12"]
    assert rows["barrier"].to_dict() == {"n2": "gate", "w10": "wall", "w12": "water"}
    assert rows.loc["n2", ["width_tag_m", "tag"]].tolist() == [2.4, "barrier=gate"]
    assert rows.loc["w10", "width_tag_m"] == 0.5
    assert rows.loc["w12", ["tag", "name"]].tolist() == ["natural=water", "塘"]
    assert rows.geom_type.to_dict() == {"n2": "Point", "w10": "LineString", "w12": "Polygon"}


def test_a_fence_that_loses_its_points_is_counted():
    layers = read(*CROSS, way(13, [3, 99], barrier="fence"))
    assert layers["barriers"].empty
    assert "1 walls without two points together left out" in layers.provenance["barriers"].note


@settings(max_examples=10)
@given(
    places=st.lists(
        st.tuples(st.floats(1, 179), st.floats(1, 84)), min_size=1, max_size=9, unique=True
    )
)
def test_the_middle_of_a_file_lies_among_its_points(tmp_path_factory, places):
    path = tmp_path_factory.mktemp("middle") / "points.osm"
    path.write_bytes(document(*(node(i + 1, *place) for i, place in enumerate(places))))
    middle = middle_of(path)
    for k in range(2):
        values = [place[k] for place in places]
        assert min(values) - 1e-6 <= middle[k] <= max(values) + 1e-6


def test_a_file_without_points_has_no_middle(tmp_path):
    path = tmp_path / "empty.osm"
    path.write_bytes(document())
    with pytest.raises(SourceDataError, match="holds no point"):
        middle_of(path)
