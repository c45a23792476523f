"""What holds for whatever file, tag, answer or entry of the cache comes in."""

import math
import re
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from support.osm_files import document, node, way

from taobaogis.access.transit.lines import transit_lines
from taobaogis.errors import CRSError, InputError, SourceDataError, StudyError
from taobaogis.form.barrier_kinds import thicknesses_m
from taobaogis.indicators import Words
from taobaogis.loaders import osm_tags
from taobaogis.loaders.assemble import StudyData
from taobaogis.loaders.cache import load_layers, store_layers
from taobaogis.loaders.columns import column_called, height_fault, renamed, text_of
from taobaogis.loaders.dbf import is_cut, table_beside
from taobaogis.loaders.guards import coordinate_fault, require_plausible_coordinates
from taobaogis.loaders.inspect import inspect_file
from taobaogis.loaders.inspect_villages import inspect_age, inspect_villages
from taobaogis.loaders.mending import mended
from taobaogis.loaders.osm import read_osm_file, read_osm_xml
from taobaogis.loaders.osm_whole import broken, require_file, require_readable
from taobaogis.loaders.overpass import area_query, main_roads_query
from taobaogis.loaders.patience import retry_after_s, within
from taobaogis.loaders.quotes import host_of, innermost, readable, without_secrets
from taobaogis.loaders.second_source import with_reference
from taobaogis.loaders.survey import load_survey_data
from taobaogis.loaders.transit import merge_transit
from taobaogis.loaders.vector import read_boundary, read_layer, read_lonlat, read_raw
from taobaogis.loaders.vector_files import layers_with_shapes, open_vector_file
from taobaogis.provenance import Provenance
from taobaogis.schema import conform, validate
from taobaogis.settings import Settings
from taobaogis.study import Assumptions, SourceSpec, Study, VillageSpec
from taobaogis.texts import showable
from taobaogis.village import Layers, Village

GRID = CRS.from_epsg(4547)
ORIGIN = Provenance(source="test")
BOX = (113.29, 22.99, 113.31, 23.01)
few = settings(max_examples=8)

# --- tags


@given(
    columns=st.lists(st.sampled_from(["a", "A", "b", "B", "名称"]), unique=True),
    names=st.lists(st.sampled_from(["a", "b", "名称"]), unique=True),
)
def test_a_column_is_found_by_the_most_wanted_name_in_any_letters(columns, names):
    found = column_called(pd.DataFrame(columns=columns), names)
    there = [name for name in names if name in {column.lower() for column in columns}]
    assert (found is None) == (not there)
    if found is not None:
        assert found.lower() == there[0]
        assert found == next(c for c in columns if c.lower() == there[0]), "the first of the file"


@given(st.text(max_size=30))
def test_any_tag_is_a_number_above_zero_or_unknown(text):
    for value in (osm_tags.number(text), osm_tags.metres(text)):
        assert math.isnan(value) or 0 < value < math.inf
    assert isinstance(osm_tags.is_set(text), bool)
    assert osm_tags.oneway({"oneway": text}) in {-1, 0, 1}


@given(st.floats(0.1, 999).map(lambda value: round(value, 2)), st.sampled_from(["", " m", "m"]))
def test_widths_are_read_with_point_and_comma(width, unit):
    assert osm_tags.metres(f"{width}{unit}") == width
    assert osm_tags.metres(f"{width}{unit}".replace(".", ",")) == width
    assert osm_tags.surveyed_width_m({"width": str(width), "source:width": "survey"}) == width
    assert math.isnan(osm_tags.surveyed_width_m({"width": str(width)}))


@given(st.lists(st.sampled_from(sorted(osm_tags.STREET_CLASSES)), min_size=1, max_size=4))
def test_of_several_street_classes_the_first_counts(classes):
    assert osm_tags.street_class(str(classes)) == classes[0]
    assert osm_tags.street_class(classes[0]) == classes[0]


