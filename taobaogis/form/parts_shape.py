"""The ground of each part: houses with half of the ways around them, and the rest between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import Polygon

from taobaogis.form.parts_evidence import CLOSE_M, CONTACT_M, Fabric
from taobaogis.form.parts_labels import DEPTH_M, LEAST_HOUSES, NEW, OLD, OTHER
from taobaogis.geometry.weighted import quantile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapely.geometry.base import BaseGeometry

__all__ = ["part_pieces"]

# A part reaches as far beyond its houses as the middle of the widest ways inside it.
_WAYS_QUANTILE = 0.95
# Ground without a house that is nowhere deeper than this is the verge of what it lies along.
_VERGE_M = DEPTH_M / 2


def part_pieces(
    footprints: np.ndarray, labels: np.ndarray, fabric: Fabric, boundary: BaseGeometry
) -> tuple[np.ndarray, np.ndarray]:
    """Contiguous pieces of ground that together make up an area.

    Parameters
    ----------
    footprints, labels, fabric
        Of the area and its surroundings; see `taobaogis.form.parts_labels.house_parts`.
    boundary
        The area.

    Returns
    -------
    pieces, labels
        Polygons and the part of each. No two pieces overlap or, of the same part, share a
        border; nothing of the area is left out.
    """
    inside = shapely.point_on_surface(footprints)
    outlines = [_outline(footprints, labels, fabric, label) for label in (OLD, NEW)]
    faces = _faces(outlines, labels, fabric, boundary)
    label = _label_of_faces(faces, outlines, footprints, labels)
    pieces, label = _merged(faces, label)
    while len(pieces) > 1 and _gave_away_a_scrap(pieces, label, inside):
        pieces, label = _merged(pieces, label)
    return pieces, label


def _gave_away_a_scrap(pieces: np.ndarray, label: np.ndarray, inside: np.ndarray) -> bool:
    """Whether a scrap was given to the neighbour with the longest border; changes `label`.

    A scrap that lies apart from all others cannot be given away; it is no part of its own.
    """
    for scrap in _scraps(pieces, label, inside):
        others = np.arange(len(pieces)) != scrap
        length = shapely.length(shapely.intersection(pieces[others], pieces[scrap].boundary))
        new = label[others][length.argmax()] if length.max() > 0 else OTHER
        if new != label[scrap]:
            label[scrap] = new
            return True
    return False


def _outline(
    footprints: np.ndarray, labels: np.ndarray, fabric: Fabric, label: int
) -> BaseGeometry:
    """Houses of a part with the ways between and around them; holes too small for a part go."""
    houses = footprints[labels == label]
    within = (labels[fabric.one] == label) & (labels[fabric.other] == label)
    if not within.any():
        return Polygon()
    gap = fabric.gap_m[within]
    border = fabric.border_m[within]
    half = min(quantile(gap, border, _WAYS_QUANTILE), CONTACT_M) / 2
    more = CLOSE_M / 2
    grown = shapely.union_all(shapely.buffer(houses, half + more, join_style="mitre"))
    # Mitred, the mouth of a notch would come back as a spike into the houses behind it.
    ground = shapely.buffer(grown, -more, quad_segs=4)
    others = shapely.STRtree(shapely.point_on_surface(footprints[labels != label]))
    filled = []
    for piece in shapely.get_parts(ground):
        holes = np.asarray(shapely.polygons(shapely.get_rings(piece)[1:]), dtype=object)
        within = np.bincount(others.query(holes, "contains")[0], minlength=len(holes))
        kept = [h for h, n in zip(holes, within, strict=True) if n >= LEAST_HOUSES or _is_deep(h)]
        filled.append(Polygon(piece.exterior, [hole.exterior for hole in kept]))
    return _beside_others(shapely.union_all(filled), houses, footprints[labels != label], half)


def _beside_others(
    ground: BaseGeometry, houses: np.ndarray, others: np.ndarray, half_m: float
) -> BaseGeometry:
    """Ground without the houses of other parts beside it and their half of the way between."""
    beside = others[
        shapely.intersects(others, ground)
        & ~shapely.intersects(ground, shapely.point_on_surface(others))
    ]
    between = shapely.STRtree(houses).query_nearest(
        beside, all_matches=False, return_distance=True
    )[1]
    theirs = shapely.buffer(beside, np.minimum(between / 2, half_m), join_style="mitre")
    return shapely.difference(ground, shapely.union_all(theirs))


def _is_deep(ground: BaseGeometry) -> bool:
    return not shapely.is_empty(shapely.buffer(ground, -_VERGE_M))


def _faces(
    outlines: list[BaseGeometry], labels: np.ndarray, fabric: Fabric, boundary: BaseGeometry
) -> np.ndarray:
    """The area cut along all outlines, and midway where two parts meet."""
    both = shapely.intersection(outlines[0], outlines[1])
    lines = [shapely.boundary(boundary)]
    lines += [shapely.boundary(outline) for outline in outlines]
    if not shapely.is_empty(both):
        contacts = fabric.contacts
        sides = labels[contacts.owner[contacts.pairs]]
        meet = (sides[:, 0] != sides[:, 1]) & (sides != OTHER).all(axis=1)
        midway = shapely.linestrings(contacts.ends[meet])
        # Whole pieces: ends that were cut to lie on an outline would miss it by a rounding.
        lines += list(midway[shapely.intersects(midway, both)])
    noded = shapely.union_all([line for line in lines if not shapely.is_empty(line)])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    within = shapely.intersects(boundary, shapely.point_on_surface(faces))
    return np.asarray(faces[within], dtype=object)


def _label_of_faces(
    faces: np.ndarray, outlines: list[BaseGeometry], footprints: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    points = shapely.point_on_surface(faces)
    in_old, in_new = (shapely.intersects(outline, points) for outline in outlines)
    found = np.where(in_old, OLD, np.where(in_new, NEW, OTHER))
    both = np.flatnonzero(in_old & in_new)
    if len(both):
        settled = np.flatnonzero(labels != OTHER)
        tree = shapely.STRtree(footprints[settled])
        nearest = tree.query_nearest(points[both], all_matches=False)[1]
        found[both] = labels[settled[nearest]]
    return found


def _merged(pieces: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of the same part joined where they share a border."""
    shapes, kinds = [], []
    for kind in np.unique(label):
        joined = shapely.get_parts(shapely.union_all(pieces[label == kind]))
        shapes.append(joined)
        kinds.append(np.full(len(joined), kind))
    return np.concatenate(shapes), np.concatenate(kinds)


def _scraps(pieces: np.ndarray, label: np.ndarray, inside: np.ndarray) -> Iterator[int]:
    """Pieces too small, or too empty and shallow, to stand alone; the smallest first."""
    houses = np.bincount(
        shapely.STRtree(pieces).query(inside, predicate="intersects")[1], minlength=len(pieces)
    )
    area = shapely.area(pieces)
    for at in np.argsort(area, kind="stable"):
        few = houses[at] < LEAST_HOUSES
        small = few and (label[at] != OTHER or area[at] < DEPTH_M**2)
        if small or (houses[at] == 0 and not _is_deep(pieces[at])):
            yield int(at)
