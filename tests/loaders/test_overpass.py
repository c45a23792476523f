import json
import re
import time
import tomllib
from dataclasses import replace

import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taobaogis.errors import InputError, SourceDataError, SourceError, SourceUnavailableError
from taobaogis.loaders.overpass import (
    area_query,
    fetch_overpass,
    main_roads_query,
    to_osm_xml,
    whole_answer,
)
from taobaogis.provenance import Provenance
from taobaogis.resources import data_file

BOX = (113.3, 22.9, 113.4, 23.0)
QUERY = main_roads_query(*BOX)


def answer_of(*elements, **further):
    osm3s = {"timestamp_osm_base": "2026-03-28T16:14:00Z"}
    return json.dumps({"osm3s": osm3s, "elements": list(elements), **further}).encode()


def node(number, tags=None, lon=113.3, lat=23.0):
    place = {"type": "node", "id": number, "lat": lat, "lon": lon}
    return {**place, "tags": tags} if tags else place


def way(number, nodes, tags=None):
    line = {"type": "way", "id": number, "nodes": nodes}
    return {**line, "tags": tags} if tags else line


def relation(number, members, tags=None):
    return {
        "type": "relation",
        "id": number,
        "members": [{"type": t, "ref": n, "role": r} for t, n, r in members],
        **({"tags": tags} if tags else {}),
    }


def parsed(xml):
    """Objects as pyosmium reads them: letter, number, parts, tags."""
    rows = []
    for item in osmium.FileProcessor(osmium.io.FileBuffer(xml, "osm")):
        parts = []
        if item.is_node():
            parts = [(round(item.location.lon, 7), round(item.location.lat, 7))]
        elif item.is_way():
            parts = [n.ref for n in item.nodes]
        elif item.is_relation():
            parts = [(m.type, m.ref, m.role) for m in item.members]
        rows.append((item.type_str(), item.id, parts, dict(item.tags)))
    return rows


def cached_files(settings):
    return [path for path in settings.cache_dir.rglob("*") if path.is_file()]


# --- queries


def test_a_box_that_is_a_hair_aside_is_the_same_question():
    assert area_query(113.30001, 22.90002, 113.39999, 22.99998) == area_query(*BOX)
    assert "(22.9000,113.3000,23.0000,113.4000)" in area_query(*BOX)


def test_a_box_is_widened_and_never_cut():
    query = area_query(113.30009, 22.90009, 113.39991, 22.99991)
    assert "(22.9000,113.3000,23.0000,113.4000)" in query


def test_a_number_that_floats_cannot_hold_stays_the_corner_it_is_written_as():
    assert "(0.1000,0.3000,0.7000,1.1000)" in main_roads_query(0.3, 0.1, 1.1, 0.7)


@pytest.mark.parametrize(
    "box", [(113.4, 22.9, 113.3, 23.0), (22.9, 113.3, 23.0, 113.4), (1, 2, 1, 3),
            (float("nan"), 0, 1, 1), (0, 0, float("inf"), 1)]
)  # fmt: skip
def test_what_is_no_box_is_refused(box):
    with pytest.raises(InputError, match="is no box on the globe; give WGS 84 degrees in this"):
        area_query(*box)


@pytest.mark.parametrize("table", ["poi_categories.toml", "landuse_classes.toml"])
def test_every_tag_that_means_something_to_us_is_asked_for(table):
    query = area_query(*BOX)
    asked = re.findall(r'^  \w+\["(\w+)"(?:(=|~)"([^"]*)")?\]\(', query, flags=re.MULTILINE)
    with data_file(table).open("rb") as stream:
        classes = tomllib.load(stream)
    tags = {
        (key, value)
        for entry in classes.values()
        for key, values in entry.items()
        # `fclass` is Geofabrik's column, `category` and `points` are words of ours; none is a tag.
        if isinstance(values, list) and key not in {"fclass", "category", "points"}
        for value in values
    }
    assert tags
    matches = {"": lambda _, __: True, "=": str.__eq__, "~": re.search}
    unasked = {
        (key, value)
        for key, value in tags
        if not any(key == k and matches[how](wanted, value) for k, how, wanted in asked)
    }
    assert not unasked