@given(st.dictionaries(st.sampled_from(["name", "name:zh", "name:en"]), st.text(max_size=9)))
def test_the_local_name_comes_first(tags):
    expected = [tags.get(key, "") for key in ("name", "name:zh", "name:en")]
    assert osm_tags.name(tags) == next(filter(None, expected), "")


keys = st.sampled_from(["railway", "station", "subway", "public_transport", "bus", "highway"])
words = st.sampled_from(["station", "subway", "yes", "platform", "bus_stop", "tram_stop", "x"])


@given(st.dictionaries(keys, words))
def test_a_stop_has_one_known_mode_or_none(tags):
    assert osm_tags.stop_mode(tags) in {"", *osm_tags.ROUTE_MODES}


# --- quotes and patience


@given(st.binary(max_size=3000))
def test_any_body_can_be_quoted_on_one_line(body):
    quote = readable(body)
    assert len(quote) <= 160
    assert showable(quote) == quote
    assert "\n" not in quote


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_first_reason_is_told(first, second):
    error = OSError(first)
    error.__cause__ = ValueError(second)
    assert innermost(error) == (readable(second.encode(errors="replace")) or "ValueError")


part = st.text("abcdefghij0123", min_size=1, max_size=9)


@given(part, part, part, part)
def test_names_and_passwords_are_never_told(user, word, host, path):
    url = f"https://{user}:{word}@{host}.example/{path}?key={word}"
    assert host_of(url) == f"{host}.example"
    assert without_secrets(url) == f"https://{host}.example/{path}"


@given(st.integers(0, 10**6))
def test_seconds_and_dates_to_wait_are_the_same(seconds):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    date = (now + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert retry_after_s(str(seconds), now) == retry_after_s(date, now) == seconds


@given(st.text(max_size=40))
def test_any_wait_is_a_time_from_now(stated):
    assert retry_after_s(stated, datetime(2026, 1, 1, tzinfo=UTC)) >= 0


@few
@given(st.integers())
def test_work_in_time_gives_what_it_returns_and_raises(value):
    def fail(_):
        raise KeyError(value)

    assert within(5, lambda _: value) == value
    with pytest.raises(KeyError):
        within(5, fail)


@given(st.floats(-170, 170), st.floats(-80, 80), st.floats(0.01, 5), st.floats(0.01, 5))
def test_a_question_names_its_box_south_first(west, south, width, height):
    east, north = west + width, south + height
    for query in (
        area_query(west, south, east, north),
        main_roads_query(west, south, east, north),
    ):
        (said,) = set(re.findall(r"\((-?[\d.]+(?:,-?[\d.]+){3})\)", query))
        numbers = [float(number) for number in said.split(",")]
        assert numbers == pytest.approx([south, west, north, east], abs=2e-4)


# --- OSM


streets = st.lists(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=5),
    min_size=1, max_size=5,
)  # fmt: skip


def street_file(lines):
    nodes = {xy: i for i, xy in enumerate({xy for line in lines for xy in line}, start=1)}
    return document(
        *(node(i, 113.3 + x * 1e-4, 23.0 + y * 1e-4) for (x, y), i in nodes.items()),
        *(
            way(k, [nodes[xy] for xy in line], highway="residential")
            for k, line in enumerate(lines, start=1)
        ),
    )


@few
@given(streets)
def test_streets_keep_their_length_however_they_share_points(lines):
    layers = read_osm_xml(street_file(lines), GRID, provenance=ORIGIN, extent=BOX)
    read = layers["streets"]
    for k, line in enumerate(lines, start=1):
        drawn = gpd.GeoSeries(
            [shapely.LineString([(113.3 + x * 1e-4, 23.0 + y * 1e-4) for x, y in line])], crs=4326
        )
        found = read.length[read["osm_id"] == f"w{k}"].sum()
        assert found == pytest.approx(drawn.to_crs(GRID).length[0], abs=0.05)
    assert (read.length > 0).all()


