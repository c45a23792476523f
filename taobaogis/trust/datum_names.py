"""How far the places of a layer lie from places of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FEWEST_NAMES", "NameShift", "common_places", "shift_by_name"]

_Datum = TypeVar("_Datum", bound=str)

FEWEST_NAMES = 5
# A name stands for one place if all that bear it lie within this of each other.
_ONE_PLACE_M = 500.0
# The same place does not lie farther off than the largest shift and some carelessness.
_FARTHEST_M = 2000.0
# Names agree if most of them tell the same shift, to within this.
_AGREEING_M = 150.0
_AGREEING_SHARE = 0.6


class NameShift(NamedTuple):
    """What names tell of a layer converted from one datum.

    Attributes
    ----------
    east_m, north_m
        Median shift by which the layer has to be moved to meet the reference.
    share
        Share of the names that tell this shift.
    """

    east_m: float
    north_m: float
    share: float

    @property
    def distance_m(self) -> float:
        """Length of the shift."""
        return float(np.hypot(self.east_m, self.north_m))

    @property
    def agreed(self) -> bool:
        """Whether the names agree on it."""
        return self.share >= _AGREEING_SHARE


def common_places(
    layer: tuple[np.ndarray, np.ndarray], reference: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Places that bear a name which one place of either layer bears.

    Parameters
    ----------
    layer, reference
        Names, and coordinates in metres with two columns. Missing and empty names do not count,
        nor do blanks and a final 站 ("station") in them.

    Returns
    -------
    of_layer, of_reference
        Coordinates of the same length, row by row of the same name; none farther from each
        other than 2 km.
    """
    both = _single_places(*layer).join(
        _single_places(*reference).add_suffix("_reference"), how="inner"
    )
    here, there = both.to_numpy()[:, :2], both.to_numpy()[:, 2:]
    near = np.hypot(*(there - here).T) <= _FARTHEST_M
    return here[near], there[near]


def shift_by_name(
    converted: Mapping[_Datum, np.ndarray], reference: np.ndarray
) -> dict[_Datum, NameShift]:
    """What the names tell for each datum that the layer may stand on.

    Parameters
    ----------
    converted
        Places of the layer as they lie if it stands on the datum, metres.
    reference
        Places of the same names; at least one.

    Returns
    -------
    shifts
        By datum.
    """
    found: dict[_Datum, NameShift] = {}
    for datum, places in converted.items():
        apart = reference - places
        east, north = np.median(apart, axis=0)
        agreeing = np.hypot(apart[:, 0] - east, apart[:, 1] - north) <= _AGREEING_M
        found[datum] = NameShift(float(east), float(north), float(agreeing.mean()))
    return found


def _single_places(names: np.ndarray, xy: np.ndarray) -> pd.DataFrame:
    """Middle of each name's places, for names that mean one place."""
    text = pd.Series(names, dtype="object").where(pd.notna(names), "").astype(str)
    text = text.str.replace(r"\s", "", regex=True).str.removesuffix("站")
    frame = pd.DataFrame({"name": text.to_numpy(), "x": xy[:, 0], "y": xy[:, 1]})
    groups = frame[frame["name"] != ""].groupby("name")
    sides = (groups.max() - groups.min()).to_numpy(dtype=float).reshape(-1, 2)
    single: pd.DataFrame = groups.mean()[np.hypot(*sides.T) <= _ONE_PLACE_M]
    return single
