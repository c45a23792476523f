from __future__ import annotations

import re

import pytest

from taobaogis.errors import InputError
from taobaogis.maps.backdrops import backdrop, backdrop_keys
from taobaogis.maps.output import Output
from taobaogis.maps.pages import policy


def test_nothing_is_fetched_unless_it_is_asked_for() -> None:
    assert Output().backdrop is None
    assert Output.asked().backdrop is None
    assert "http" not in policy("x")


def test_the_policy_names_the_servers_of_the_tiles_and_no_others() -> None:
    below = backdrop("tianditu", access_key="mine")
    assert len(below.hosts) == 8
    said = policy("x", pictures=below.hosts)
    assert re.findall(r"https://\S+", said) == [
        f"https://t{i}.tianditu.gov.cn" for i in range(7)
    ] + ["https://t7.tianditu.gov.cn;"]


def test_a_key_is_needed_where_one_is_and_cannot_break_out_of_the_address() -> None:
    with pytest.raises(InputError, match="needs your own key; set TAOBAOGIS_BASEMAP_KEY"):
        backdrop("tianditu")
    below = backdrop("tianditu", access_key='a&b"{s}')
    assert below.with_key
    assert all(address.endswith("tk=a%26b%22%7Bs%7D") for address in below.tiles)
    assert not backdrop("osm").with_key


def test_an_unknown_base_map_or_format_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no base map 'tiandit'\. Did you mean 'tianditu'"):
        Output.asked(basemap="tiandit")
    with pytest.raises(InputError, match="cannot be written as 'jpg'"):
        Output.asked(figures="png,jpg")


def test_pages_always_have_their_pictures() -> None:
    assert Output.asked(figures="PDF").figure_formats == ("png", "pdf")
    assert Output.asked(figures="svg, png,pdf").figure_formats == ("png", "svg", "pdf")


@pytest.mark.parametrize("key", backdrop_keys())
def test_every_base_map_credits_its_maker(key: str) -> None:
    below = backdrop(key, access_key="k")
    assert below.attribution
    assert all(address.startswith("https://") for address in below.tiles)
    assert all(f"{{{part}}}" in address for part in "xyz" for address in below.tiles)