@few
@given(streets, st.data())
def test_an_osm_file_cut_anywhere_is_refused(lines, data):
    whole = street_file(lines)
    at = data.draw(st.integers(0, len(whole) - 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.osm"
        path.write_bytes(whole[:at])
        with pytest.raises(SourceDataError):
            read_osm_file(path, GRID)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_osm_file_are_refused_before_the_parser_sees_them(body):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.osm.pbf"
        path.write_bytes(body)
        require_file(path)
        try:
            kind = require_readable(path)
        except SourceDataError as error:
            assert showable(str(error)) == str(error)  # noqa: PT017 - either is right
        else:
            assert body.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<"), kind


@given(st.text(max_size=20), st.text(max_size=400))
def test_a_broken_file_is_told_in_one_line(name, reason):
    message = str(broken(name, ValueError(reason)))
    assert showable(message) == message
    assert len(message) < 600


# --- vector files


houses = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 9)), min_size=1, max_size=6
)


def house_frame(sizes, **columns):
    shapes = [
        shapely.box(432000 + x, 2544000 + y, 432000 + x + s, 2544000 + y + s) for x, y, s in sizes
    ]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=GRID)


@few
@given(houses, st.sampled_from([".gpkg", ".geojson", ".fgb", ".parquet", ".shp"]))
def test_houses_come_back_as_they_were_in_every_format(sizes, suffix):
    ids = [f"w{i}" for i in range(len(sizes))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"houses{suffix}"
        frame = house_frame(sizes, osm_id=ids)
        frame.to_parquet(path) if suffix == ".parquet" else frame.to_file(path)
        layer, origin = read_layer(path, "buildings", GRID)
        opened = open_vector_file(path)
        raw, lonlat = read_raw(path), read_lonlat(path)
        remarks = inspect_file(path)
        table = table_beside(path)
    by_id = layer.set_index("osm_id").area
    assert [by_id[i] for i in ids] == pytest.approx([s * s for _, _, s in sizes], abs=0.01)
    assert origin.note == ""
    assert len(opened.frame) == len(raw) == len(lonlat) == len(sizes)
    assert lonlat.crs.equals(CRS.from_epsg(4326))
    assert remarks[0].data["features"] == len(sizes)
    assert bool(table.start) == (suffix == ".shp")
    assert not is_cut(table)
    if table.start:
        assert is_cut(table._replace(size=table.size - 3))


@few
@given(houses, st.integers(0, 5))
def test_a_boundary_is_the_feature_of_that_id(sizes, at):
    at %= len(sizes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.parquet"
        house_frame(sizes, id=[f"v{i}" for i in range(len(sizes))]).to_parquet(path)
        outline = read_boundary(path, f"v{at}")
        with pytest.raises(InputError, match="has no feature with the id"):
            read_boundary(path, "nobody")
    drawn = gpd.GeoSeries([outline], crs=4326).to_crs(GRID)[0]
    assert drawn.area == pytest.approx(sizes[at][2] ** 2, abs=0.01)


@few
@given(houses)
def test_houses_of_ones_own_lie_within_the_outline_drawn_round_them(sizes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "houses.parquet"
        house_frame(sizes).to_parquet(path)
        study, data = load_survey_data({"buildings": path})
    (village,) = data.villages
    assert study.villages[0].id == "village"
    drawn = data.layers["buildings"]
    assert len(drawn) == len(sizes)
    assert drawn.within(village.boundary.buffer(0.01)).all()


@few
@given(st.binary(max_size=500), st.sampled_from([".gpkg", ".geojson", ".shp", ".parquet", ".zip"]))
def test_bytes_that_are_no_vector_file_are_refused(body, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        path.write_bytes(body)
        with pytest.raises((InputError, CRSError)) as caught:
            open_vector_file(path)
    assert showable(str(caught.value)) == str(caught.value)


cells = st.one_of(
    st.none(), st.text(max_size=9), st.integers(-99, 99), st.floats(), st.binary(max_size=4),
    st.booleans(),
)  # fmt: skip


@given(st.lists(cells, min_size=1, max_size=6))
def test_any_column_becomes_texts(values):
    texts = text_of(pd.Series(values, dtype=object))
    assert len(texts) == len(values)
    assert all(isinstance(text, str) for text in texts)


@given(st.lists(cells, min_size=1, max_size=6))
def test_any_column_of_storeys_is_numbers_above_zero_or_counted(values):
    raw = house_frame([(i * 10, 0, 5) for i in range(len(values))])
    raw["levels"] = pd.Series(values, dtype=object)
    repairs = Counter()
    layer = conform(renamed(raw, "buildings", repairs), "buildings")
    layer = mended(layer, "buildings", repairs)
    validate(layer, "buildings")
    known = layer["levels_tag"].dropna()
    assert ((known > 0) & (known <= 200)).all()
    given_values = text_of(pd.Series(values, dtype=object)).str.strip() != ""
    assert len(known) + repairs.total() >= given_values.sum()


@given(st.lists(st.integers(3, 30), min_size=10, max_size=20), st.floats(2.2, 6.5), st.booleans())
def test_heights_are_believed_in_metres_and_told_in_feet(floors, storey_m, in_feet):
    raw = house_frame([(i * 10, 0, 5) for i in range(len(floors))])
    raw["floors"] = floors
    raw["HEIGHT"] = np.multiply(floors, storey_m) / (0.3048 if in_feet else 1)
    fault = height_fault(raw, renamed(raw, "buildings", Counter()))
    assert ("'HEIGHT'" in fault) == in_feet
    few = raw.iloc[:9]
    assert height_fault(few, renamed(few, "buildings", Counter())) == ""


coordinates = st.floats(allow_nan=True, allow_infinity=True, width=32)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=6),
       st.sampled_from([4326, 4547, 3857, 32649]))  # fmt: skip
def test_any_coordinates_are_believed_or_refused_in_one_sentence(xy, code):
    with np.errstate(invalid="ignore"):
        layer = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*np.transpose(xy)), crs=code)
    fault = coordinate_fault(layer, "x")
    if fault is None:
        require_plausible_coordinates(layer, "x")
        assert np.isfinite(shapely.get_coordinates(layer.geometry)).all()
    else:
        with pytest.raises(CRSError) as caught:
            require_plausible_coordinates(layer, "x")
        assert str(caught.value) == fault.message


