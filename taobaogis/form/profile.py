"""What stands on either side of a street, metre by metre.

At each station a ray goes out square to the street on both sides, and each side is judged by
itself. Four things make the answer hold in lanes narrower than the errors of a map:

* **Stations follow the façades.** The stretch around a station is cut where the façade that
  was hit ends, and each piece is measured again, so that a gap of one metre between two
  houses has its length even if the stations stand two metres apart.
* **A line that runs inside the houses is moved out.** Footprints and centrelines come from
  different images. A station inside a footprint is measured from the nearest free space
  square to the street, if that is within `shift_m`; otherwise the street is covered there.
* **An opening is not a wide street.** A ray that escapes down a side street or into the gap
  between two houses may hit something far behind. Such a notch, deeper than it is wide seen
  from the façades before and after it, counts as open. A forecourt, wider than deep, is width.
* **Nothing is filled in.** A side without façade within `sight_line_m` is open, and there is
  no width where a side is open.

The direction of a street is that of a chord of six metres, so that a bend drawn with few
vertices is measured across the lane and not askew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_same_crs
from taobaogis.errors import InputError, SchemaError
from taobaogis.geometry.arrays import geometries
from taobaogis.geometry.stations import Cells, Stations, cut_into_cells
from taobaogis.geometry.walls import Walls

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["street_profile"]

_HALF_CHORD_M = 3.0
# Pieces shorter than this are not worth a ray: they are drawing errors.
_SHORTEST_PIECE_M = 0.01
# A gap narrower than this is no lane that a misplaced line could have been meant to follow.
_NARROWEST_LANE_M = 0.5
# Seen from its edges, an opening falls away by more than two metres a metre: at its middle it
# is then deeper than it is wide.
_OPENING_SLOPE = 2.0
_STEP_OUT_M = 1e-3
_LEAVINGS = 8
_REFINEMENTS = 2
# The first and last bit of a street have a ray of their own: many streets start in a crossing.
_END_M = 0.1


def street_profile(
    streets: gpd.GeoDataFrame | gpd.GeoSeries,
    buildings: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    sight_line_m: float = 25.0,
    spacing_m: float = 2.0,
    shift_m: float = 5.0,
) -> pd.DataFrame:
    """Façades left and right of streets, piece by piece.

    Parameters
    ----------
    streets
        LineStrings or MultiLineStrings in a metric CRS; missing and empty ones have no pieces.
    buildings
        Valid footprints in the CRS of `streets`.
    sight_line_m
        A façade farther away than this is not seen, in metres.
    spacing_m
        Longest piece, in metres.
    shift_m
        How far into a building a misplaced street may run, in metres.

    Returns
    -------
    profile
        One row a piece, along each street: ``street`` (label in the index of `streets`),
        ``length_m``, ``x`` and ``y`` (where it was measured), ``left_m`` and ``right_m``
        (from the line to the façade; infinite if the side is open, negative on the side that
        a misplaced line runs inside of; NaN if covered), ``width_m`` (their sum; NaN unless
        both sides are built), ``covered`` (true inside a building).

    Raises
    ------
    CRSError
        If the layers are not in one CRS in metres.
    SchemaError
        If `streets` holds anything but lines.
    InputError
        If a distance is not above 0 (`shift_m`: below 0).
    """
    require_same_crs(streets=streets, buildings=buildings)
    _require_distances(sight_line_m, spacing_m, shift_m)
    geometry = geometries(streets)
    _require_lines(geometry)
    lines, street = shapely.get_parts(geometry, return_index=True)
    stations = Stations.of(lines)
    walls = Walls.of(geometries(buildings))
    cells = cut_into_cells(stations.length_m, spacing_m=spacing_m, end_m=_END_M)
    pieces = _measure(stations, walls, cells, sight_line_m=sight_line_m, shift_m=shift_m)
    for _ in range(_REFINEMENTS if len(pieces) else 0):
        pieces = _refine(stations, walls, pieces, sight_line_m=sight_line_m, shift_m=shift_m)
    both = ["left_m", "right_m"]
    for side in both:
        pieces.loc[_openings(pieces, pieces[side].to_numpy()), side] = np.inf
    width = pieces[both].sum(axis=1, skipna=False).replace(np.inf, np.nan)
    return pd.DataFrame(
        {
            "street": streets.index.take(street[pieces["line"].to_numpy()]),
            "length_m": pieces["high_m"] - pieces["low_m"],
            "x": pieces["x"],
            "y": pieces["y"],
            "left_m": pieces["left_m"],
            "right_m": pieces["right_m"],
            "width_m": width,
            "covered": pieces["covered"],
        }
    )


def _require_distances(sight_line_m: float, spacing_m: float, shift_m: float) -> None:
    if not (sight_line_m > 0 and spacing_m > 0 and shift_m >= 0):
        message = (
            f"sight_line_m is {sight_line_m:g}, spacing_m is {spacing_m:g} and shift_m is "
            f"{shift_m:g}; give distances above 0 (shift_m may be 0)."
        )
        raise InputError(message)


def _require_lines(geometry: np.ndarray) -> None:
    kind = shapely.get_type_id(geometry)
    lines = [-1, shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING]
    if not np.isin(kind, lines).all():
        strange = geometry[~np.isin(kind, lines)][0].geom_type
        message = f"`streets` holds a {strange}; width is measured along LineStrings only."
        raise SchemaError(message)


def _measure(
    stations: Stations, walls: Walls, cells: Cells, *, sight_line_m: float, shift_m: float
) -> pd.DataFrame:
    """Façades at the middle of each cell, and the walls that were hit."""
    xy = stations.points(cells.line, cells.at_m)
    along = stations.directions(cells.line, cells.at_m, window_m=_HALF_CHORD_M)
    left = np.column_stack([-along[:, 1], along[:, 0]])
    moved, covered = np.zeros(len(xy)), np.zeros(len(xy), dtype=bool)
    hits = {sign: walls.first_hits(xy, sign * left, sight_line_m) for sign in (1, -1)}
    inside = walls.contains(xy) | hits[1].from_behind | hits[-1].from_behind
    distance = {sign: hits[sign].distance_m.copy() for sign in (1, -1)}
    edge = {sign: hits[sign].edge.copy() for sign in (1, -1)}
    within = np.flatnonzero(inside)
    moved[within], covered[within] = _way_out(walls, xy[within], left[within], shift_m)
    out = within[~covered[within]]
    for sign in (1, -1):
        start = xy[out] + left[out] * moved[out, None]
        again = walls.first_hits(start, sign * left[out], sight_line_m)
        distance[sign][out] = again.distance_m + sign * moved[out]
        edge[sign][out] = again.edge
        distance[sign][covered] = np.nan
        edge[sign][covered] = -1
    return pd.DataFrame(
        {
            "line": cells.line,
            "low_m": cells.low_m,
            "high_m": cells.high_m,
            "at_m": cells.at_m,
            "x": xy[:, 0],
            "y": xy[:, 1],
            "along_x": along[:, 0],
            "along_y": along[:, 1],
            "left_m": distance[1],
            "right_m": distance[-1],
            "left_edge": edge[1],
            "right_edge": edge[-1],
            "covered": covered,
        }
    )


def _way_out(
    walls: Walls, xy: np.ndarray, left: np.ndarray, shift_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Offset to the left that takes each point out of the buildings, and where there is none."""
    best = np.full(len(xy), np.inf)
    for sign in (1, -1):
        gone = np.zeros(len(xy))
        trying = np.arange(len(xy))
        for _ in range(_LEAVINGS):
            if len(trying) == 0:
                break
            start = xy[trying] + left[trying] * (sign * gone[trying, None])
            exits = walls.first_hits(start, sign * left[trying], shift_m)
            # Out of one building may be into the next, or into a sliver between two.
            gone[trying] += exits.distance_m + _STEP_OUT_M
            trying = trying[gone[trying] <= shift_m + _STEP_OUT_M]
            there = xy[trying] + left[trying] * (sign * gone[trying, None])
            ahead = walls.first_hits(there, sign * left[trying], _NARROWEST_LANE_M)
            free = (ahead.edge < 0) & ~walls.contains(there)
            done = trying[free]
            nearer = gone[done] < np.abs(best[done])
            best[done[nearer]] = sign * gone[done[nearer]]
            trying = trying[~free]
    lost = ~np.isfinite(best)
    return np.where(lost, 0.0, best), lost