def test_brackets_and_quotes_of_a_query_pair_up():
    for query in (area_query(*BOX), QUERY):
        bare = re.sub(r'"[^"]*"', "", query)
        assert '"' not in bare
        assert bare.count("(") == bare.count(")")
        assert bare.count("[") == bare.count("]")
        assert all(line.endswith((";", "(")) for line in bare.splitlines()[1:])


def test_lines_are_asked_for_without_the_tracks_beyond_the_box():
    query = area_query(*BOX)
    assert 'relation["type"="route"]["route"~"^(bus|trolleybus|subway|' in query
    assert "node(r.routes); way(r.routes)(22.9000,113.3000,23.0000,113.4000);" in query


# --- fetching


@pytest.mark.shared_data
def test_a_recorded_answer_is_loaded_whole_and_soon(online, server, shared_data):
    server.says(200, (shared_data / "overpass-panyu-main-roads.json").read_bytes())
    start = time.process_time()
    answer = fetch_overpass(QUERY, online)
    xml = to_osm_xml([answer.body])
    assert time.process_time() - start < 2.0
    rows = parsed(xml)
    assert sum(kind == "w" for kind, *_ in rows) == 4604
    assert sum(kind == "n" for kind, *_ in rows) == 30071
    assert answer.provenance.as_of == "2026-03-28T16:14:00Z"


def test_provenance_tells_server_question_dates_and_digest(online, server, skipped):
    server.says(200, answer_of())
    answer = fetch_overpass(QUERY, online, clock=skipped.clock)
    assert answer.provenance == Provenance(
        source=server.url,
        query=QUERY,
        as_of="2026-03-28T16:14:00Z",
        licence="ODbL-1.0",
        attribution="© OpenStreetMap contributors, ODbL 1.0",
        digest=answer.provenance.digest,
        note="fetched 2026-11-23T10:00:00Z",
    )
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", answer.provenance.digest)
    assert server.requests[0].body.startswith("data=%5Bout%3Ajson%5D")


def test_the_second_time_no_server_is_needed(online, server, nobody):
    server.says(200, answer_of(node(1)))
    first = fetch_overpass(QUERY, online)
    server.stop()
    assert fetch_overpass(QUERY, online) == first
    assert fetch_overpass(QUERY, replace(online, offline=True)) == first
    assert fetch_overpass(QUERY, replace(online, overpass_urls=(nobody,))) == first
    assert len(server.requests) == 1


def test_another_question_is_another_entry(online, server):
    server.says(200, answer_of(node(1))).says(200, answer_of(node(2)))
    fetch_overpass(QUERY, online)
    assert b'"id": 2' in fetch_overpass(area_query(*BOX), online).body


def test_what_the_cache_lacks_is_an_error_offline(online):
    with pytest.raises(SourceUnavailableError, match="Working offline"):
        fetch_overpass(QUERY, replace(online, offline=True))


def test_a_mirror_that_answers_is_named_as_the_source(online, server, new_server):
    server.says(504)
    mirror = new_server().says(200, answer_of())
    both = replace(online, overpass_urls=(server.url, mirror.url))
    assert fetch_overpass(QUERY, both).provenance.source == mirror.url


HALF = answer_of(*map(node, range(50)))[:-300]
MISHAPS = {
    "too many requests": (lambda s: s.says(429), "429 Too Many Requests"),
    "gateway": (lambda s: s.says(504), "504 Gateway Timeout"),
    "silence": (lambda s: s.stays_silent(), "silent for 0.3 s"),
    "drip": (lambda s: s.drips_its_body(), "no whole answer within the 1 s in all"),
    "header drip": (lambda s: s.drips_its_headers(), "no whole answer within the 1 s in all"),
    "reset": (lambda s: s.resets(), "the connection broke off"),
    "circle": (lambda s: s.sends_on(), "from one address to the next without end"),
    "hang-up": (lambda s: s.hangs_up_after(HALF, promised=9999), "the connection broke off"),
    "page": (
        lambda s: s.says(200, b"<!DOCTYPE html><p>Error: <b>runtime error</b>: open64</p>"),
        "sent a page instead of data ('Error: runtime error : open64')",
    ),
    "half JSON": (lambda s: s.says(200, HALF), "sent JSON that is cut short or broken"),
    "nothing": (lambda s: s.says(200), "sent JSON that is cut short or broken (0 bytes)"),
    "runtime error": (
        lambda s: s.says(200, answer_of(remark="runtime error: Query run out of memory")),
        "gave up half-way ('runtime error: Query run out of memory')",
    ),
    "query timed out": (
        lambda s: s.says(200, answer_of(node(1), remark='Query timed out in "query" at line 3')),
        "gave up half-way",
    ),
}


