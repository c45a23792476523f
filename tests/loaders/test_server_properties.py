"""Servers that answer anything: a whole answer and its copy in the cache, or one error."""

import gzip
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from support.servers import SkippedTime, closed_door, servers

from taobaogis.errors import (
    PlaceNotFoundError,
    SourceDataError,
    SourceError,
    SourceUnavailableError,
)
from taobaogis.loaders.http import fetch, reachable
from taobaogis.loaders.osm_xml import whole_answer
from taobaogis.loaders.overpass import fetch_overpass
from taobaogis.loaders.places import find_place
from taobaogis.loaders.quotes import host_of
from taobaogis.settings import Settings
from taobaogis.texts import showable

PATIENT = Settings(
    Path("unused"), connect_timeout_s=2.0, read_timeout_s=2.0, backoff_s=4.0, total_timeout_s=900.0
)
GOOD = b"good "


def accept(body):
    if not body.startswith(GOOD):
        message = "sent something else."
        raise SourceDataError(message)


bodies = st.binary(max_size=300)
# What a server does, and whether that is an answer, final, or may pass.
plays = st.one_of(
    st.tuples(st.just("whole"), bodies.map(lambda body: GOOD + body)),
    st.tuples(st.just("packed"), bodies.map(lambda body: GOOD + body)),
    st.tuples(st.just("unfit"), bodies.filter(lambda body: not body.startswith(GOOD))),
    st.tuples(st.just("cut"), bodies),
    st.tuples(st.sampled_from([204, 302, 304, 400, 403, 404, 451]), bodies),
    st.tuples(st.sampled_from([408, 429, 500, 502, 503, 504, 599]), bodies),
)
FINAL, PASSING = "final", "passing"


def outcome(play):
    does, _ = play
    if does in {"whole", "packed", "unfit"}:
        return does
    return PASSING if does in {"cut", 408, 429} or (does != "shut" and does >= 500) else FINAL


def set_up(server, play):
    does, body = play
    if does == "packed":
        server.says(200, gzip.compress(body), Content_Encoding="gzip")
    elif does == "cut":
        server.hangs_up_after(GOOD + body, promised=len(GOOD + body) + 9)
    else:
        server.says(does if isinstance(does, int) else 200, body)


def one_sentence_that_names(error, urls):
    said = str(error)
    assert showable(said) == said
    assert all(host_of(url) in said for url in urls)
    assert len(said) < 300 * (1 + len(urls)) + 500


@settings(max_examples=20)
@given(
    each=st.lists(plays | st.just(("shut", b"")), min_size=1, max_size=3),
    method=st.sampled_from(["GET", "POST"]),
)
def test_of_several_servers_the_first_that_answers_is_believed(each, method):
    with servers(len(each)) as running:
        urls = [closed_door() if does == "shut" else server.url
                for server, (does, _) in zip(running, each, strict=True)]  # fmt: skip
        for server, play in zip(running, each, strict=True):
            if play[0] != "shut":
                set_up(server, play)
        patience = replace(PATIENT, attempts=len(each))
        said, clock, ends = [], SkippedTime().clock, [outcome(play) for play in each]

        def ask():
            return fetch(patience, urls, method=method, params={"q": "里 & <b>"}, check=accept,
                         progress=said.append, clock=clock)  # fmt: skip

        good = [n for n, end in enumerate(ends) if end in {"whole", "packed"}]
        if good:
            answer = ask()
            assert (answer.body, answer.url) == (each[good[0]][1], urls[good[0]])
        else:
            unfit = all(end == "unfit" for end in ends)
            with pytest.raises(SourceDataError if unfit else SourceUnavailableError) as caught:
                ask()
            one_sentence_that_names(caught.value, urls)
        last = good[0] if good else len(each)
        asked = [n <= last and play[0] != "shut" for n, play in enumerate(each)]
        assert [len(server.requests) for server in running] == asked
        assert all(r.method == method for server in running for r in server.requests)
    assert all(showable(line) == line for line in said)


@settings(max_examples=15)
@given(script=st.lists(plays, min_size=1, max_size=5), attempts=st.integers(1, 5))
def test_a_server_is_asked_again_while_it_may_do_better(script, attempts):
    ends = [outcome(play) for play in script]
    ends += [ends[-1]] * attempts
    tries = next((n for n, end in enumerate(ends, 1) if end != PASSING), attempts)
    tries = min(tries, attempts)
    time = SkippedTime()
    with servers(1) as [server]:
        for play in script:
            set_up(server, play)
        asked = {"params": {}, "check": accept, "clock": time.clock}
        if ends[tries - 1] in {"whole", "packed"}:
            body = script[min(tries, len(script)) - 1][1]
            patience = replace(PATIENT, attempts=attempts)
            assert fetch(patience, [server.url, server.url], **asked).body == body
        else:
            with pytest.raises(SourceError, match=f"in {tries} tries") as caught:
                fetch(replace(PATIENT, attempts=attempts), [server.url], **asked)
            one_sentence_that_names(caught.value, [server.url])
        assert len(server.requests) == tries
    assert time.pauses == pytest.approx([4.0 * 2**n for n in range(tries - 1)], abs=1.5)


no_addresses = st.sampled_from(["", "x", "ftp://a.b/", "http://", "http://[::1", "//a",
                                "http://127.0.0.1:99999/", "http://a:b/"]) | st.text(
    st.characters(exclude_characters=":/"), max_size=9)  # fmt: skip


