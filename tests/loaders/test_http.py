import gzip
import socket
import time
from dataclasses import replace

import pytest

from taobaogis.errors import SourceDataError, SourceUnavailableError
from taobaogis.loaders import http
from taobaogis.loaders.http import fetch, reachable

ASK = {"params": {"data": "a question & <more>"}, "check": lambda _: None}
LONG = {"attempts": 5, "backoff_s": 4.0, "total_timeout_s": 600.0}


def refuse(body):
    message = f"sent {body!r}."
    raise SourceDataError(message)


def test_offline_opens_no_socket(settings, server):
    server.says(200, b"ok")
    with pytest.raises(SourceUnavailableError, match="Working offline, and the cache"):
        fetch(settings, [server.url], **ASK)
    with pytest.raises(SourceUnavailableError, match="Working offline"):
        reachable(settings, [server.url])
    assert server.connections == 0


def test_a_get_carries_its_question_in_the_address(online, server):
    server.says(200, b"ok")
    answer = fetch(online, [server.url], **ASK)
    assert (answer.body, answer.url) == (b"ok", server.url)
    assert server.requests[0].method == "GET"
    assert server.requests[0].path == "/api?data=a+question+%26+%3Cmore%3E"


def test_a_post_carries_its_question_as_a_form_and_says_who_asks(online, server):
    server.says(200, b"ok")
    fetch(online, [server.url], method="POST", **ASK)
    assert server.requests[0].body == "data=a+question+%26+%3Cmore%3E"
    assert server.requests[0].headers["User-Agent"] == online.user_agent


def test_a_packed_body_is_unpacked(online, server):
    server.says(200, gzip.compress(b"plain" * 1000), Content_Encoding="gzip")
    assert fetch(online, [server.url], **ASK).body == b"plain" * 1000


def test_pauses_before_one_server_double(online, server, skipped):
    server.says(504)
    patient = replace(online, **LONG)
    with pytest.raises(SourceUnavailableError, match=r"No usable answer in 5 tries .*504 Gateway"):
        fetch(patient, [server.url], clock=skipped.clock, **ASK)
    assert skipped.pauses == pytest.approx([4.0, 8.0, 16.0, 32.0], abs=0.5)
    assert len(server.requests) == 5


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(online, server, skipped, status):
    server.says(status).says(200, b"ok")
    assert fetch(online, [server.url], clock=skipped.clock, **ASK).body == b"ok"


@pytest.mark.parametrize("status", [204, 400, 403, 404])
def test_a_refusal_is_final(online, server, skipped, status):
    server.says(status, b"" if status == 204 else b"<p>no &amp; never</p>")
    with pytest.raises(SourceUnavailableError, match=f"in 1 tries .*: {status} "):
        fetch(online, [server.url], clock=skipped.clock, **ASK)
    assert skipped.pauses == []


def test_the_server_is_quoted_without_its_tags(online, server, skipped):
    page = b"<html><head><title>OSM3S</title></head><p>The server is probably too busy.</p>"
    server.says(504, page)
    with pytest.raises(SourceUnavailableError, match=r"\('The server is probably too busy\.'\)"):
        fetch(online, [server.url], clock=skipped.clock, **ASK)


@pytest.mark.parametrize("stated", ["30", "Mon, 23 Nov 2026 10:00:30 GMT"])
def test_the_wait_a_server_asks_for_is_kept(online, server, skipped, stated):
    server.says(429, Retry_After=stated).says(200, b"ok")
    fetch(replace(online, **LONG), [server.url], clock=skipped.clock, **ASK)
    assert skipped.pauses == pytest.approx([30.0], abs=0.5)


@pytest.mark.parametrize("stated", ["-3", "soon", "", "Mon, 23 Nov 2020 10:00:30 GMT"])
def test_a_wait_that_means_nothing_is_our_own(online, server, skipped, stated):
    server.says(429, Retry_After=stated).says(200, b"ok")
    fetch(replace(online, **LONG), [server.url], clock=skipped.clock, **ASK)
    assert skipped.pauses == pytest.approx([4.0], abs=0.5)


