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

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from taobaogis.crs import require_same_crs
from taobaogis.errors import InputError, SchemaError
from taobaogis.geometry.arrays import geometries, single_parts
from taobaogis.geometry.box_grid import BoxGrid
from taobaogis.geometry.stations import Cells, Stations, cut_into_cells
from taobaogis.geometry.walls import Hits, Walls
from taobaogis.geometry.way_out import way_out

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["street_profile"]

_HALF_CHORD_M = 3.0
# Pieces shorter than this are not worth a ray: they are drawing errors.
_SHORTEST_PIECE_M = 0.01
# Seen from its edges, an opening falls away by more than two metres a metre: at its middle it
# is then deeper than it is wide.
_OPENING_SLOPE = 2.0
_SIDES = np.array([1, -1])
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
        ``length_m``, ``x`` and ``y`` (where it was measured), ``along_x`` and ``along_y`` (unit
        vector of the direction of the street), ``left_m`` and ``right_m`` (from the line to
        the façade; infinite if the side is open, negative on the side that a misplaced line
        runs inside of; NaN if covered), ``width_m`` (their sum; NaN unless both sides are
        built), ``covered`` (true inside a building).

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
    lines, street = single_parts(geometry)
    stations = Stations.of(lines)
    walls = Walls.of(geometries(buildings))
    scene = _Scene(stations, walls, _in_sight(walls, sight_line_m), sight_line_m, shift_m)
    cells = cut_into_cells(stations.length_m, spacing_m=spacing_m, end_m=_END_M)
    pieces = scene.looked_along(scene.blank(cells))
    left, right = pieces.offset.T
    width = np.where(np.isfinite(left) & np.isfinite(right), left + right, np.nan)
    return pd.DataFrame(
        {
            "street": streets.index.take(street[pieces.line]),
            "length_m": pieces.high - pieces.low,
            "x": pieces.xy[:, 0],
            "y": pieces.xy[:, 1],
            "along_x": pieces.along[:, 0],
            "along_y": pieces.along[:, 1],
            "left_m": left,
            "right_m": right,
            "width_m": width,
            "covered": pieces.covered,
        },
        copy=False,
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


def _in_sight(walls: Walls, sight_line_m: float) -> BoxGrid:
    """Where a building may be in sight; elsewhere there is nothing to look for."""
    around = np.array([-1, -1, 1, 1]) * sight_line_m
    return BoxGrid.of(shapely.bounds(walls.polygons) + around, cell_m=sight_line_m / 2)


@dataclass(frozen=True)
class _Pieces:
    """Stretches of lines and what was seen from a station on each; left first, then right."""

    line: np.ndarray
    low: np.ndarray
    high: np.ndarray
    station: np.ndarray
    xy: np.ndarray
    along: np.ndarray
    offset: np.ndarray  # shape (n, 2)
    edge: np.ndarray  # shape (n, 2)
    covered: np.ndarray

    def only(self, chosen: np.ndarray) -> _Pieces:
        """Some of the pieces."""
        rows = np.flatnonzero(chosen)
        return _Pieces(*(getattr(self, field.name).take(rows, axis=0) for field in fields(self)))

    def replaced(self, chosen: np.ndarray, others: _Pieces) -> _Pieces:
        """Others in the place of some that make up whole lines, in the order of the lines."""
        kept = self.only(~chosen)
        order = np.argsort(np.r_[kept.line, others.line], kind="stable")
        columns = ((getattr(kept, f.name), getattr(others, f.name)) for f in fields(self))
        return _Pieces(*(np.concatenate(both).take(order, axis=0) for both in columns))


@dataclass(frozen=True)
class _Scene:
    """Streets among walls, and how to look at them."""

    stations: Stations
    walls: Walls
    in_sight: BoxGrid
    sight_line_m: float
    shift_m: float

    def blank(self, cells: Cells) -> _Pieces:
        """Pieces along which nothing has been seen yet."""
        n = len(cells.line)
        xy = self.stations.points(cells.line, cells.at_m)
        along = self.stations.directions(cells.line, cells.at_m, window_m=_HALF_CHORD_M)
        offset, edge = np.full((n, 2), np.inf), np.full((n, 2), -1, dtype=np.int64)
        return _Pieces(
            cells.line, cells.low_m, cells.high_m, cells.at_m, xy, along, offset, edge,
            np.zeros(n, dtype=bool),
        )  # fmt: skip

    def looked_along(self, pieces: _Pieces) -> _Pieces:
        """Pieces with what is seen from them, cut where façades end."""
        near = self.in_sight.any_near(pieces.xy)
        passed = np.zeros(len(self.stations.length_m), dtype=bool)
        passed[pieces.line[near]] = True
        # Lines in the open are as they are; only along the others there is something to see.
        chosen = passed[pieces.line]
        if not chosen.any():
            return pieces
        seen = pieces.only(chosen)
        self.look(seen, near[chosen])
        for _ in range(_REFINEMENTS):
            seen = self.refine(seen)
        for offset in seen.offset.T:
            offset[_openings(seen, offset)] = np.inf
        return pieces.replaced(chosen, seen)

    def look(self, pieces: _Pieces, near: np.ndarray) -> None:
        """Put down offset and wall of the façades, and where there is none to be had."""
        xy, along = pieces.xy[near], pieces.along[near]
        left = np.column_stack([-along[:, 1], along[:, 0]])
        hits = self._both_sides(xy, left)
        offset = hits.distance_m.reshape(2, -1).T.copy()
        edge = hits.edge.reshape(2, -1).T.copy()
        inside = self.walls.contains(xy) | hits.from_behind.reshape(2, -1).any(axis=0)
        covered = np.zeros(len(xy), dtype=bool)
        within = np.flatnonzero(inside)
        moved, covered[within] = way_out(self.walls, xy[within], left[within], self.shift_m)
        out, moved = within[~covered[within]], moved[~covered[within]]
        again = self._both_sides(xy[out] + left[out] * moved[:, None], left[out])
        offset[out] = again.distance_m.reshape(2, -1).T + moved[:, None] * _SIDES
        edge[out] = again.edge.reshape(2, -1).T
        offset[covered], edge[covered] = np.nan, -1
        pieces.offset[near], pieces.edge[near], pieces.covered[near] = offset, edge, covered

    def _both_sides(self, xy: np.ndarray, left: np.ndarray) -> Hits:
        """Hits to the left of all, then to the right."""
        return self.walls.first_hits(
            np.concatenate([xy, xy]), np.concatenate([left, -left]), self.sight_line_m
        )

    def refine(self, pieces: _Pieces) -> _Pieces:
        """Cut pieces where façades that were hit end, and measure the parts that are new."""
        base = self.stations.base_m[pieces.line]
        low, high, at = base + pieces.low, base + pieces.high, base + pieces.station
        mark, line = self._facade_ends(pieces)
        piece = np.searchsorted(low, mark, side="right") - 1
        inner = (pieces.line[piece] == line) & (mark > low[piece] + _SHORTEST_PIECE_M)
        inner &= mark < high[piece] - _SHORTEST_PIECE_M
        begin = np.r_[low, mark[inner]]
        source = np.r_[np.arange(len(low)), piece[inner]]
        order = np.argsort(begin, kind="stable")
        begin, source = begin[order], source[order]
        # Marks closer together than the shortest piece are one; the start of a piece stays.
        far = np.r_[True, (np.diff(begin) > _SHORTEST_PIECE_M) | (np.diff(source) > 0)]
        begin, source = begin[far], source[far]
        end = np.minimum(np.r_[begin[1:], np.inf], high[source])
        own = (begin <= at[source]) & (at[source] < end)
        begin, end = begin - base[source], end - base[source]
        new = source[~own]
        low, high = begin[~own], end[~own]
        fresh = self.blank(Cells(pieces.line[new], low, high, (low + high) / 2))
        self.look(fresh, self.in_sight.any_near(fresh.xy))
        return _merged(pieces, fresh, own, begin, end)

    def _facade_ends(self, pieces: _Pieces) -> tuple[np.ndarray, np.ndarray]:
        """Where on the common axis the walls that were hit start and end, and of which line."""
        hit, side = np.nonzero(pieces.edge >= 0)
        edge, line = pieces.edge[hit, side], pieces.line[hit]
        at = self.stations.base_m[line] + pieces.station[hit]
        ends = [
            at + ((corner[edge] - pieces.xy[hit]) * pieces.along[hit]).sum(axis=1)
            for corner in (self.walls.start, self.walls.end)
        ]
        return np.concatenate(ends), np.r_[line, line]


def _merged(
    kept: _Pieces, fresh: _Pieces, own: np.ndarray, low: np.ndarray, high: np.ndarray
) -> _Pieces:
    """Pieces in their order along the lines: those kept where `own` is true, else fresh ones."""
    # Row of each piece in both tables, one below the other.
    row = np.empty(len(own), dtype=np.int64)
    mine, others = np.flatnonzero(own), np.flatnonzero(~own)
    row[mine], row[others] = np.arange(len(mine)), np.arange(len(others)) + len(mine)
    columns = {}
    for name in ("line", "station", "xy", "along", "offset", "edge", "covered"):
        both = np.concatenate([getattr(kept, name), getattr(fresh, name)])
        columns[name] = both.take(row, axis=0)
    return _Pieces(low=low, high=high, **columns)


def _openings(pieces: _Pieces, offset: np.ndarray) -> np.ndarray:
    """Pieces on one side whose façade lies at the back of a notch deeper than it is wide."""
    middle = _OPENING_SLOPE * (pieces.low + pieces.high) / 2
    facade = np.where(np.isfinite(offset), offset, np.inf)
    before = _least_before(facade - _OPENING_SLOPE * pieces.high, pieces.line) + middle
    after = _least_before((facade + _OPENING_SLOPE * pieces.low)[::-1], pieces.line[::-1])[::-1]
    after = after - middle
    # At the end of a street there is nothing to compare with; the other side decides.
    one_sided = np.where(np.isnan(before), after, before)
    bound = np.where(np.isnan(before) | np.isnan(after), one_sided, np.maximum(before, after))
    opening: np.ndarray = np.isfinite(offset) & (offset > bound)
    return opening


def _least_before(key: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Least key among the pieces before each one on its line; NaN for the first of a line."""
    least = pd.Series(key).groupby(line, sort=False).cummin().to_numpy()
    before: np.ndarray = np.r_[np.nan, least[:-1]]
    before[np.r_[True, line[1:] != line[:-1]]] = np.nan
    return before
