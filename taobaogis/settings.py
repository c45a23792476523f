"""How the outside world is reached: frozen values, and the only reader of the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from taobaogis.errors import InputError

__all__ = ["Settings"]

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


@dataclass(frozen=True)
class Settings:
    """Everything that is not part of a study: servers, bounds of patience, and the cache.

    Attributes
    ----------
    cache_dir
        Folder of fetched answers and parsed layers.
    offline
        If true, no socket is opened; only files and the cache are read.
    overpass_urls
        Servers, tried in order.
    nominatim_url
        Server for place names.
    user_agent
        How requests introduce themselves, as the servers' usage policies ask.
    connect_timeout_s
        Patience for finding out whether a server is there at all.
    read_timeout_s
        Patience for a server that is at work on an answer.
    attempts
        Tries for one request, over all servers.
    backoff_s
        Pause before a server is asked a second time; it doubles with each further one.
    total_timeout_s
        Bound on one request with all its tries and pauses.
    workers
        Processes that share the work; 0 for as many as there are cores, or villages.
    basemap_key
        The user's own key for a base map that asks for one; readable in every page made with it.
    """

    cache_dir: Path
    offline: bool = False
    overpass_urls: tuple[str, ...] = (
        "https://overpass-api.de/api/interpreter",
        "https://maps.mail.ru/osm/tools/overpass/api/interpreter",
        "https://overpass.private.coffee/api/interpreter",
    )
    nominatim_url: str = "https://nominatim.openstreetmap.org/search"
    user_agent: str = "taobaogis/0.1 (research toolkit for urban villages)"
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 180.0
    attempts: int = 4
    backoff_s: float = 4.0
    total_timeout_s: float = 600.0
    workers: int = 0
    basemap_key: str = ""

    @classmethod
    def from_environment(cls, *, offline: bool | None = None) -> Settings:
        """Settings from ``TAOBAOGIS_*`` variables, with defaults for the rest.

        ``TAOBAOGIS_CACHE_DIR``, ``TAOBAOGIS_OFFLINE`` (``1`` or ``0``),
        ``TAOBAOGIS_OVERPASS_URLS`` (separated by white space), ``TAOBAOGIS_NOMINATIM_URL``,
        ``TAOBAOGIS_TOTAL_TIMEOUT_S``, ``TAOBAOGIS_WORKERS``, ``TAOBAOGIS_BASEMAP_KEY``.

        Parameters
        ----------
        offline
            Takes the place of ``TAOBAOGIS_OFFLINE`` if given.

        Returns
        -------
        settings
            A frozen value.

        Raises
        ------
        InputError
            If a variable holds something that cannot be meant.
        """
        env = os.environ
        cache = env.get("TAOBAOGIS_CACHE_DIR") or platformdirs.user_cache_dir("taobaogis")
        urls = tuple(env.get("TAOBAOGIS_OVERPASS_URLS", "").split())
        return cls(
            cache_dir=Path(cache),
            offline=_flag(env.get("TAOBAOGIS_OFFLINE", "")) if offline is None else offline,
            overpass_urls=urls or cls.overpass_urls,
            nominatim_url=env.get("TAOBAOGIS_NOMINATIM_URL") or cls.nominatim_url,
            total_timeout_s=_seconds(env.get("TAOBAOGIS_TOTAL_TIMEOUT_S"), cls.total_timeout_s),
            workers=_count(env.get("TAOBAOGIS_WORKERS"), cls.workers),
            basemap_key=env.get("TAOBAOGIS_BASEMAP_KEY", ""),
        )


def _flag(word: str) -> bool:
    lowered = word.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    message = f"TAOBAOGIS_OFFLINE is '{word}'; write 1 or 0."
    raise InputError(message)


def _seconds(word: str | None, default: float) -> float:
    if not word:
        return default
    try:
        seconds = float(word)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        message = f"TAOBAOGIS_TOTAL_TIMEOUT_S is '{word}'; write a number of seconds above 0."
        raise InputError(message)
    return seconds


def _count(word: str | None, default: int) -> int:
    if not word:
        return default
    if not (word.isascii() and word.isdigit() and len(word) < 4):  # noqa: PLR2004 - no machine has so many
        message = f"TAOBAOGIS_WORKERS is '{word}'; write a number of processes, or 0 for all cores."
        raise InputError(message)
    return int(word)