# --- cache


@few
@given(houses, st.data())
def test_layers_come_back_from_the_cache_as_they_were_or_not_at_all(sizes, data):
    frame = conform(house_frame(sizes), "buildings")
    layers = Layers(GRID, {"buildings": frame}, {"buildings": ORIGIN}, shapely.box(0, 0, 1, 1))
    with tempfile.TemporaryDirectory() as folder:
        own = Settings(Path(folder))
        store_layers("key", layers, own)
        whole = load_layers("key", own)
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        path = files[data.draw(st.integers(0, len(files) - 1))]
        body = path.read_bytes()
        path.write_bytes(body[: data.draw(st.integers(0, len(body) - 1))])
        cut = load_layers("key", own)
    assert whole is not None
    assert whole["buildings"].equals(frame)
    assert cut is None or cut["buildings"].equals(frame)


# --- public transport


def bent_lines(random, mode, count, straight):
    """Lines of a mode with stops on bent tracks, in identifiers of their own."""
    xy = random.uniform(0, 4000, (count, 3, 2))
    stops = {"osm_id": [f"{mode}{n}" for n in range(3 * count)], "mode": mode, "name": "s"}
    shapes = [shapely.Point(p) for p in xy.reshape(-1, 2)]
    routes = {
        "osm_id": [f"{mode}-{n}" for n in range(count)], "mode": mode,
        "ref": [f"{mode} {n}" for n in range(count)], "name": "",
        "stops": [" ".join(stops["osm_id"][3 * n : 3 * n + 3]) for n in range(count)],
    }  # fmt: skip
    tracks = [
        shapely.LineString([a, (a + b) / 2 + (180, 0), b, (b + c) / 2 - (180, 0), c])
        for a, b, c in xy
    ]
    places = conform(gpd.GeoDataFrame(stops, geometry=shapes, crs=GRID), "stops")
    lines = conform(gpd.GeoDataFrame(routes, geometry=tracks, crs=GRID), "routes")
    return places, lines if straight is None else lines.assign(straight=straight)