def test_a_wait_beyond_the_bound_is_not_begun(online, server, skipped):
    server.says(429, Retry_After="3600")
    with pytest.raises(SourceUnavailableError, match="in 1 tries"):
        fetch(replace(online, **LONG), [server.url], clock=skipped.clock, **ASK)
    assert skipped.pauses == []


def test_pauses_count_towards_the_bound(online, server, skipped):
    server.says(504)
    with pytest.raises(SourceUnavailableError, match="in 2 tries within 10 s"):
        fetch(
            replace(online, **{**LONG, "total_timeout_s": 10.0}), [server.url],
            clock=skipped.clock, **ASK,
        )  # fmt: skip
    assert sum(skipped.pauses) < 10.0


def test_the_next_mirror_is_asked_without_a_pause(online, server, new_server, skipped):
    mirror = new_server().says(200, b"ok")
    server.says(504, Retry_After="30")
    answer = fetch(online, [server.url, mirror.url], clock=skipped.clock, **ASK)
    assert answer.url == mirror.url
    assert skipped.pauses == []


def test_busy_mirrors_take_turns(online, server, new_server, skipped):
    mirror = new_server().says(503)
    server.says(504)
    with pytest.raises(SourceUnavailableError, match="in 4 tries"):
        fetch(replace(online, **{**LONG, "attempts": 4}), [server.url, mirror.url],
              clock=skipped.clock, **ASK)  # fmt: skip
    assert (len(server.requests), len(mirror.requests)) == (2, 2)
    assert sum(skipped.pauses) == pytest.approx(4.0, abs=0.5)


def test_an_unusable_body_goes_to_the_next_server(online, server, new_server):
    mirror = new_server().says(200, b"good")
    server.says(200, b"bad")
    answer = fetch(
        online, [server.url, mirror.url],
        params={}, check=lambda body: refuse(body) if body == b"bad" else None,
    )  # fmt: skip
    assert answer == http.HttpAnswer(b"good", mirror.url)


def test_only_unusable_bodies_are_an_error_of_the_data(online, server, nobody):
    server.says(200, b"bad")
    with pytest.raises(SourceDataError, match=r"sent b'bad'\)"):
        fetch(online, [server.url], params={}, check=refuse)
    with pytest.raises(SourceUnavailableError, match=r"sent b'bad'; 127.*out of reach"):
        fetch(online, [server.url, nobody], params={}, check=refuse)


def test_a_silent_server_is_left_after_the_stated_patience(online, server):
    server.stays_silent()
    start = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=r"silent for 0\.3 s"):
        fetch(online, [server.url], **ASK)
    assert time.monotonic() - start < 1.5
    assert len(server.requests) == 2


@pytest.mark.parametrize("behaviour", ["drips_its_body", "drips_its_headers"])
def test_a_drip_is_left_at_the_bound(online, server, behaviour):
    getattr(server, behaviour)()
    start = time.monotonic()
    with pytest.raises(SourceUnavailableError, match="no whole answer within the 1 s in all"):
        fetch(online, [server.url], **ASK)
    assert 0.9 < time.monotonic() - start < 1.5


def test_a_reset_connection_is_tried_again(online, server):
    server.resets().says(200, b"ok")
    assert fetch(online, [server.url], **ASK).body == b"ok"


def test_a_body_that_ends_before_its_promised_length_is_no_answer(online, server):
    server.hangs_up_after(b"half", promised=8)
    with pytest.raises(SourceUnavailableError, match="the connection broke off"):
        fetch(online, [server.url], **ASK)


def test_a_reset_names_its_reason(online, server):
    server.resets()
    with pytest.raises(SourceUnavailableError, match=r"broke off .Connection reset by peer"):
        fetch(online, [server.url], **ASK)


def test_a_body_beyond_the_bound_is_refused(online, server, monkeypatch):
    monkeypatch.setattr(http, "_LARGEST_BODY_BYTES", 1000)
    server.says(200, b"x" * 1001)
    with pytest.raises(SourceUnavailableError, match="more than the 1,000 bytes"):
        fetch(online, [server.url], **ASK)
    server.script.clear()
    server.says(200, b"x" * 1000)
    assert len(fetch(online, [server.url], **ASK).body) == 1000


