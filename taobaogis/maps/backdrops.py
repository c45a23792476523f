"""Maps of others that a page may show below ours: only on request, never by default.

A page with a backdrop is no longer a page that asks nothing of the network: it asks the named
servers for pictures, and nothing else.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from taobaogis.errors import InputError, did_you_mean
from taobaogis.maps.model import Label
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Backdrop", "backdrop", "backdrop_keys"]


@dataclass(frozen=True)
class Backdrop:
    """Pictures of a map in the usual squares (tiles).

    Attributes
    ----------
    key, name
        What it is called.
    tiles
        Addresses with ``{z}``, ``{x}``, ``{y}`` and ``{s}``, from the bottom upwards.
    subdomains
        One letter or digit each, for ``{s}``.
    max_zoom
        Finest level that is served; beyond it pictures are enlarged.
    datum
        What the pictures stand on; ``gcj02`` is shifted by some 600 m in Guangzhou.
    attribution
        Line to print.
    note
        What a reader of the page has to know.
    with_key
        Whether the addresses hold the user's own key.
    """

    key: str
    name: Label
    tiles: tuple[str, ...]
    subdomains: str
    max_zoom: int
    datum: str
    attribution: str
    note: Label
    with_key: bool = False

    @property
    def hosts(self) -> tuple[str, ...]:
        """Servers that the page asks, as ``https://name``, each once."""
        found: dict[str, None] = {}
        for address in self.tiles:
            for letter in self.subdomains or "-":
                parts = urlsplit(address.replace("{s}", letter))
                found[f"{parts.scheme}://{parts.netloc}"] = None
        return tuple(found)


def backdrop(key: str, *, access_key: str = "") -> Backdrop:
    """Backdrop by its name.

    Parameters
    ----------
    key
        One of `backdrop_keys`.
    access_key
        The user's own key, for a service that asks for one. It stands readable in the page.

    Returns
    -------
    backdrop
        Ready for `taobaogis.maps.web.render_village_page`.

    Raises
    ------
    InputError
        If there is none of that name, or it needs a key and none is given.
    """
    known = _known()
    if key not in known:
        message = f"There is no base map '{key}'. {did_you_mean(key, known)}"
        raise InputError(message.strip())
    entry = known[key]
    tiles = tuple(entry["tiles"])
    needs_key = any("{key}" in address for address in tiles)
    if needs_key and not access_key.strip():
        message = (
            f"The base map '{key}' needs your own key; set TAOBAOGIS_BASEMAP_KEY to it. "
            "It will be readable in every page that is written."
        )
        raise InputError(message)
    return Backdrop(
        key=key,
        name=Label(entry["name_en"], entry["name_zh"]),
        tiles=tuple(a.replace("{key}", quote(access_key.strip(), safe="")) for a in tiles),
        subdomains=entry.get("subdomains", ""),
        max_zoom=entry["max_zoom"],
        datum=entry["datum"],
        attribution=entry["attribution"],
        note=_note(entry["name_en"], entry["name_zh"]),
        with_key=needs_key,
    )


def backdrop_keys() -> tuple[str, ...]:
    """Names that `backdrop` knows."""
    return tuple(_known())


def _note(name_en: str, name_zh: str) -> Label:
    return Label(
        f"Fetched from {name_en} while this page is open; it learns where you look.",
        f"打开本页时从{name_zh}读取底图，该服务会得知查看的位置。",
    )


@cache
def _known() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(data_file("backdrops.toml").read_text(encoding="utf-8"))
