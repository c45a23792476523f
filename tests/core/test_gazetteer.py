"""The gazetteer: every spelling, code and coordinate."""

from __future__ import annotations

import csv
import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from pyproj import Geod

from taobaogis import gazetteer
from taobaogis.errors import PlaceNotFoundError
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from pathlib import Path

VILLAGES = sorted(gazetteer.villages())
MARKETS = sorted(gazetteer.markets())
SPELLINGS = [
    (village.id, spelling)
    for village in gazetteer.villages().values()
    for spelling in (village.id, village.name_en, village.name_zh, *village.aliases)
]


@pytest.mark.parametrize(("village", "spelling"), SPELLINGS)
def test_every_spelling_finds_its_village(village: str, spelling: str) -> None:
    found = gazetteer.find_village(spelling)
    assert found.id == village, f"'{spelling}' is listed for {village} but finds {found.id}"


@pytest.mark.parametrize(
    ("spelling", "village"),
    [
        ("XI'NIUJIAO", "xiniujiao"),
        ("xi’niujiao", "xiniujiao"),  # noqa: RUF001 - the apostrophe that phones type
        ("xi-niu-jiao", "xiniujiao"),
        ("  Yu sha tan ", "yushatan"),
        ("ＬＩＲＥＮＤＯＮＧ", "lirendong"),  # noqa: RUF001 - full-width, as Chinese keyboards type
        ("Lǐréndòng cūn", "lirendong"),
        ("Lǐréndòng", "lirendong"),
    ],
)
def test_case_blanks_apostrophes_and_tone_marks_do_not_count(spelling: str, village: str) -> None:
    assert gazetteer.find_village(spelling).id == village, f"'{spelling}' is a usual way to write"


@pytest.mark.parametrize(
    ("wrong", "offered"),
    [("lirendng", "Lirendong"), ("渔沙谭", "渔沙坦"), ("Yushantan", "Yushatan")],
)
def test_a_misspelt_village_is_met_with_the_nearest_name(wrong: str, offered: str) -> None:
    with pytest.raises(PlaceNotFoundError, match=f"No village '{wrong}'.*Did you mean '{offered}'"):
        gazetteer.find_village(wrong)


@pytest.mark.parametrize("name", ["", "'", "Atlantis", "village"])
def test_a_name_without_likeness_lists_what_is_known(name: str) -> None:
    with pytest.raises(PlaceNotFoundError, match=r"in the gazetteer\. Known are: .*里仁洞"):
        gazetteer.find_village(name)


@pytest.mark.parametrize("village", VILLAGES)
def test_a_village_is_complete(village: str) -> None:
    known = gazetteer.villages()[village]
    empty = [name for name, value in vars(known).items() if value in ("", ()) and value != 0]
    assert set(empty) <= {"named_markets"}, f"{village} leaves {empty} empty"
    assert re.fullmatch(r"\d{12}", known.code), f"{known.code} is not a twelve-digit code"
    assert known.committee in {"village", "residents"}, "no other kind of committee exists"
    assert known.name_zh in known.aliases[-1] or any(known.name_zh in a for a in known.aliases)
    assert 1 <= known.radius_m <= 2000, "an urban village is neither a house nor a district"


@pytest.mark.parametrize("place", [*VILLAGES, *MARKETS])
def test_a_place_lies_in_the_built_up_part_of_guangzhou(place: str) -> None:
    known = gazetteer.villages().get(place) or gazetteer.markets()[place]
    assert 113.0 < known.lon < 113.8, f"{place}: longitude {known.lon} is outside Guangzhou"
    assert 22.7 < known.lat < 23.5, f"{place}: latitude {known.lat} is outside Guangzhou"
    assert known.radius_of_doubt_m > 0, f"{place}: no coordinate is free of doubt"
    assert known.basis, f"{place} does not say how its point was found"
    assert known.sources, f"{place} names no source"


def test_goods_are_words_of_the_vocabulary() -> None:
    with data_file("goods.toml").open("rb") as stream:
        words = tomllib.load(stream)
    for place in (*gazetteer.villages().values(), *gazetteer.markets().values()):
        strange = set(place.goods) - words.keys()
        assert place.goods, f"{place.id} trades in nothing"
        assert not strange, f"{place.id} trades in {strange}, which goods.toml does not name"
    assert all(set(entry) == {"name_en", "name_zh"} for entry in words.values())


def test_a_market_named_by_a_source_exists_and_sells_the_goods_of_its_village() -> None:
    links = {v.id: v.named_markets for v in gazetteer.villages().values()}
    assert links == {
        "lirendong": (),
        "xiniujiao": ("shahe-clothing",),
        "yushatan": ("yongfu-auto-parts",),
    }, "Lin (2019) names these two and no other"
    for village, names in links.items():
        for name in names:
            market = gazetteer.markets()[name]
            shared = set(market.goods) & set(gazetteer.villages()[village].goods)
            assert shared, f"{name} sells nothing that {village} trades in"


def test_no_market_stands_twice() -> None:
    geod = Geod(ellps="WGS84")
    known = list(gazetteer.markets().values())
    names = [(m.name_en, m.name_zh) for m in known]
    assert len(set(names)) == len(names), "two markets bear the same name"
    for i, one in enumerate(known):
        for other in known[i + 1 :]:
            _, _, apart_m = geod.inv(one.lon, one.lat, other.lon, other.lat)
            assert apart_m > 50, f"{one.id} and {other.id} are {apart_m:.0f} m apart: one market?"


@pytest.mark.shared_data
def test_codes_and_districts_agree_with_the_official_list(shared_data: Path) -> None:
    with (shared_data / "guangzhou-village-codes.csv").open(encoding="utf-8-sig") as stream:
        rows = {row["village_code"]: row for row in csv.DictReader(stream)}
    for village in gazetteer.villages().values():
        row = rows[village.code]
        assert village.name_zh in row["village_name"], f"{village.code} is {row['village_name']}"
        assert row["street_name"].startswith(village.town_zh[:2])
        assert row["district_name"] == village.district_zh
        kind = "village" if "村民委员会" in row["village_name"] else "residents"
        assert village.committee == kind, f"{row['village_name']} is a {kind} committee"


@pytest.mark.shared_data
def test_market_points_are_those_of_the_map(shared_data: Path) -> None:
    with (shared_data / "guangzhou-wholesale-named.csv").open(encoding="utf-8-sig") as stream:
        rows = {
            row["osm_id"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(stream)
        }
    geod = Geod(ellps="WGS84")
    checked = 0
    for market in gazetteer.markets().values():
        for osm_id in re.findall(r"\d{6,}", " ".join(market.sources)):
            if osm_id in rows:
                _, _, off_m = geod.inv(market.lon, market.lat, *rows[osm_id])
                assert off_m <= market.radius_of_doubt_m + 5, (
                    f"{market.id} is {off_m:.0f} m from its object {osm_id}"
                )
                checked += 1
    assert checked > 40, "the sources of most markets are listed objects"
