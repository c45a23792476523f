"""Directions of the streets of every village, as roses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfStudy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from matplotlib.projections.polar import PolarAxes
    from numpy.typing import NDArray

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.sheet import Words

__all__ = ["OF_STUDY", "draw_street_rose", "length_by_direction"]

_COLUMNS, _TOP_IN, _FOOT_IN = 4, 1.0, 0.62
_CELL_IN, _ROSE_IN, _NAME_IN = 2.75, 2.05, 0.34
_BINS = 36
_COLOUR = "#3d8b84"


def length_by_direction(spec: MapSpec, bins: int = _BINS) -> NDArray[np.float64]:
    """Share of the length of streets within the boundary by direction.

    Parameters
    ----------
    spec
        Map of a village.
    bins
        Even number of sectors of the full circle, the first around north, clockwise.

    Returns
    -------
    shares
        One a sector, equal for opposite ones, since a street has no forward; they sum to 1, or
        are all 0 without streets.
    """
    lines = shapely.intersection(spec.layer("streets").features.geometry.to_numpy(), spec.boundary)
    parts = shapely.get_parts(lines)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    steps = np.diff(xy, axis=0)[np.diff(part) == 0]
    length = np.hypot(*steps.T)
    sector = 2 * np.pi / bins
    # An edge of sectors lies between north and its neighbour, not on it.
    place = np.rint(np.arctan2(steps[:, 0], steps[:, 1]) / sector).astype(int) % bins
    half = np.bincount(place, weights=length, minlength=bins)[:bins]
    both = half + np.roll(half, bins // 2)
    total = both.sum()
    return both / total if total else np.zeros(bins)


def draw_street_rose(specs: Sequence[MapSpec], family: str | None) -> Figure:
    """One rose a village: how much of the street length runs which way from grid north.

    Parameters
    ----------
    specs
        Maps of the villages.
    family
        From `taobaogis.maps.static.font_family`.
    """
    columns = min(len(specs), _COLUMNS)
    rows = math.ceil(len(specs) / columns)
    width_in = max(_CELL_IN * columns + 0.9, 7.8)
    height_in = _TOP_IN + rows * (_CELL_IN + _NAME_IN) - _NAME_IN + _FOOT_IN
    shares = [length_by_direction(spec) for spec in specs]
    longest = max((share.max() for share in shares), default=0.0) or 1.0
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(width_in, height_in)
        title = Label("Directions of the streets", "街巷走向")
        what = Label("Share of the street length, per 10°", "每10°的街巷长度占比")
        sheet.titles(figure, words(title), words(what, between=" · "))
        left_in = (width_in - _CELL_IN * columns) / 2
        for i, (spec, share) in enumerate(zip(specs, shares, strict=True)):
            row, column = divmod(i, columns)
            middle_in = left_in + (column + 0.5) * _CELL_IN
            bottom_in = height_in - _TOP_IN - row * (_CELL_IN + _NAME_IN) - _CELL_IN + 0.05
            box = (
                (middle_in - _ROSE_IN / 2) / width_in, bottom_in / height_in,
                _ROSE_IN / width_in, _ROSE_IN / height_in,
            )  # fmt: skip
            axes: PolarAxes = figure.add_axes(box, projection="polar")  # type: ignore[assignment]
            _draw(axes, share, longest, words)
            name = figure.text(
                middle_in / width_in, (bottom_in + _ROSE_IN + 0.3) / height_in,
                words(spec.title), fontsize=11.5, fontweight="bold", ha="center",
                va="baseline",
            )  # fmt: skip
            sheet.fit(name, _CELL_IN - 0.2)
            if not share.any():
                axes.text(0, 0, words(spec.layer("streets").if_empty, between="\n"), ha="center",
                          va="center", fontsize=9, color=sheet.SOFT)  # fmt: skip
        sheet.finish(figure, specs[0], words, of_one_village=False)
    return figure


def _draw(axes: PolarAxes, share: NDArray[np.float64], longest: float, words: Words) -> None:
    sector = 2 * np.pi / len(share)
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.bar(
        np.arange(len(share)) * sector, share, width=sector * 0.92, color=_COLOUR, linewidth=0,
        zorder=3,
    )  # fmt: skip
    axes.set_ylim(0, longest * 1.04)
    rings = _rings(longest)
    axes.set_rgrids(rings, [f"{ring:.0%}" for ring in rings], angle=22.5, fontsize=7.5)
    points = (Label("N", "北"), Label("E", "东"), Label("S", "南"), Label("W", "西"))
    axes.set_thetagrids([0, 90, 180, 270], [words(p, between=" ") for p in points], fontsize=8.5)
    axes.grid(color="#e3dfd7", linewidth=0.8)
    axes.spines["polar"].set_color("#d9d5cd")
    axes.tick_params(pad=1)


def _rings(longest: float) -> list[float]:
    """Two or three round shares up to the longest."""
    step = next(s for s in (0.02, 0.05, 0.1, 0.2, 0.5) if longest / s <= 3.5 or s == 0.5)  # noqa: PLR2004 - not more than three
    return [step * i for i in range(1, int(longest / step + 1e-9) + 1)] or [longest]


def _lacks(specs: Sequence[MapSpec]) -> Label | None:
    if any(length_by_direction(spec).any() for spec in specs):
        return None
    return specs[0].layer("streets").if_empty


OF_STUDY = {"street-rose": OfStudy(draw_street_rose, _lacks)}