@pytest.mark.parametrize(("misbehave", "said"), MISHAPS.values(), ids=MISHAPS)
def test_a_mishap_is_told_within_the_bound_and_never_cached(online, server, misbehave, said):
    misbehave(server)
    start = time.monotonic()
    with pytest.raises(SourceError, match=re.escape(said)) as caught:
        fetch_overpass(QUERY, online)
    assert time.monotonic() - start < online.total_timeout_s + 0.5
    assert "--source FILE" in str(caught.value)
    assert cached_files(online) == []


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b.replace(b"23.0", b"24.0"), bytes])
def test_a_damaged_entry_is_fetched_again(online, server, damage):
    server.says(200, answer_of(node(1)))
    fetch_overpass(QUERY, online)
    (body,) = online.cache_dir.rglob("*.body")
    whole = body.read_bytes()
    body.write_bytes(damage(whole) if damage is not bytes else b"")
    assert fetch_overpass(QUERY, online).body == whole
    assert len(server.requests) == 2
    assert body.read_bytes() == whole


# --- what is a whole answer


@pytest.mark.parametrize(
    "body",
    [b"[]", b"3", b"null", b"{}", b'{"elements": []}', b'{"osm3s": {}, "elements": []}',
     b'{"osm3s": {"timestamp_osm_base": ""}, "elements": []}',
     b'{"osm3s": {"timestamp_osm_base": "2026"}, "elements": {}}',
     answer_of(3), answer_of({"id": 1}), answer_of({"type": "node"}), answer_of(node("1")),
     answer_of(node(True)), answer_of(node(1 << 63)), answer_of(node(1, lat="23")),
     answer_of(node(1, lat=91.0)), answer_of(node(1, lon=float("nan"))),
     answer_of({**node(1), "tags": ["a"]}), answer_of(way(1, ["2"])), answer_of(way(1, None)),
     answer_of({"type": "node", "id": 1, "lat": 3.0}),
     answer_of(relation(1, [("area", 1, "")])), answer_of(relation(1, [("way", "1", "")]))]
)  # fmt: skip
def test_json_that_is_no_answer_is_refused(body):
    with pytest.raises(SourceDataError, match="no Overpass answer with date and elements"):
        whole_answer(body)


def test_a_remark_about_something_else_is_no_mishap():
    assert whole_answer(answer_of(remark="have a nice day"))["remark"] == "have a nice day"


def test_json_nested_beyond_all_depth_is_refused():
    with pytest.raises(SourceDataError, match="cut short or broken"):
        whole_answer(b"[" * 200_000)


# --- XML


def test_no_answer_is_a_document_without_objects():
    assert parsed(to_osm_xml([])) == []
    assert parsed(to_osm_xml([answer_of()])) == []


def test_objects_are_sorted_by_kind_and_number():
    xml = to_osm_xml([answer_of(relation(1, []), way(5, [2]), node(9), way(4, []), node(2))])
    assert [(kind, n) for kind, n, *_ in parsed(xml)] == [
        ("n", 2), ("n", 9), ("w", 4), ("w", 5), ("r", 1)
    ]  # fmt: skip


def test_an_object_of_two_answers_stands_once_with_its_tags():
    bare, told = node(1), node(1, {"highway": "bus_stop"})
    for order in ([bare, told], [told, bare]):
        for answers in ([answer_of(*order)], [answer_of(order[0]), answer_of(order[1])]):
            (row,) = parsed(to_osm_xml(answers))
            assert row == ("n", 1, [(113.3, 23.0)], {"highway": "bus_stop"})