def _refine(
    stations: Stations, walls: Walls, pieces: pd.DataFrame, *, sight_line_m: float, shift_m: float
) -> pd.DataFrame:
    """Cut pieces where façades that were hit end, and measure the parts that are new."""
    line = pieces["line"].to_numpy()
    base = stations.base_m[line]
    low, high, at = (base + pieces[name].to_numpy() for name in ("low_m", "high_m", "at_m"))
    ends = np.column_stack([_facade_ends(walls, pieces, side) for side in ("left", "right")])
    mark = (ends + base[:, None])[np.isfinite(ends)]
    piece = np.searchsorted(low, mark, side="right") - 1
    inner = (mark > low[piece] + _SHORTEST_PIECE_M) & (mark < high[piece] - _SHORTEST_PIECE_M)
    inner &= line[piece] == np.repeat(line, ends.shape[1]).reshape(ends.shape)[np.isfinite(ends)]
    begin = np.r_[low, mark[inner]]
    source = np.r_[np.arange(len(low)), piece[inner]]
    order = np.argsort(begin, kind="stable")
    begin, source = begin[order], source[order]
    # Marks closer together than the shortest piece are one; the start of a piece always stays.
    far = np.r_[True, (np.diff(begin) > _SHORTEST_PIECE_M) | (np.diff(source) > 0)]
    begin, source = begin[far], source[far]
    end = np.minimum(np.r_[begin[1:], np.inf], high[source])
    own = (begin <= at[source]) & (at[source] < end)
    kept = pieces.copy()
    kept["low_m"], kept["high_m"] = begin[own] - base, end[own] - base
    new = source[~own]
    low_new, high_new = begin[~own] - base[new], end[~own] - base[new]
    cells = Cells(line[new], low_new, high_new, (low_new + high_new) / 2)
    fresh = _measure(stations, walls, cells, sight_line_m=sight_line_m, shift_m=shift_m)
    whole = pd.concat([kept, fresh], ignore_index=True)
    return whole.sort_values(["line", "low_m"], kind="stable", ignore_index=True)


