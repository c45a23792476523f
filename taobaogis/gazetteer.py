"""The villages and wholesale markets known by name, each with sources (``data/gazetteer.toml``)."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from taobaogis.errors import PlaceNotFoundError, did_you_mean
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KnownMarket", "KnownVillage", "find_village", "goods_names", "markets", "villages"]


@dataclass(frozen=True)
class KnownVillage:
    """An urban village of the gazetteer.

    Attributes
    ----------
    id, name_en, name_zh, aliases
        Names; `aliases` holds every usual spelling in either script.
    city_en, city_zh, district_en, district_zh, town_en, town_zh
        Where it is.
    code
        Twelve-digit statistical code of its committee.
    committee
        ``"village"`` or ``"residents"``; the Taobao-village rule of 2022 leaves the latter out.
    goods
        What its e-tailers trade in.
    named_markets
        Ids of the markets that a source names as the village's own; maybe none.
    lon, lat
        WGS 84.
    radius_m
        Circle that stands in for the boundary nobody has drawn.
    radius_of_doubt_m
        How far the coordinate may be off.
    basis
        How the coordinate and the circle were found.
    sources
        Where each fact stands.
    """

    id: str
    name_en: str
    name_zh: str
    aliases: tuple[str, ...]
    city_en: str
    city_zh: str
    district_en: str
    district_zh: str
    town_en: str
    town_zh: str
    code: str
    committee: str
    goods: tuple[str, ...]
    named_markets: tuple[str, ...]
    lon: float
    lat: float
    radius_m: float
    radius_of_doubt_m: float
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class KnownMarket:
    """A wholesale market of the gazetteer; fields as in `KnownVillage`."""

    id: str
    name_en: str
    name_zh: str
    goods: tuple[str, ...]
    lon: float
    lat: float
    radius_of_doubt_m: float
    basis: str
    sources: tuple[str, ...]


def villages() -> Mapping[str, KnownVillage]:
    """All known villages by id."""
    return _load()[0]


def markets() -> Mapping[str, KnownMarket]:
    """All known wholesale markets by id."""
    return _load()[1]


def find_village(name: str) -> KnownVillage:
    """Known village by id or any of its spellings.

    Parameters
    ----------
    name
        In either script; case, blanks, hyphens, apostrophes and tone marks do not count.

    Returns
    -------
    village
        Entry of the gazetteer.

    Raises
    ------
    PlaceNotFoundError
        If there is none; the message offers the nearest spelling.

    Examples
    --------
    >>> find_village("Xi'niujiao").name_zh
    '犀牛角'
    >>> find_village("漁沙坦").id
    'yushatan'
    """
    village = _spellings().get(_fold(name))
    if village is None:
        known = [n for v in villages().values() for n in (v.name_en, v.name_zh)]
        message = f"No village '{name}' is in the gazetteer. {did_you_mean(name, known)}"
        raise PlaceNotFoundError(message)
    return village


@cache
def goods_names() -> Mapping[str, tuple[str, str]]:
    """English and Chinese name of each word for goods (``data/goods.toml``).

    Examples
    --------
    >>> goods_names()["auto_parts"]
    ('auto parts', '汽车配件')
    """
    with data_file("goods.toml").open("rb") as stream:
        table = tomllib.load(stream)
    return {word: (entry["name_en"], entry["name_zh"]) for word, entry in table.items()}


@cache
def _spellings() -> Mapping[str, KnownVillage]:
    return {
        _fold(spelling): village
        for village in villages().values()
        for spelling in (village.id, village.name_en, village.name_zh, *village.aliases)
    }


def _fold(name: str) -> str:
    """Letters and digits alone: tone marks come off as marks of their own once decomposed."""
    return "".join(ch for ch in unicodedata.normalize("NFKD", name).casefold() if ch.isalnum())


@cache
def _load() -> tuple[Mapping[str, KnownVillage], Mapping[str, KnownMarket]]:
    with data_file("gazetteer.toml").open("rb") as stream:
        table = tomllib.load(stream)
    known = {e["id"]: KnownVillage(**_frozen(e)) for e in table["village"]}
    sold = {e["id"]: KnownMarket(**_frozen(e)) for e in table["market"]}
    return known, sold


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
