"""The sample scene against its own truth, measured with shapely and read back from its file."""

import json
from collections import Counter, defaultdict
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from pyproj import CRS
from shapely import Point, STRtree

from taobaogis.errors import ExportError
from taobaogis.loaders.osm import read_osm_file
from taobaogis.loaders.sample import make_scene, write_boundaries, write_files, write_osm
from taobaogis.loaders.vector import read_boundary
from taobaogis.resources import data_file
from taobaogis.study import load_study

CRS_OF_SCENE = CRS.from_epsg(4547)
ROUNDING_M = 0.012  # OSM keeps 1e-7 degrees, about a centimetre


@pytest.fixture(scope="module")
def scene():
    return make_scene()


@pytest.fixture(scope="module")
def written(scene, tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "sample.osm.pbf"
    write_osm(scene, path)
    return path


@pytest.fixture(scope="module")
def elements(written):
    """Everything in the file, by type and number."""
    found = {"n": {}, "w": {}, "r": {}}
    order = []
    for item in osmium.FileProcessor(str(written)):
        order.append((item.type_str(), item.id))
        tags = dict(item.tags)
        assert item.version == 0
        if item.is_node():
            found["n"][item.id] = (tags, (item.location.lon, item.location.lat))
        elif item.is_way():
            found["w"][item.id] = (tags, [node.ref for node in item.nodes])
        else:
            found["r"][item.id] = (tags, [(m.type, m.ref, m.role) for m in item.members])
    return found, order


@pytest.fixture(scope="module")
def layers(written):
    return read_osm_file(written, CRS_OF_SCENE)


def tagged(frame, key):
    return frame[[key in tags for tags in frame["tags"]]]


def buildings(scene):
    return tagged(scene.areas, "building")


def houses(scene, village, part):
    truth = scene.truth.houses
    return truth[(truth["village"] == village) & (truth["part"] == part)]


def lanes(scene, **columns):
    truth = scene.truth.lanes
    for column, value in columns.items():
        truth = truth[truth[column] == value]
    return truth


# Reproducible, and moved by its seed alone.


def test_the_same_seed_gives_the_same_bytes(written, tmp_path):
    again = tmp_path / "again.osm.pbf"
    write_osm(make_scene(2019), again)
    assert again.read_bytes() == written.read_bytes()


def test_another_seed_gives_another_scene_that_keeps_the_same_promises(scene):
    other = make_scene(7)
    assert other.seed == 7
    mine, yours = (set(houses(s, "laocun", "old").geometry.to_wkb()) for s in (scene, other))
    assert len(mine & yours) <= 1, "all but the hall, whose lanes are drawn by hand"
    assert_no_overlap(other)
    assert_widths_hold(other)
    assert nx.is_connected(street_graph(other))


def test_the_file_bears_no_date_and_no_version_of_its_writer(written):
    header = osmium.io.Reader(str(written)).header()
    assert header.get("generator") == "taobaogis sample (synthetic)"
    assert not header.get("timestamp")
    assert not header.get("osmosis_replication_timestamp")


# What the three villages are.


@pytest.mark.parametrize(
    ("village", "part", "low", "high"),
    [
        ("laocun", "old", 380, 500),
        ("xincun", "old", 200, 300),
        ("xincun", "new", 230, 300),
        ("dajie", "other", 220, 330),
    ],
)
def test_each_part_has_about_as_many_houses_as_meant(scene, village, part, low, high):
    assert low <= len(houses(scene, village, part)) <= high


def test_old_houses_measure_eight_to_twelve_metres(scene):
    old = pd.concat([houses(scene, village, "old") for village in ("laocun", "xincun")])
    sides = np.array([sides_of(shape) for shape in old.geometry])
    assert 8 <= np.median(sides[:, 0]) <= np.median(sides[:, 1]) <= 12
    assert np.mean((sides[:, 0] > 5) & (sides[:, 1] < 14)) > 0.97


def test_new_houses_measure_ten_by_twelve(scene):
    new = houses(scene, "xincun", "new")
    plots = new[new.area.between(119.99, 120.01)]
    assert len(new) - len(plots) == 2, "only the committee and the kindergarten differ"
    sides = np.array([sides_of(shape) for shape in plots.geometry])
    assert sides == pytest.approx(np.tile([10.0, 12.0], (len(plots), 1)), abs=1e-3)


def sides_of(shape):
    corners = shapely.get_coordinates(shapely.oriented_envelope(shape))
    return sorted(np.hypot(*np.diff(corners[:3], axis=0).T))


def test_new_streets_run_square_to_one_another_turned_by_twelve_degrees(scene):
    streets = lanes(scene, village="xincun", part="new", kind="street")
    ends = np.array([shapely.get_coordinates(line)[[0, -1]] for line in streets.geometry])
    way = ends[:, 1] - ends[:, 0]
    assert np.degrees(np.arctan2(way[:, 1], way[:, 0])) % 90 == pytest.approx(12.0, abs=1e-6)


@pytest.mark.parametrize(
    ("columns", "low", "high"),
    [
        ({"part": "old", "kind": "lane"}, 1.0, 2.5),
        ({"part": "old", "kind": "slit"}, 0.4, 0.8),
        ({"part": "new", "kind": "street"}, 4.0, 8.0),
        ({"village": "dajie", "kind": "street"}, 14.0, 18.0),
    ],
)
def test_clear_widths_are_those_of_such_places(scene, columns, low, high):
    widths = lanes(scene, **columns)["clear_width_m"]
    assert widths.between(low, high).all()
    assert widths.max() > widths.min()


def test_old_lanes_bend_and_end(scene):
    old = lanes(scene, village="laocun", kind="lane")
    bends = shapely.get_num_coordinates(old.geometry.to_numpy()) > 2
    assert bends.sum() > 30
    graph = street_graph(scene)
    outline = scene.truth.boundaries.set_index("id").geometry["laocun"]
    shapely.prepare(outline)
    ends = [n for n, degree in graph.degree if degree == 1 and outline.contains(Point(n))]
    assert len(ends) > 15


def test_joined_new_houses_share_their_wall_to_the_last_bit(scene):
    new = houses(scene, "xincun", "new").geometry.to_numpy()
    a, b = STRtree(new).query(new, predicate="dwithin", distance=1e-6)
    pairs = [(i, j) for i, j in zip(a, b, strict=True) if i < j]
    assert len(pairs) > 20
    for i, j in pairs:
        corners = (set(map(tuple, np.round(shapely.get_coordinates(new[k]), 6))) for k in (i, j))
        assert len(set.intersection(*corners)) == 2


# Widths, measured afresh.


def facade_distances(lines, walls, reach_m=30.0):
    """Left and right distance to the next wall at points of straight stretches; inf if open."""
    points, ways, owners = [], [], []
    for owner, line in enumerate(lines):
        xy = shapely.get_coordinates(line)
        for a, b in pairwise(xy):
            length = np.hypot(*(b - a))
            at = np.arange(1.5, length - 1.5, 0.5)
            if len(at):
                points.append(a + at[:, None] * (b - a) / length)
                ways.append(np.tile((b - a) / length, (len(at), 1)))
                owners.append(np.full(len(at), owner))
    points, ways, owners = map(np.concatenate, (points, ways, owners))
    normals = np.column_stack([-ways[:, 1], ways[:, 0]])
    tree, found = STRtree(walls), []
    for side in (1, -1):
        rays = shapely.linestrings(np.stack([points, points + side * reach_m * normals], axis=1))
        ray, wall = tree.query(rays, predicate="intersects")
        hits = shapely.intersection(rays[ray], walls[wall])
        away = shapely.distance(shapely.points(points[ray]), hits)
        nearest = np.full(len(points), np.inf)
        np.minimum.at(nearest, ray, away)
        found.append(nearest)
    return owners, *found


def assert_widths_hold(scene):
    truth = scene.truth.lanes
    walls = buildings(scene).geometry.to_numpy()
    owners, left, right = facade_distances(truth.geometry, walls)
    half = truth["clear_width_m"].to_numpy()[owners] / 2
    assert np.minimum(left, right).min() > 0
    assert (np.minimum(left, right) - half).min() > -0.001, "a house stands in a lane"
    both = np.isfinite(left) & np.isfinite(right)
    samples = pd.DataFrame({"owner": owners, "excess": left + right - 2 * half})[both]
    samples = samples.groupby("owner").filter(lambda own: len(own) >= 4)
    assert samples["owner"].nunique() > 600
    by_lane = samples.groupby("owner")["excess"]
    assert (by_lane.min() < 0.001).mean() > 0.99, "facades stand on the lines that were drawn"
    enclosed = truth["enclosed_share"].loc[by_lane.median().index]
    assert (by_lane.median()[enclosed > 0.6] < 0.1).all(), "and do so along most of the lane"
    assert (enclosed > 0.6).mean() > 0.8
    assert (samples["excess"] < 0.1).mean() > 0.8


def test_facing_facades_are_as_far_apart_as_the_truth_says(scene):
    assert_widths_hold(scene)


def test_no_house_is_nearer_to_a_lane_than_half_its_width_bends_and_ends_included(scene):
    truth = scene.truth.lanes
    lines, walls = truth.geometry.to_numpy(), buildings(scene).geometry.to_numpy()
    half = truth["clear_width_m"].to_numpy() / 2
    lane, wall = STRtree(walls).query(lines, predicate="dwithin", distance=half)
    assert len(lane) > 1000
    assert (half[lane] - shapely.distance(lines[lane], walls[wall])).max() < 0.005


def test_no_house_stands_on_a_mapped_street_even_at_its_corners(scene):
    streets = tagged(scene.lines, "highway")
    ground = streets[["bridge" not in tags for tags in streets["tags"]]].geometry.to_numpy()
    walls = buildings(scene).geometry.to_numpy()
    near, _ = STRtree(walls).query(ground, predicate="dwithin", distance=0.2)
    assert not len(near)


def test_the_old_core_shakes_hands_and_the_new_grid_does_not(scene):
    def gap(village, part):
        shapes = houses(scene, village, part).geometry.to_numpy()
        a, b = STRtree(shapes).query(shapes, predicate="dwithin", distance=30)
        apart = shapely.distance(shapes[a], shapes[b])[a != b]
        across = apart[apart > 0.1]
        return np.mean(across < 2.0)

    assert gap("laocun", "old") > 2 * gap("xincun", "new")


# Geometry that cannot be.


def assert_no_overlap(scene):
    shapes = buildings(scene).geometry.to_numpy()
    a, b = STRtree(shapes).query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    assert len(a) > 50, "some houses are joined"
    assert shapely.area(shapely.intersection(shapes[a], shapes[b])).max() < 1e-6


def test_no_two_buildings_overlap(scene):
    assert_no_overlap(scene)


@pytest.mark.parametrize("frame", ["points", "lines", "areas"])
def test_every_geometry_is_valid_in_the_promised_crs(scene, frame):
    layer = getattr(scene, frame)
    assert layer.crs == CRS_OF_SCENE
    assert layer.is_valid.all()
    assert not layer.is_empty.any()
    assert layer["osm_id"].is_unique


@pytest.mark.parametrize("frame", ["parts", "lanes", "boundaries", "houses"])
def test_the_truth_is_valid_in_the_promised_crs(scene, frame):
    layer = getattr(scene.truth, frame)
    assert layer.crs == CRS_OF_SCENE
    assert layer.is_valid.all()
    assert not layer.is_empty.any()


def test_every_house_lies_within_its_boundary_and_no_other_building_does(scene):
    outlines = scene.truth.boundaries.set_index("id").geometry
    truth = scene.truth.houses
    for village, outline in outlines.items():
        own = truth[truth["village"] == village]
        assert own.within(outline).all()
        within = buildings(scene)[buildings(scene).intersects(outline)]
        assert set(within["osm_id"]) == set(own["osm_id"])


def test_parts_make_up_the_village_and_hold_their_houses(scene):
    outlines = scene.truth.boundaries.set_index("id").geometry
    for village, own in scene.truth.parts.groupby("village"):
        assert own.area.sum() == pytest.approx(outlines[village].area, rel=1e-9)
        assert own.union_all().symmetric_difference(outlines[village]).area < 1e-3
        by_part = own.set_index("part").geometry
        for part in set(by_part.index) - {"other"}:
            inner = houses(scene, village, part).representative_point()
            assert inner.within(by_part[part]).all(), (village, part)


# What is mapped, and what is not.


def test_about_a_quarter_of_the_old_lanes_is_missing_on_the_map(scene):
    old = lanes(scene, part="old", kind="lane")
    assert 0.2 < 1 - old["mapped"].mean() < 0.3
    assert (old["osm_id"] == "").equals(~old["mapped"])
    assert not lanes(scene, kind="slit")["mapped"].any()
    assert lanes(scene, kind="street")["mapped"].all()


def test_a_mapped_lane_is_the_way_it_says_and_a_missing_one_is_none(scene):
    ways = tagged(scene.lines, "highway").set_index("osm_id").geometry
    truth = scene.truth.lanes
    middle = truth.geometry.interpolate(0.5, normalized=True)
    mapped = truth["mapped"]
    own = ways.loc[truth.loc[mapped, "osm_id"]]
    assert own.distance(middle[mapped], align=False).max() < 0.2
    missing = middle[~mapped].to_numpy()
    hit, _ = STRtree(ways.to_numpy()).query(missing, predicate="dwithin", distance=0.15)
    assert not len(hit)


def test_storeys_are_mapped_for_some_houses_and_then_rightly(scene):
    tags = scene.areas.set_index("osm_id")["tags"]
    truth = scene.truth.houses
    plain = truth[[("name" not in tags[name]) for name in truth["osm_id"]]]
    mapped = plain["osm_id"].map(lambda name: tags[name].get("building:levels"))
    assert 0.33 < mapped.notna().mean() < 0.47
    known = mapped.dropna()
    assert (known.astype(int) == plain.loc[known.index, "levels"]).all()
    for part, low, high in (("old", 2, 5), ("new", 5, 7)):
        levels = plain.loc[plain["part"] == part, "levels"]
        assert levels.between(low, high).all()
        assert levels.nunique() > 2
    heights = [t["height"] for t in tags if "height" in t]
    assert 5 < len(heights) < 100


def test_places_gather_on_the_main_streets(scene):
    shops = scene.points[[bool({"shop", "amenity", "office", "craft"} & set(t)) for t in
                          scene.points["tags"]]]  # fmt: skip
    outlines = scene.truth.boundaries.set_index("id").geometry
    named = tagged(scene.lines, "highway")
    for village, names in {
        "xincun": {"新村大街", "创业路"},
        "dajie": {"大街"},
    }.items():
        within = shops[shops.within(outlines[village])]
        main = named[[t.get("name") in names for t in named["tags"]]].union_all()
        near = within.distance(main) < 14
        assert near.mean() > 0.6, village
        strip = main.buffer(14).intersection(outlines[village])
        rest = outlines[village].difference(strip)
        assert near.sum() / strip.area > 5 * (~near).sum() / rest.area
        kinds = Counter(t.get("shop") or t.get("amenity") or t.get("office") or "craft" for t in
                        within["tags"])  # fmt: skip
        assert len(kinds) > 8
    assert {
        "courier",
        "post_office",
        "parcel_locker",
        "photo",
        "bank",
        "toilets",
        "restaurant",
    } <= {value for tags in shops["tags"] for value in tags.values()}


# The file.


def test_numbers_rise_and_nodes_come_before_ways_before_relations(elements):
    _, order = elements
    rank = {"n": 0, "w": 1, "r": 2}
    keys = [(rank[kind], number) for kind, number in order]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert min(number for _, number in order) == 1


def test_the_file_holds_every_element_once(scene, elements):
    found, _ = elements
    assert sum(bool(tags) for tags, _ in found["n"].values()) == len(scene.points)
    single = scene.areas["osm_id"].str.startswith("w")
    assert sum(bool(tags) for tags, _ in found["w"].values()) == len(scene.lines) + single.sum()
    assert len(found["r"]) == len(scene.routes) + (~single).sum()
    for frame in (scene.points, scene.lines, scene.areas, scene.routes):
        for name, tags in zip(frame["osm_id"], frame["tags"], strict=True):
            own = found[name[0]][int(name[1:])][0]
            assert {k: v for k, v in own.items() if k != "type"} == {
                k: v for k, v in tags.items() if k != "type"
            }


def test_every_reference_resolves(elements):
    found, _ = elements
    for tags, refs in found["w"].values():
        assert len(refs) >= 2, tags
        assert set(refs) <= found["n"].keys()
    for tags, members in found["r"].values():
        assert members, tags
        assert all(ref in found[kind] for kind, ref, _ in members)


def test_routes_hang_together_and_stop_in_order(elements):
    found, _ = elements
    routes = [(t, m) for t, m in found["r"].values() if t["type"] == "route"]
    assert Counter(t["route"] for t, _ in routes) == {"bus": 4, "subway": 1}
    for tags, members in routes:
        ways = [found["w"][ref][1] for kind, ref, _ in members if kind == "w"]
        ends = [{refs[0], refs[-1]} for refs in ways]
        joints = [a & b for a, b in pairwise(ends)]
        assert all(len(joint) == 1 for joint in joints), tags["name"]
        stops = [ref for kind, ref, role in members if kind == "n"]
        assert len(stops) >= 4
        assert len(set(stops)) == len(stops)
        assert {role for kind, _, role in members if kind == "n"} <= {"platform", "stop"}


def test_areas_with_holes_are_relations_with_an_outer_and_inner_rings(elements):
    found, _ = elements
    holed = [(t, m) for t, m in found["r"].values() if t["type"] == "multipolygon"]
    kinds = {key for tags, _ in holed for key in ("building", "leisure", "landuse") if key in tags}
    assert kinds == {"building", "leisure", "landuse"}
    for _, members in holed:
        assert [role for _, _, role in members].count("outer") == 1
        assert [role for _, _, role in members].count("inner") >= 1
        for _, ref, _ in members:
            refs = found["w"][ref][1]
            assert refs[0] == refs[-1]


def test_streets_share_a_node_wherever_they_meet_on_one_level(scene, elements):
    found, _ = elements
    streets = tagged(scene.lines, "highway")
    layer = np.array([int(tags.get("layer", "0")) for tags in streets["tags"]])
    lines, names = streets.geometry.to_numpy(), streets["osm_id"].to_numpy()
    a, b = STRtree(lines).query(lines, predicate="dwithin", distance=0.02)
    pairs = [(i, j) for i, j in zip(a, b, strict=True) if i < j]
    crossed = joined = 0
    for i, j in pairs:
        refs = [set(found["w"][int(names[k][1:])][1]) for k in (i, j)]
        shared = set.intersection(*refs)
        if layer[i] == layer[j]:
            assert shared, (names[i], names[j])
            joined += 1
        elif not shared:
            crossed += 1
    assert joined > 500
    assert crossed >= 3, "bridges cross the roads on the banks without a junction"


def street_graph(scene):
    graph = nx.Graph()
    for line in tagged(scene.lines, "highway").geometry:
        nx.add_path(graph, map(tuple, shapely.get_coordinates(line)))
    return graph


def test_all_streets_hang_together(scene, elements):
    assert nx.is_connected(street_graph(scene))
    found, _ = elements
    graph = nx.Graph()
    for tags, refs in found["w"].values():
        if "highway" in tags and "area" not in tags:
            nx.add_path(graph, refs)
    assert nx.is_connected(graph)


def test_streets_bear_the_tags_that_measures_read(scene):
    tags = list(tagged(scene.lines, "highway")["tags"])
    classes = {t["highway"] for t in tags}
    assert {"primary", "secondary", "tertiary", "residential", "living_street", "service",
            "footway"} <= classes  # fmt: skip
    for key in ("width", "lanes", "oneway", "bridge", "name", "name:en"):
        assert sum(key in t for t in tags) > 1, key
    bridges = scene.lines[["bridge" in t for t in scene.lines["tags"]]]
    canal = scene.lines[["waterway" in t for t in scene.lines["tags"]]].union_all()
    assert bridges.intersects(canal).all()


def test_the_loader_finds_what_the_scene_holds(scene, layers):
    assert layers.crs == CRS_OF_SCENE
    assert len(layers["buildings"]) == len(buildings(scene))
    assert set(layers["buildings"]["osm_id"]) == set(buildings(scene)["osm_id"])
    assert layers["buildings"].geometry.is_valid.all()
    assert Counter(layers["routes"]["mode"]) == {"bus": 4, "subway": 1}
    assert Counter(layers["stops"]["mode"])["subway"] >= 6
    halls = layers["buildings"][layers["buildings"]["building"] == "temple"]
    assert (shapely.get_num_interior_rings(halls.geometry.to_numpy()) == 2).sum() >= 1
    uses = set(layers["landuse"]["use"])
    assert {"residential", "commercial", "industrial", "public", "green", "rural", "water"} <= uses


def test_the_stops_of_a_line_are_kept_however_far_from_a_village(written):
    tiny = (113.40, 22.80, 113.401, 22.801)
    near = read_osm_file(written, CRS_OF_SCENE, near=[tiny])
    known = set(near["stops"]["osm_id"])
    assert len(near["buildings"]) < 100
    for stops in near["routes"]["stops"]:
        assert len(set(stops.split()) - known) == 0


def test_only_pavements_are_said_to_be_left_out(layers):
    assert "does not close" not in layers.provenance["landuse"].note
    assert layers.provenance["landuse"].note == "9 street areas or single points left out"


def test_what_is_read_back_lies_where_it_was_put(scene, layers):
    truth = scene.truth.houses.set_index("osm_id").geometry
    read = layers["buildings"].set_index("osm_id").geometry.loc[truth.index]
    assert truth.hausdorff_distance(read, align=False).max() < ROUNDING_M


# Boundaries and the study.


def test_boundaries_are_plain_geojson_that_the_loader_matches_by_id(scene, tmp_path):
    path = tmp_path / "villages.geojson"
    write_boundaries(scene, path)
    record = json.loads(path.read_text(encoding="utf-8"))
    truth = scene.truth.boundaries.set_index("id")
    assert [f["properties"]["id"] for f in record["features"]] == ["laocun", "xincun", "dajie"]
    for feature in record["features"]:
        name = feature["properties"]["id"]
        assert feature["properties"]["name_zh"] == truth.loc[name, "name_zh"]
        for lon, lat in feature["geometry"]["coordinates"][0]:
            assert round(lon, 7) == lon
            assert round(lat, 7) == lat
        drawn = gpd.GeoSeries([read_boundary(path, name)], crs=4326).to_crs(CRS_OF_SCENE)[0]
        assert drawn.hausdorff_distance(truth.loc[name, "geometry"]) < ROUNDING_M


def test_the_built_in_study_names_villages_and_markets_of_the_scene(scene):
    study = load_study("sample")
    assert study.synthetic
    assert study.source.osm == "sample"
    truth = scene.truth.boundaries.set_index("id")
    for village in study.villages:
        assert village.boundary == f"sample#{village.id}"
        assert village.name_zh == truth.loc[village.id, "name_zh"]
    markets = scene.areas[[t.get("amenity") == "marketplace" and "landuse" in t for t in
                           scene.areas["tags"]]]  # fmt: skip
    assert len(study.markets) == len(markets) == 2
    assert len({market.goods for market in study.markets}) == 2
    for market in study.markets:
        point = gpd.GeoSeries([Point(market.lon, market.lat)], crs=4326).to_crs(CRS_OF_SCENE)
        holder = markets[markets.contains(point[0])]
        assert len(holder) == 1
        assert holder["tags"].iloc[0]["name"] in market.name_zh
        assert truth.distance(point[0]).min() > 1500


def test_the_shipped_files_are_what_the_generator_makes(written, scene, tmp_path):
    assert data_file("sample/sample.osm.pbf").read_bytes() == written.read_bytes()
    write_boundaries(scene, tmp_path / "made.geojson")
    shipped = data_file("sample/sample-boundaries.geojson").read_bytes()
    assert shipped == (tmp_path / "made.geojson").read_bytes()


def test_another_seed_is_written_to_a_folder_of_one_s_own(scene, tmp_path):
    paths = write_files(tmp_path / "new" / "folder", seed=7)
    assert set(paths) == {"osm", "boundaries"}
    other = gpd.read_file(paths["boundaries"])
    assert list(other["id"]) == list(scene.truth.boundaries["id"])
    assert paths["osm"].read_bytes() != data_file("sample/sample.osm.pbf").read_bytes()


def test_a_folder_that_cannot_be_written_is_named(scene, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(ExportError, match=r"x\.osm\.pbf could not be written"):
        write_osm(scene, blocked / "x.osm.pbf")
    with pytest.raises(ExportError, match=r"x\.geojson could not be written"):
        write_boundaries(scene, blocked / "x.geojson")
    with pytest.raises(ExportError, match="sample cannot be written to 'file'"):
        write_files(blocked)


def test_streets_meet_at_few_points_too_close_to_tell_apart(scene):
    nodes = defaultdict(set)
    for name, line in zip(scene.lines["osm_id"], scene.lines.geometry, strict=True):
        for xy in map(tuple, shapely.get_coordinates(line)):
            nodes[xy].add(name)
    points = shapely.points(np.array(list(nodes)))
    a, _ = STRtree(points).query(points, predicate="dwithin", distance=0.1)
    assert len(a) == len(points)
