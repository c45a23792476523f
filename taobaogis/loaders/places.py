"""Where a place is, by its name: asked of a Nominatim server, kept like every answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from taobaogis.errors import InputError, PlaceNotFoundError, SourceDataError
from taobaogis.loaders.cache import load_answer, store_answer
from taobaogis.loaders.http import fetch
from taobaogis.loaders.patience import Clock
from taobaogis.loaders.quotes import plain, readable, without_secrets
from taobaogis.provenance import OSM_ATTRIBUTION, OSM_LICENCE, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from taobaogis.settings import Settings

__all__ = ["Place", "find_place"]

_OTHERWISE = (
    "Without this server, write the place's lon and lat, or a file with its boundary, into the "
    "study file, or try the built-in study `sample`; streets and buildings can come from an OSM "
    "extract (.osm.pbf) or from an export of https://overpass-turbo.eu, each as `--source FILE`."
)
_MOST_ANSWERS = 5
# The usage policy of the public server: at most one question a second.
_PAUSE_S = 1.0
# A polygon of these may stand in for a point of the same name; a house of that name may not.
_AREA_CLASSES = frozenset({"boundary", "place", "landuse"})
_SAME_PLACE_DEG = 0.05
_MOST_LON, _MOST_LAT = 180, 90


@dataclass(frozen=True)
class Place:
    """A place that has a name.

    Attributes
    ----------
    name
        As it was asked for.
    display_name
        As the server names it, with what it lies in.
    lon, lat
        WGS 84 degrees.
    boundary
        Polygon or MultiPolygon in EPSG:4326; None if only a point is known.
    osm_id
        ``n``, ``w`` or ``r`` and the number in OpenStreetMap.
    provenance
        Server, question, digest.
    """

    name: str
    display_name: str
    lon: float
    lat: float
    boundary: BaseGeometry | None
    osm_id: str
    provenance: Provenance


def find_place(
    name: str,
    settings: Settings,
    progress: Callable[[str], None] | None = None,
    *,
    clock: Clock | None = None,
) -> Place:
    """Place of a name, from the cache or else from the Nominatim server.

    The server's first answer is taken. If that is a point, and one of its next answers is the
    polygon of a settlement, an administrative unit or a land use within about five kilometres
    of it, the polygon is taken.

    Parameters
    ----------
    name
        In any script; the more of the address, the surer.
    settings
        Server, bounds of patience, cache.
    progress
        Is told in a sentence of every question and every wait.
    clock
        Time; the machine's if not given.

    Returns
    -------
    place
        Point, and polygon where there is one, in EPSG:4326.

    Raises
    ------
    InputError
        If the name is empty.
    PlaceNotFoundError
        If the server knows no such place.
    SourceUnavailableError, SourceDataError
        As in `taobaogis.loaders.http.fetch`; nothing is cached then.
    """
    wanted = " ".join(name.split())
    if not wanted:
        message = "The name of a place is empty; write one such as 'Lirendong, Guangzhou'."
        raise InputError(message)
    params = {"q": wanted, "format": "json", "polygon_geojson": "1", "limit": str(_MOST_ANSWERS)}
    query = json.dumps(params, ensure_ascii=False, sort_keys=True)
    body, provenance = load_answer(f"nominatim\n{query}", settings) or _ask(
        query, params, settings, progress, clock or Clock()
    )
    return _best(_places(body), wanted, provenance)


def _ask(
    query: str,
    params: Mapping[str, str],
    settings: Settings,
    progress: Callable[[str], None] | None,
    clock: Clock,
) -> tuple[bytes, Provenance]:
    answer = fetch(
        settings,
        [settings.nominatim_url],
        params=params,
        check=_places,
        progress=progress,
        clock=clock,
        otherwise=_OTHERWISE,
    )
    clock.sleep(_PAUSE_S)
    if not _places(answer.body):
        # Not kept: what is not mapped today may be tomorrow.
        message = (
            f"No place named '{params['q']}' is known to {without_secrets(answer.url)}; add the "
            "town or district, write it in the local script, or give lon and lat instead."
        )
        raise PlaceNotFoundError(message)
    origin = Provenance(
        source=without_secrets(answer.url),
        query=query,
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        note=f"fetched {clock.utc():%Y-%m-%dT%H:%M:%SZ}",
    )
    return answer.body, store_answer(f"nominatim\n{query}", answer.body, origin, settings)


@dataclass(frozen=True)
class _Found:
    display_name: str
    lon: float
    lat: float
    osm_id: str
    kind: str
    boundary: BaseGeometry | None


def _places(body: bytes) -> list[_Found]:
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError) as error:
        message = f"sent something else than JSON ('{readable(body)}')."
        raise SourceDataError(message) from error
    if not isinstance(entries, list):
        message = f"sent no list of places ('{readable(body)}')."
        raise SourceDataError(message)
    try:
        return [_found(entry) for entry in entries]
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError,
            ShapelyError) as error:  # fmt: skip
        message = f"sent a place without usable coordinates or number ({plain(repr(error))})."
        raise SourceDataError(message) from error


def _found(entry: Mapping[str, Any]) -> _Found:
    lon, lat = float(entry["lon"]), float(entry["lat"])
    if not (abs(lon) <= _MOST_LON and abs(lat) <= _MOST_LAT):
        message = f"longitude {lon:g}, latitude {lat:g}"
        raise ValueError(message)
    osm_type, osm_id = entry.get("osm_type"), entry.get("osm_id")
    return _Found(
        display_name=plain(str(entry["display_name"])),
        lon=lon,
        lat=lat,
        osm_id=f"{str(osm_type)[0]}{int(osm_id)}" if osm_type and osm_id else "",
        kind=str(entry.get("class") or entry.get("category") or ""),
        boundary=_boundary(entry.get("geojson")),
    )


def _boundary(geojson: Mapping[str, Any] | None) -> BaseGeometry | None:
    if not geojson or geojson["type"] not in {"Polygon", "MultiPolygon"}:
        return None
    with np.errstate(invalid="ignore"):  # NaN is looked for next
        polygon = shape(dict(geojson))
    corners = np.abs(shapely.get_coordinates(polygon))
    if not (corners <= (_MOST_LON, _MOST_LAT)).all():
        message = "an outline off the globe"
        raise ValueError(message)
    mended = polygon if polygon.is_valid else shapely.make_valid(polygon, method="structure")
    is_area = mended.geom_type in {"Polygon", "MultiPolygon"} and not mended.is_empty
    return mended if is_area else None


def _best(found: Sequence[_Found], name: str, provenance: Provenance) -> Place:
    first = found[0]
    centre = shapely.Point(first.lon, first.lat)
    stand_ins = (
        other
        for other in found
        if other.boundary is not None
        and (other is first or other.kind in _AREA_CLASSES)
        and other.boundary.distance(centre) <= _SAME_PLACE_DEG
    )
    best = next(stand_ins, first)
    return Place(
        name=name,
        display_name=best.display_name,
        lon=best.lon,
        lat=best.lat,
        boundary=best.boundary,
        osm_id=best.osm_id,
        provenance=provenance,
    )
