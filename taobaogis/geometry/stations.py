"""Positions and directions along many lines at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

__all__ = ["Cells", "Stations", "cut_into_cells"]

# Keeps the lines apart on the common axis, so that interpolation never crosses from one
# line into the next.
_APART_M = 1.0


@dataclass(frozen=True)
class Stations:
    """Lines laid end to end on one axis.

    Attributes
    ----------
    length_m
        Length of each line; zero for missing and empty ones.
    base_m
        Where each line starts on the axis.
    axis_m, xy
        Place on the axis and coordinates of each vertex.
    """

    length_m: np.ndarray
    base_m: np.ndarray
    axis_m: np.ndarray
    xy: np.ndarray

    @classmethod
    def of(cls, lines: np.ndarray) -> Stations:
        """Lay lines out.

        Parameters
        ----------
        lines
            LineStrings, ``object`` array, metric coordinates.

        Returns
        -------
        stations
            In the order of the lines.
        """
        xy, line = shapely.get_coordinates(lines, return_index=True)
        step = np.zeros(len(xy))
        if len(xy) > 1:
            same = line[1:] == line[:-1]
            step[1:] = np.where(same, np.hypot(*(xy[1:] - xy[:-1]).T), _APART_M)
        axis = np.cumsum(step)
        length = np.zeros(len(lines))
        base = np.zeros(len(lines))
        present, first = np.unique(line, return_index=True)
        last = np.r_[first[1:], len(line)] - 1
        if len(present):
            base[present] = axis[first]
            length[present] = axis[last] - axis[first]
        return cls(length, base, axis, xy)

    def points(self, line: np.ndarray, at_m: np.ndarray) -> np.ndarray:
        """Coordinates at a distance from the start of a line, no farther than its ends.

        Parameters
        ----------
        line
            Position of the line, length n.
        at_m
            Distance along it, length n.

        Returns
        -------
        xy
            Shape (n, 2).
        """
        if len(line) == 0:
            return np.zeros((0, 2))
        axis = self.base_m[line] + np.clip(at_m, 0.0, self.length_m[line])
        coordinates = [np.interp(axis, self.axis_m, self.xy[:, k]) for k in range(2)]
        xy: np.ndarray = np.column_stack(coordinates)
        return xy

    def directions(self, line: np.ndarray, at_m: np.ndarray, *, window_m: float) -> np.ndarray:
        """Direction of travel, from the chord between two points either side.

        Parameters
        ----------
        line, at_m
            As in `points`.
        window_m
            How far either side the chord reaches; it ends where the line does.

        Returns
        -------
        direction
            Unit vectors, shape (n, 2). Where the chord closes on itself, that of a shorter one.
        """
        direction = np.zeros((len(line), 2))
        left = np.arange(len(line))
        for window in (window_m, window_m / 8, window_m / 512):
            chord = self.points(line[left], at_m[left] + window)
            chord -= self.points(line[left], at_m[left] - window)
            length = np.hypot(*chord.T)
            good = length > window / 2
            direction[left[good]] = chord[good] / length[good, None]
            left = left[~good]
        direction[left] = (1.0, 0.0)
        return direction


@dataclass(frozen=True)
class Cells:
    """Stretches of lines, each measured at one place in it.

    Attributes
    ----------
    line
        Position of the line.
    low_m, high_m
        Where the stretch starts and ends, from the start of the line.
    at_m
        Where it is measured.
    """

    line: np.ndarray
    low_m: np.ndarray
    high_m: np.ndarray
    at_m: np.ndarray

    @property
    def length_m(self) -> np.ndarray:
        """Length of each stretch."""
        length: np.ndarray = self.high_m - self.low_m
        return length


def cut_into_cells(length_m: np.ndarray, *, spacing_m: float, end_m: float) -> Cells:
    """Equal cells along each line, measured in the middle, and a short one at either end.

    Parameters
    ----------
    length_m
        Length of each line.
    spacing_m
        Longest cell.
    end_m
        Length of the first and last cell; lines shorter than three times that have none.

    Returns
    -------
    cells
        In the order of the lines and along each; a line of no length has none.
    """
    end = np.where(length_m > 3 * end_m, end_m, 0.0)
    inner = length_m - 2 * end
    count = np.ceil(inner / spacing_m - 1e-9).astype(np.int64)
    ended = (end > 0).astype(np.int64)
    every = count + 2 * ended
    line = np.repeat(np.arange(len(length_m)), every)
    number = np.arange(len(line)) - np.repeat(np.cumsum(every) - every + ended, every)
    size = (inner / np.maximum(count, 1))[line]
    low = end[line] + number * size
    high = end[line] + (number + 1) * size
    first, last = number < 0, number >= count[line]
    low[first], high[first] = 0.0, end[line[first]]
    low[last], high[last] = length_m[line[last]] - end[line[last]], length_m[line[last]]
    return Cells(line, low, high, (low + high) / 2)
