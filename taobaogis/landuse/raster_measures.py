"""What the rasters of a study say of a village, and of blocks, parts or any other zones in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from taobaogis.geometry.zonal import coverage
from taobaogis.indicators import Indicator, Words, measured, not_available
from taobaogis.landuse.cover import cover_of
from taobaogis.trust.grades import boundary_doubts, doubt, grade

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taobaogis.geometry.zonal import Coverage
    from taobaogis.village import Village

__all__ = ["no_raster", "raster_indicators", "zonal_columns"]

# By raster: its indicators, and how they are measured.
_MEASURES = {
    "population": (
        ("population_count", "population_per_ha"),
        "people of each cell by the share of it inside; cells without data as dense as the rest",
    ),
    "built": (
        ("built_raster_share",),
        "built-up surface of each cell by the share of it inside",
    ),
    "height": (
        ("height_raster_m",),
        "mean height by area over the cells with buildings",
    ),
    "elevation": (
        ("ground_relief_m",),
        "height of the ground, 95th less 5th percentile over the cells inside",
    ),
}
_SPAN = (0.05, 0.95)


def zonal_columns(zones: gpd.GeoDataFrame, village: Village) -> pd.DataFrame:
    """Numbers of the village's rasters in zones of any size.

    Parameters
    ----------
    zones
        Polygons in the CRS of the village.
    village
        With its rasters.

    Returns
    -------
    columns
        On the index of `zones`, for each raster at hand: ``population``, people, each cell shared
        out by area; ``built_raster_share``; ``height_raster_m`` over cells with buildings and
        ``elevation_m``, means by area; ``cover_<kind>_share`` of the known ground. NaN where the
        raster knows nothing.
    """
    columns: dict[str, pd.Series] = {}
    for key, grid in village.rasters.items():
        if key == "landcover":
            shares = cover_of(grid).shares(zones)
            columns |= {f"cover_{kind}_share": shares[kind] for kind in shares}
            continue
        under = coverage(zones, grid)
        if key == "population":
            columns["population"] = under.sums()
        elif key == "built":
            columns["built_raster_share"] = _built(under, zones.area.to_numpy())
        elif key == "height":
            columns["height_raster_m"] = _height(under)
        else:
            columns["elevation_m"] = under.means()
    return pd.DataFrame(columns, index=zones.index)


def raster_indicators(village: Village) -> list[Indicator]:
    """What each raster says of the village.

    Parameters
    ----------
    village
        With its rasters.

    Returns
    -------
    indicators
        Of the group ``landuse``: ``population_count``, ``population_per_ha``,
        ``built_raster_share``, ``height_raster_m``, ``ground_relief_m``; NA without the raster,
        and where it knows too little of the village.
    """
    zone = gpd.GeoDataFrame(geometry=[village.boundary], crs=village.layers.crs)
    found: list[Indicator] = []
    for key, (names, method) in _MEASURES.items():
        if key not in village.rasters:
            why = village.outside or no_raster(key)
            found += [not_available(n, why, method=method) for n in names]
            continue
        under = coverage(zone, village.rasters[key])
        known, cells = float(under.known_share().iloc[0]), float(under.cells().iloc[0])
        source = village.layers.source(key)
        why = doubt("raster_gaps", known)
        if why:
            found += [not_available(n, why, method=method, source=source) for n in names]
            continue
        level, reason = grade([*boundary_doubts(village), doubt("few_cells", cells)])
        found += [
            measured(name, value, n=round(cells), method=method, source=source,
                     grade=level, reason=reason)
            for name, value in zip(names, _values(key, under, village, known), strict=True)
        ]  # fmt: skip
    return found


def no_raster(key: str) -> Words:
    """Why nothing can be said that takes a raster of the study.

    Parameters
    ----------
    key
        Name of its entry in ``[raster]``.
    """
    return Words(
        f"the study has no raster for this that reaches here ([raster] {key})",
        f"研究无覆盖此处的相应栅格（[raster] {key}）",
    )


def _values(key: str, under: Coverage, village: Village, known: float) -> tuple[float, ...]:
    if key == "population":
        people = float(under.sums().iloc[0]) / known
        return people, people / village.area_ha
    if key == "built":
        return (float(_built(under, np.array([village.boundary.area])).iloc[0]),)
    if key == "height":
        return (float(_height(under).iloc[0]),)
    return (_span(under),)


def _built(under: Coverage, area_m2: NDArray[np.floating[Any]]) -> pd.Series:
    """Built-up share: cells hold shares, or square metres if any is above 1."""
    valid = under.grid.valid
    if not valid.any() or under.grid.numbers()[valid].max() <= 1:
        return under.means()
    with np.errstate(invalid="ignore", divide="ignore"):
        return (under.sums() / under.known_share() / area_m2).clip(upper=1.0)


def _height(under: Coverage) -> pd.Series:
    """Mean over the cells with buildings; a cell of height 0 has none."""
    data = under.grid.numbers().ravel()
    built = data > 0
    total = under.shares @ np.where(built, data, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / (under.shares @ built.astype(float))
    return pd.Series(mean, index=under.index)


def _span(under: Coverage) -> float:
    """From the 5th to the 95th percentile of the values in the one zone, by area."""
    weight = under.shares.toarray()[0] * under.grid.valid.ravel()
    data = under.grid.numbers().ravel()[weight > 0]
    weight = weight[weight > 0]
    order = np.argsort(data)
    reached = np.cumsum(weight[order]) / weight.sum()
    low, high = (data[order][np.searchsorted(reached, q - 1e-9)] for q in _SPAN)
    return float(high - low)