@few
@given(
    seed=st.integers(0, 2**31), buses=st.integers(0, 3), metros=st.integers(1, 3),
    straight=st.sampled_from([None, True, False]), own=st.sampled_from([None, True]),
)  # fmt: skip
def test_a_second_source_takes_its_own_modes_and_changes_no_line_of_another(
    seed, buses, metros, straight, own
):
    random = np.random.default_rng(seed)
    bus = bent_lines(random, "bus", buses, own)
    former = bent_lines(random, "subway", 1, own)
    old = tuple(
        gpd.GeoDataFrame(pd.concat([a, b], ignore_index=True), crs=GRID)
        for a, b in zip(bus, former, strict=True)
    )
    new = bent_lines(random, "subway", metros, straight)
    stops, routes = merge_transit(old, new)
    assert len(stops) == 3 * (buses + metros)
    assert len(routes) == buses + metros
    found = transit_lines(stops, routes)
    for known in (transit_lines(*bus), transit_lines(*new)):
        modes = set(known.patterns["mode"])
        mine = found.patterns["mode"].isin(modes).to_numpy()
        calls = found.calls[mine[found.calls["pattern"].to_numpy()]]
        assert calls["hop_m"].tolist() == pytest.approx(known.calls["hop_m"].tolist())
        health = found.health[found.health["mode"].isin(modes)]
        assert health["straight_hops"].tolist() == known.health["straight_hops"].tolist()
    again = merge_transit((stops, routes), new)
    assert len(again[1]) == len(routes), "merged twice is merged once"


# --- walls, second sources, what is said of the data before a run