def _facade_ends(walls: Walls, pieces: pd.DataFrame, side: str) -> np.ndarray:
    """Where along the line the walls hit on a side start and end, shape (n, 2); NaN if none."""
    edge = pieces[f"{side}_edge"].to_numpy()
    result = np.full((len(pieces), 2), np.nan)
    hit = np.flatnonzero(edge >= 0)
    xy = pieces[["x", "y"]].to_numpy()[hit]
    along = pieces[["along_x", "along_y"]].to_numpy()[hit]
    at = pieces["at_m"].to_numpy()[hit]
    for column, corner in enumerate((walls.start, walls.end)):
        result[hit, column] = at + ((corner[edge[hit]] - xy) * along).sum(axis=1)
    return result


def _openings(pieces: pd.DataFrame, offset: np.ndarray) -> np.ndarray:
    """Pieces on one side whose façade lies at the back of a notch deeper than it is wide."""
    line = pieces["line"].to_numpy()
    low, high = pieces["low_m"].to_numpy(), pieces["high_m"].to_numpy()
    middle = (low + high) / 2
    facade = np.where(np.isfinite(offset), offset, np.inf)
    before = _nearest_slope(facade - _OPENING_SLOPE * high, line) + _OPENING_SLOPE * middle
    after = _nearest_slope((facade + _OPENING_SLOPE * low)[::-1], line[::-1])[::-1]
    after = after - _OPENING_SLOPE * middle
    # At the end of a street there is nothing to compare with; the other side decides.
    one_sided = np.where(np.isnan(before), after, before)
    bound = np.where(np.isnan(before) | np.isnan(after), one_sided, np.maximum(before, after))
    opening: np.ndarray = np.isfinite(offset) & (offset > bound)
    return opening


def _nearest_slope(key: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Least key among the pieces before each one on its line; NaN for the first of a line."""
    grouped = pd.Series(key).groupby(line, sort=False)
    lowest = grouped.cummin()
    return lowest.groupby(line, sort=False).shift(1).to_numpy()
