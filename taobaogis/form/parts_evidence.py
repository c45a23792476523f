"""What each house tells about the part of the village that it stands in.

A traditional core grew house by house: façades turn with the lane, no plot is like the next,
and no van gets in. A planned part was staked out: houses stand on building lines, plots are
alike, and a street for vehicles passes each house. Everything else stands loose. Each of these
is one vote, between -1 and 1, on one house and those around it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, eye_array

from taobaogis.geometry.contacts import Contacts, facade_contacts
from taobaogis.geometry.rectangles import smallest_rectangles
from taobaogis.geometry.weighted import group_quantiles

__all__ = ["CONTACT_M", "Fabric", "house_fabric", "votes"]

# Half the front of a house of 8 m: no façade is without points of its own.
SPACING_M = 2.5
# Two lanes, pavements and the setbacks behind them take 12 m between façades: what is wider is
# a road between neighbourhoods and not a street within one.
CONTACT_M = 12.0
OPEN_M = 30.0
# Two houses that touch at a corner only are no neighbours.
LEAST_BORDER_M = 2.0
# One of the four sides of a house is a quarter of its façade; half of that side decides.
_FRONT_QUANTILE = 0.875

# Clear width that a delivery van needs (data/vehicles.toml): what stands on a narrower way was
# built before there were vehicles, or without a thought for them.
VAN_M = 2.5
# Façades of 12 m that leave their building line by 0.5 m at one end: more than the error of a
# footprint drawn from the air (0.3 m at either end) turns them.
TURN_DEG = 2.4
# Houses on statutory plots of 80 to 120 m2 differ by up to half; the middle of the differences
# between two of them is a fifth.
UNLIKE = 0.2
# Of two façades on one building line, each may be drawn 0.3 m off, and a balcony adds to it.
FLUSH_M = 1.0
FLUSH_SHARE = 0.5
# Detached houses of low fire resistance stand 6 m apart (GB 50016, 5.2.2): only village fabric
# is closer than that on most of its sides.
CLOSE_M = 6.0
CLOSE_SHARE = 0.5
# "Two or three houses built together" are still a house; what is larger is none.
LARGE_TIMES = 4.0


class Fabric:
    """Houses with what they tell, and who their neighbours are.

    Attributes
    ----------
    contacts
        Contacts between the façades.
    one, other, border_m, gap_m
        Pairs of neighbours.
    table
        One row a house: ``front_m``, ``turn_deg``, ``unlike`` (logarithm of the ratio of
        footprints), ``flush_share``, ``close_share``, ``size_ratio`` (to the village's median).
    """

    def __init__(self, contacts: Contacts, pairs: pd.DataFrame, table: pd.DataFrame) -> None:
        self.contacts = contacts
        self.one = pairs["one"].to_numpy()
        self.other = pairs["other"].to_numpy()
        self.border_m = pairs["border_m"].to_numpy()
        self.gap_m = pairs["gap_m"].to_numpy()
        self.table = table


def house_fabric(footprints: np.ndarray, contacts: Contacts | None = None) -> Fabric:
    """Measure each house against its neighbours.

    Parameters
    ----------
    footprints
        Polygons or MultiPolygons in metric coordinates, ``object`` array, none missing.
    contacts
        Between their façades, if at hand.

    Returns
    -------
    fabric
        Numbers are NaN where a house has no neighbour.
    """
    n = len(footprints)
    if contacts is None:
        contacts = facade_contacts(footprints, spacing_m=SPACING_M, widest_m=OPEN_M)
    one, other, border, gap = contacts.neighbours(contacts.gap_m <= CONTACT_M)
    beside = border >= LEAST_BORDER_M
    one, other, border, gap = one[beside], other[beside], border[beside], gap[beside]
    opposite = contacts.opposite_m()
    share = contacts.stands_for_m
    front = group_quantiles(
        np.minimum(opposite, OPEN_M), share, contacts.owner, count=n,
        probabilities=[_FRONT_QUANTILE],
    )  # fmt: skip
    close = np.bincount(contacts.owner, share * (opposite <= CLOSE_M), n)
    around = np.bincount(contacts.owner, share, n)
    area = shapely.area(footprints)
    corners, angle = _rectangles(footprints)
    row, column = _around(one, other, n)
    turn = np.abs((angle[row] - angle[column] + 45.0) % 90.0 - 45.0)
    unlike = np.abs(np.log(area[row] / area[column]))
    middle = [
        group_quantiles(value, np.ones(len(row)), row, count=n, probabilities=[0.5])[:, 0]
        for value in (turn, unlike)
    ]
    flush = _flush(corners, angle, one, other) | _flush(corners, angle, other, one)
    with np.errstate(invalid="ignore"):
        flush_share = _both(one, other, flush, n) / _both(one, other, np.ones(len(one)), n)
    table = pd.DataFrame(
        {
            "front_m": front[:, 0],
            "turn_deg": middle[0],
            "unlike": middle[1],
            "flush_share": flush_share,
            "close_share": close / around,
            "area_m2": area,
            "size_ratio": area / np.median(area) if n else area,
        }
    )
    pairs = pd.DataFrame({"one": one, "other": other, "border_m": border, "gap_m": gap})
    return Fabric(contacts, pairs, table)


def votes(table: pd.DataFrame) -> pd.DataFrame:
    """Votes of each house, 0 where it cannot tell.

    Parameters
    ----------
    table
        Of a `Fabric`.

    Returns
    -------
    votes
        ``front``, ``turn``, ``unlike`` and ``flush``: from -1 (grown) to 1 (planned);
        ``close`` and ``small``: from -1 (loose, large) to 1 (fabric of village houses).
        A doubling or halving against the threshold is three quarters of a vote.

    Examples
    --------
    A house on a street of 5 m, square to its neighbours and of their size:

    >>> house = {"front_m": 5.0, "turn_deg": 0.0, "unlike": 0.0, "flush_share": 1.0}
    >>> table = pd.DataFrame([house | {"close_share": 1.0, "size_ratio": 1.0}])
    >>> votes(table).round(2).iloc[0].to_dict()
    {'front': 0.76, 'turn': 1.0, 'unlike': 1.0, 'flush': 0.96, 'close': 0.96, 'small': 0.96}
    """

    def times(value: pd.Series, threshold: float) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.asarray(
                np.tanh(np.log(value.to_numpy(dtype=float) / threshold) / np.log(2.0))
            )

    def share(value: pd.Series, threshold: float) -> np.ndarray:
        return np.tanh((value.to_numpy(dtype=float) - threshold) * 4.0)

    found = pd.DataFrame(
        {
            "front": times(table["front_m"], VAN_M),
            "turn": -times(table["turn_deg"], TURN_DEG),
            "unlike": -times(table["unlike"], UNLIKE),
            "flush": share(table["flush_share"], FLUSH_SHARE),
            "close": share(table["close_share"], CLOSE_SHARE),
            "small": -times(table["size_ratio"], LARGE_TIMES),
        },
        index=table.index,
    )
    return found.fillna(0.0)


def _rectangles(footprints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the smallest rectangle around each footprint, and its direction in degrees."""
    n = len(footprints)
    along = smallest_rectangles(footprints).direction
    aside = np.column_stack([-along[:, 1], along[:, 0]])
    xy, whose = shapely.get_coordinates(footprints, return_index=True)
    reach = []
    for axis in (along, aside):
        at = np.einsum("nk,nk->n", xy, axis[whose])
        low, high = np.full(n, np.inf), np.full(n, -np.inf)
        np.minimum.at(low, whose, at)
        np.maximum.at(high, whose, at)
        reach.append((low, high))
    corners = [
        u[:, None] * along + v[:, None] * aside
        for u, v in zip(
            (reach[0][0], reach[0][1], reach[0][1], reach[0][0]),
            (reach[1][0], reach[1][0], reach[1][1], reach[1][1]),
            strict=True,
        )
    ]
    angle: np.ndarray = np.degrees(np.arctan2(along[:, 1], along[:, 0]))
    return np.stack(corners, axis=1), angle


def _around(one: np.ndarray, other: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Each house with its neighbours and theirs."""
    link = coo_array((np.ones(len(one)), (one, other)), shape=(n, n)).tocsr()
    step = link + link.T + eye_array(n)
    reach = (step @ step).tocoo()
    apart = reach.row != reach.col
    return reach.row[apart], reach.col[apart]


def _flush(
    corners: np.ndarray, angle: np.ndarray, one: np.ndarray, other: np.ndarray
) -> np.ndarray:
    """Whether the second house of each pair stands on a building line of the first."""
    turned = np.radians(angle[one])
    along = np.column_stack([np.cos(turned), np.sin(turned)])
    aside = np.column_stack([-along[:, 1], along[:, 0]])
    away = corners[other].mean(axis=1) - corners[one].mean(axis=1)
    forward = np.abs(np.einsum("nk,nk->n", away, along))
    sideways = np.abs(np.einsum("nk,nk->n", away, aside))
    # Beside each other the front and the back line up, behind each other the flanks.
    across = np.where((forward > sideways)[:, None], aside, along)
    lines = [np.einsum("nck,nk->nc", corners[house], across) for house in (one, other)]
    front = np.abs(lines[0].max(axis=1) - lines[1].max(axis=1))
    back = np.abs(lines[0].min(axis=1) - lines[1].min(axis=1))
    on_line: np.ndarray = np.maximum(front, back) <= FLUSH_M
    return on_line


def _both(one: np.ndarray, other: np.ndarray, value: np.ndarray, n: int) -> np.ndarray:
    total: np.ndarray = np.bincount(one, value, n) + np.bincount(other, value, n)
    return total