@settings(max_examples=25)
@given(each=st.lists(st.sampled_from(["open", "shut"]) | no_addresses, max_size=5))
def test_the_first_server_that_takes_a_connection_is_told(each):
    with servers(1) as [server]:
        urls = [{"open": server.url, "shut": closed_door()}.get(word, word) for word in each]
        if server.url in urls:
            assert reachable(PATIENT, urls) == server.url
        else:
            with pytest.raises(SourceUnavailableError) as caught:
                reachable(PATIENT, urls)
            assert str(caught.value).count("out of reach") + str(caught.value).count(
                "is no web address"
            ) == len(urls)
        assert server.requests == []
        connections = server.connections
        with pytest.raises(SourceUnavailableError, match="offline"):
            reachable(replace(PATIENT, offline=True), urls)
        assert server.connections == connections


# --- answers of OpenStreetMap's servers


def kept_by(online):
    return [path for path in online.cache_dir.rglob("*") if path.is_file()]


def at(server, folder):
    return replace(PATIENT, cache_dir=Path(folder) / "cache", attempts=1,
                   overpass_urls=(server.url,), nominatim_url=server.url)  # fmt: skip


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
nodes = st.fixed_dictionaries({
    "type": st.just("node"), "id": st.integers(1, 9), "lon": st.floats(113, 114),
    "lat": st.floats(22, 23), "tags": st.dictionaries(st.text(max_size=5), st.text(max_size=9)),
})  # fmt: skip
overpass = st.fixed_dictionaries({
    "osm3s": st.just({"timestamp_osm_base": "2026-03-28T16:14:00Z"}),
    "elements": st.lists(nodes | nodes | anything, max_size=4),
}, optional={"remark": st.sampled_from(["", "runtime error: timed out", "out of memory", "fine"])},
)  # fmt: skip
sent = st.one_of(overpass, overpass, anything).map(lambda said: json.dumps(said).encode())


@settings(max_examples=25)
@given(body=sent, cut=st.none() | st.integers(0, 200))
def test_only_a_whole_answer_is_given_and_kept(body, cut):
    body = body if cut is None else body[:cut]
    try:
        as_of = whole_answer(body)["osm3s"]["timestamp_osm_base"]
    except SourceDataError:
        as_of = None
    with tempfile.TemporaryDirectory() as folder, servers(1) as [server]:
        server.says(200, body)
        online = at(server, folder)
        if as_of is None:
            with pytest.raises(SourceDataError) as caught:
                fetch_overpass("a question", online)
            one_sentence_that_names(caught.value, [server.url])
            assert kept_by(online) == []
            return
        answer = fetch_overpass("a question", online)
        assert (answer.body, answer.provenance.as_of) == (body, as_of)
        assert answer.provenance.query == "a question"
        again = fetch_overpass("a question", replace(online, offline=True))
        assert again == answer
        assert len(server.requests) == 1
        with pytest.raises(SourceUnavailableError):
            fetch_overpass("another question", replace(online, offline=True))


lons, lats = st.floats(112.9, 113.1), st.floats(22.9, 23.1)
rings = st.lists(st.tuples(lons, lats), min_size=3, max_size=7).map(lambda xy: [*xy, xy[0]])
shapes = st.one_of(
    rings.map(lambda ring: {"type": "Polygon", "coordinates": [ring]}),
    rings.map(lambda ring: {"type": "MultiPolygon", "coordinates": [[ring]]}),
    rings.map(lambda ring: {"type": "LineString", "coordinates": ring}),
)
entries = st.fixed_dictionaries({
    "display_name": st.text(max_size=30), "lon": lons.map(str), "lat": lats,
    "osm_type": st.sampled_from(["node", "way", "relation"]), "osm_id": st.integers(1, 99),
    "class": st.sampled_from(["place", "boundary", "building", "amenity"]),
}, optional={"geojson": shapes})  # fmt: skip
broken = st.sampled_from([
    {"lon": "181"}, {"lat": "x"}, {"lat": None}, {"lon": float("nan")}, {"osm_id": "a"},
    {"geojson": {"type": "Polygon"}}, {"geojson": {"type": "Polygon", "coordinates": [[[1], [2]]]}},
    {"geojson": {"type": "Polygon", "coordinates": [[[999, 0], [0, 1], [1, 1], [999, 0]]]}},
])  # fmt: skip


@settings(max_examples=30)
@given(found=st.lists(entries, max_size=4), harm=st.none() | st.none() | broken, data=st.data())
def test_a_place_is_one_of_those_the_server_found_or_there_is_none(found, harm, data):
    if harm is not None and found:
        found[data.draw(st.integers(0, len(found) - 1))].update(harm)
    with tempfile.TemporaryDirectory() as folder, servers(1) as [server]:
        server.says(200, json.dumps(found).encode())
        online, clock = at(server, folder), SkippedTime().clock
        if not found or harm is not None:
            with pytest.raises(SourceDataError if found else PlaceNotFoundError) as caught:
                find_place("里仁洞", online, clock=clock)
            one_sentence_that_names(caught.value, [server.url])
            assert kept_by(online) == []
            return
        place = find_place(" 里仁洞\n", online, clock=clock)
        assert find_place("里仁洞", replace(online, offline=True)) == place
    assert place.name == "里仁洞"
    mine = [e for e in found if (float(e["lon"]), e["lat"]) == (place.lon, place.lat)]
    assert place.osm_id in {f"{e['osm_type'][0]}{e['osm_id']}" for e in mine}
    assert showable(place.display_name) == place.display_name
    if place.boundary is None:
        assert (place.lon, place.lat) == (float(found[0]["lon"]), found[0]["lat"])
    else:
        assert place.boundary.is_valid
        assert place.boundary.area > 0
        first = shapely.Point(float(found[0]["lon"]), found[0]["lat"])
        assert mine[0] is found[0] or place.boundary.distance(first) <= 0.05