def test_of_two_vintages_the_first_answer_counts():
    old, new = answer_of(node(1, lat=23.0)), answer_of(node(1, lat=23.5))
    assert parsed(to_osm_xml([new, old]))[0][2] == [(113.3, 23.5)]


def test_references_to_what_is_missing_are_kept():
    xml = to_osm_xml([answer_of(way(1, [7, 8]), relation(2, [("way", 9, "outer")]))])
    assert parsed(xml) == [("w", 1, [7, 8], {}), ("r", 2, [("w", 9, "outer")], {})]


def test_only_whole_objects_may_be_asked_for():
    body = answer_of(
        node(1), node(2), way(3, [1, 2]), way(4, [1, 9]), way(5, []), {"type": "way", "id": 6},
        relation(7, [("way", 3, ""), ("node", 99, "stop")]), relation(8, [("way", 4, "")]),
    )  # fmt: skip
    rows = parsed(to_osm_xml([body], only_whole=True))
    assert [(kind, n) for kind, n, *_ in rows] == [("n", 1), ("n", 2), ("w", 3), ("r", 7)]


def test_a_node_without_a_place_and_kinds_that_osm_lacks_fall_out():
    body = answer_of({"type": "node", "id": 1}, {"type": "count", "id": 0}, node(2))
    assert [n for _, n, *_ in parsed(to_osm_xml([body]))] == [2]


def test_a_name_keeps_quotes_brackets_and_line_breaks():
    hostile = "\"<里仁洞>\" & 'Co'\n\tnext ]]> &amp; \U0001f6d2"
    (row,) = parsed(to_osm_xml([answer_of(node(1, {"name": hostile}))]))
    assert row[3] == {"name": hostile}


def test_control_characters_and_broken_halves_fall_out():
    body = answer_of(node(1, {"na\x00me": "a\x08b\ud800c\uffffd", "\x01": "x"}))
    (row,) = parsed(to_osm_xml([body]))
    assert row[3] == {"name": "abcd"}


def test_a_text_ends_at_the_length_osm_allows():
    (row,) = parsed(to_osm_xml([answer_of(node(1, {"note": "里" * 5000}))]))
    assert row[3] == {"note": "里" * 255}


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1,
                max_size=40)  # fmt: skip
TAGS = st.dictionaries(TEXTS, TEXTS, max_size=4)
IDS = st.integers(1, 1 << 40)
PLACES = st.tuples(st.integers(-1_800_000_000, 1_800_000_000),
                   st.integers(-900_000_000, 900_000_000))  # fmt: skip


@given(
    nodes=st.dictionaries(IDS, st.tuples(PLACES, TAGS), max_size=5),
    ways=st.dictionaries(IDS, st.tuples(st.lists(IDS, max_size=4), TAGS), max_size=4),
    relations=st.dictionaries(
        IDS, st.tuples(st.lists(st.tuples(st.sampled_from(["node", "way", "relation"]), IDS, TEXTS),
                                max_size=3), TAGS), max_size=3),
    cut=st.integers(0, 12),
)  # fmt: skip
def test_whatever_an_answer_holds_reaches_the_parser(nodes, ways, relations, cut):
    elements = [
        *(node(n, tags, lon=x / 1e7, lat=y / 1e7) for n, ((x, y), tags) in nodes.items()),
        *(way(n, refs, tags) for n, (refs, tags) in ways.items()),
        *(relation(n, members, tags) for n, (members, tags) in relations.items()),
    ]
    expected = [
        *(("n", n, [(x / 1e7, y / 1e7)], tags) for n, ((x, y), tags) in sorted(nodes.items())),
        *(("w", n, refs, tags) for n, (refs, tags) in sorted(ways.items())),
        *(("r", n, [(t[0], ref, role) for t, ref, role in members], tags)
          for n, (members, tags) in sorted(relations.items())),
    ]  # fmt: skip
    answers = [answer_of(*elements[:cut]), answer_of(*elements[max(cut - 2, 0) :])]
    assert parsed(to_osm_xml(answers)) == expected
    assert to_osm_xml(answers[::-1]) == to_osm_xml(answers)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_rubbish_is_refused_and_never_crashes(body):
    with pytest.raises(SourceDataError):
        whole_answer(body)