def test_a_small_file_that_unpacks_beyond_the_bound_is_refused(online, server, monkeypatch):
    monkeypatch.setattr(http, "_LARGEST_BODY_BYTES", 10_000)
    server.says(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")
    with pytest.raises(SourceUnavailableError, match="more than the 10,000 bytes"):
        fetch(online, [server.url], **ASK)


def test_redirects_in_circles_end(online, server):
    server.sends_on()
    with pytest.raises(SourceUnavailableError, match="from one address to the next without end"):
        fetch(online, [server.url], **ASK)
    assert len(server.requests) == 6


def test_a_redirect_that_would_lose_the_question_names_the_address_to_use(
    online, server, new_server
):
    other = new_server().says(200, b"a start page")
    server.sends_on(301, other.url)
    with pytest.raises(SourceUnavailableError, match=f"sends on to 127.0.0.1:{other.server_port}"):
        fetch(online, [server.url], method="POST", **ASK)


def test_a_redirect_that_keeps_the_question_is_followed(online, server, new_server):
    other = new_server().says(200, b"ok")
    server.sends_on(307, other.url)
    assert fetch(online, [server.url], method="POST", **ASK).body == b"ok"
    assert other.requests[0].body.startswith("data=")


def test_a_server_out_of_reach_is_not_asked_twice(online, nobody, server, skipped):
    server.says(200, b"ok")
    told = []
    assert fetch(online, [nobody, server.url], progress=told.append, **ASK).url == server.url
    assert [line for line in told if "out of reach (Connection refused)" in line]
    with pytest.raises(SourceUnavailableError, match=r"in 1 tries .*out of reach"):
        fetch(online, [nobody], clock=skipped.clock, **ASK)
    assert skipped.pauses == []


def test_a_name_look_up_that_hangs_is_left_at_the_bound(online, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3.0) or [])
    start = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=r"out of reach for 0\.5 s"):
        fetch(online, ["http://overpass.invalid/api"], **ASK)
    assert time.monotonic() - start < 1.0


def test_an_unknown_name_is_said_so(online, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SourceUnavailableError, match=r"overpass\.invalid: out of reach \(Name or"):
        fetch(online, ["http://overpass.invalid/api"], **ASK)


@pytest.mark.parametrize(
    "url", ["overpass", "ftp://a/b", "http://", "http://[::1/api", "http://a:port/", "file:///etc"]
)
def test_what_is_no_web_address_is_said_so(online, url):
    with pytest.raises(SourceUnavailableError, match="is no web address such as https://"):
        fetch(online, [url], **ASK)


def test_a_proxy_of_the_environment_is_used(online, server, monkeypatch):
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{server.server_port}")
    server.says(200, b"ok")
    assert fetch(online, ["http://overpass.invalid/api"], **ASK).body == b"ok"
    assert server.requests[0].path.startswith("http://overpass.invalid/api?data=")


def test_a_name_and_password_in_an_address_are_not_told(online, server):
    server.says(403)
    secret = server.url.replace("127", "me:word@127")
    told = []
    with pytest.raises(SourceUnavailableError) as caught:
        fetch(online, [secret], progress=told.append, **ASK)
    assert "word@" not in " ".join([*told, str(caught.value)])


def test_every_wait_is_told(online, server, skipped):
    server.says(504).says(200, b"ok")
    told = []
    fetch(replace(online, **LONG), [server.url], progress=told.append, clock=skipped.clock, **ASK)
    host = f"127.0.0.1:{server.server_port}"
    assert told == [
        f"Asking {host}.",
        f"{host}: 504 Gateway Timeout.",
        f"Waiting 4 s before asking {host} again.",
        f"Asking {host}.",
    ]


def test_whoever_comes_away_empty_handed_is_told_three_ways_out(online, nobody):
    ways = r"\(1\) download .*\.osm\.pbf.*--source FILE.*\(2\).*overpass-turbo.*\(3\).*`sample`"
    with pytest.raises(SourceUnavailableError, match=ways):
        fetch(online, [nobody], **ASK)


def test_the_first_server_within_reach_is_named_and_asked_nothing(online, server, nobody):
    assert reachable(online, [nobody, server.url]) == server.url
    assert server.requests == []
    with pytest.raises(SourceUnavailableError, match=r"No server is within reach .*Connection ref"):
        reachable(online, [nobody])