@few
@given(
    walls=st.lists(
        st.tuples(st.sampled_from(["wall", "fence", "hedge", "kerb", "gate"]),
                  st.floats(0.2, 2).map(lambda m: round(m, 1)), st.integers(2, 5)),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_every_wall_of_a_file_is_read_with_its_width_and_nothing_else_is_one(walls):
    elements, ways, known = [], [], []
    for i, (kind, width, n) in enumerate(walls):
        refs = [100 * i + k + 1 for k in range(n)]
        xy = [(113.3 + 1e-4 * k, 23 + 2e-4 * i) for k in range(n)]
        elements += [node(ref, *at) for ref, at in zip(refs, xy, strict=True)]
        ways.append(way(1000 + i, refs, barrier=kind, width=f"{width}"))
        if kind in thicknesses_m():
            known.append((f"w{1000 + i}", kind, width, n))
    body = document(*elements, *ways)
    layers = read_osm_xml(body, GRID, provenance=ORIGIN, extent=BOX)
    found = layers["barriers"].sort_values("osm_id")
    told = zip(found["osm_id"], found["barrier"], found["width_tag_m"],
               found.geometry.count_coordinates(), strict=True)  # fmt: skip
    assert list(told) == known


def second_source_village(name, x, houses, asked=()):
    layer = conform(gpd.GeoDataFrame(geometry=houses, crs=GRID), "buildings")
    provenance = {"buildings": Provenance("ours", digest="sha256:1"), **dict(asked)}
    return Village(
        VillageSpec(name, name, "村"), shapely.box(X0 + x, Y0, X0 + x + 200, Y0 + 200), "drawn",
        is_circle=False, position_doubt_m=0.0,
        layers=Layers(GRID, {"buildings": layer}, provenance),
    )  # fmt: skip


X0, Y0 = 430_000.0, 2_550_000.0


@few
@given(seed=st.integers(0, 2**31), n=st.integers(1, 12), layers=st.integers(1, 3))
def test_footprints_of_a_second_source_go_to_the_villages_they_lie_in(
    tmp_path_factory, seed, n, layers
):
    folder = tmp_path_factory.mktemp("second")
    random = np.random.default_rng(seed)
    shapes = [shapely.box(X0 + x, Y0 + y, X0 + x + 9, Y0 + y + 9)
              for x, y in random.uniform(0, 190, (n, 2))]  # fmt: skip
    frame = gpd.GeoDataFrame(geometry=shapes, crs=GRID).to_crs(4326)
    for k in range(layers):
        frame.to_file(folder / "many.gpkg", layer=f"layer{k}")
    assert layers_with_shapes(folder / "many.gpkg") == tuple(f"layer{k}" for k in range(layers))
    frame.to_file(folder / "theirs.gpkg")
    assert layers_with_shapes(folder / "theirs.gpkg") == ("theirs",)
    study = Study(id="s", villages=(), source=SourceSpec(
        osm="", reference_buildings=str(folder / "theirs.gpkg")))  # fmt: skip
    near, far = second_source_village("near", 0, shapes), second_source_village("far", 9000, [])
    told = []
    found = with_reference(study, [near, far], told.append)
    assert told
    assert len(found.villages[0].reference) == n
    assert found.villages[0].reference.area.sum() == pytest.approx(81 * n, rel=1e-3)
    assert found.villages[1].reference is None
    assert any("far" in note for note in found.notes)
    assert with_reference(Study(id="s", villages=(), source=SourceSpec(osm="")), [near],
                          told.append).villages == (near,)  # fmt: skip
    with pytest.raises(StudyError, match="has no footprint in any of the villages"):
        with_reference(study, [far], told.append)


@few
@given(
    n=st.integers(0, 5), known=st.integers(0, 5), years=st.floats(0, 30),
    dated=st.booleans(), day=st.booleans(), outside=st.sampled_from(["", "no data reach here"]),
)  # fmt: skip
def test_what_is_said_of_data_before_a_run_is_counted_village_by_village(
    n, known, years, dated, day, outside
):
    today = date(2026, 11, 1)
    was = (today - timedelta(days=round(365.25 * years))).isoformat() if dated else ""
    origin = Provenance("a.pbf", as_of=was)
    tags = [3.0 if i < known else math.nan for i in range(n)]
    frame = gpd.GeoDataFrame(
        {"levels_tag": tags}, crs=GRID,
        geometry=[shapely.box(X0 + 12 * i, Y0 + 5, X0 + 12 * i + 9, Y0 + 14) for i in range(n)],
    )  # fmt: skip
    layers = Layers(GRID, {"buildings": conform(frame, "buildings")}, {"buildings": origin})
    here = second_source_village("v", 0, [])
    here = Village(**{**vars(here), "layers": layers, "outside": Words(outside, outside)})
    data = StudyData(layers, (here,), (), read_on=today if day else None)
    ages = inspect_age(data)
    assert len(ages) == day
    for remark in ages:
        assert remark.code == ("data_age" if dated else "data_undated")
        assert not dated or remark.data["years"] == pytest.approx(years, abs=0.01)
    remarks = inspect_villages(data, Assumptions())
    assert all(r.text.startswith("v: ") and r.data["village"] == "v" for r in remarks)
    by_code = {r.code: r for r in remarks}
    assert len(by_code) == len(remarks)
    if outside:
        assert list(by_code) == ["outside"]
        return
    assert ("no_buildings" in by_code) == (n == 0)
    assert "no_streets" in by_code
    if n:
        assert by_code["buildings"].data["n"] == n
        assert by_code["height_known"].data["share"] == pytest.approx(min(known, n) / n)
