"""Compiled loops give what NumPy and GEOS give."""

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from taobaogis.form.gaps import building_gaps
from taobaogis.form.profile import street_profile
from taobaogis.geometry import edge_grid
from taobaogis.geometry.walls import Walls

COURT = Polygon(box(0, 40, 20, 60).exterior, [box(5, 45, 15, 55).exterior.coords])
PAIR = MultiPolygon([box(40, 0, 50, 10), box(40, 20, 50, 30)])
SEEDS = st.integers(0, 10**6)


@pytest.fixture
def either(monkeypatch):
    """Call a function as it is for few edges, and as for many."""

    def call(function):
        made = []
        for limit in (10**9, 1):
            monkeypatch.setattr(edge_grid, "_COMPILED_FROM_EDGES", limit)
            made.append(function())
        return made

    return call


def crowd(seed, count=60):
    """Turned houses that touch, overlap and stand apart, a yard, a pair of blocks, nothing."""
    random = np.random.default_rng(seed)
    size = np.sqrt(count) * 9.0
    houses = [
        shapely.affinity.rotate(box(x, y, x + w, y + h), turn)
        for x, y, w, h, turn in zip(
            *random.uniform(0, size, (2, count)), *random.uniform(3, 14, (2, count)),
            random.choice([0.0, 0.0, 17.0, 45.0], count), strict=True,
        )
    ]  # fmt: skip
    row = [box(100 + 8 * k, 0, 108 + 8 * k, 9) for k in range(5)]
    return np.array([*houses, *row, row[0], COURT, PAIR, None, Polygon()], dtype=object)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_rays_hit_the_same_walls_at_the_same_distance(seed):
    outlines = crowd(seed)
    walls = Walls.of(outlines)
    random = np.random.default_rng(seed)
    start = random.uniform(-30, 160, (300, 2))
    angle = random.choice([0.0, np.pi / 2, 1.0, 4.0], 300) + random.choice([0, 1e-13], 300)
    rays = (start, np.column_stack([np.cos(angle), np.sin(angle)]), 40.0)
    slow = walls.grid.first_hits(*rays)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edge_grid, "_COMPILED_FROM_EDGES", 1)
        grid = edge_grid.EdgeGrid.of(walls.start, walls.end)
        fast = grid.first_hits(*rays)
    for name in ("block", "first", "edge"):
        assert np.array_equal(getattr(walls.grid, name), getattr(grid, name))
    for ours, twin in zip(fast, slow, strict=True):
        assert np.array_equal(ours, twin)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_points_lie_in_the_same_outlines(seed):
    outlines = crowd(seed)
    points = np.random.default_rng(seed).uniform(-5, 150, (400, 2))
    corners = shapely.get_coordinates(outlines)
    points = np.concatenate([points, corners, (corners[1:] + corners[:-1]) / 2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edge_grid, "_COMPILED_FROM_EDGES", 1)
        fast = Walls.of(outlines).contains(points)
    slow = Walls.of(outlines).contains(points)
    # Points on an edge, up to rounding, are neither in nor out.
    edges = shapely.union_all(shapely.boundary(outlines[~shapely.is_missing(outlines)]))
    clear = shapely.distance(shapely.points(points), edges) > 1e-9
    assert np.array_equal(fast[clear], slow[clear])


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, joined_m=st.sampled_from([0.0, 0.1, 5.0]))
@example(seed=6506, joined_m=0.0)  # one block of a pair stands inside another house
@example(seed=19, joined_m=0.0)  # half a millimetre between two houses
def test_gaps_are_those_from_all_points(seed, joined_m):
    houses = GeoSeries(crowd(seed), crs=4547)
    slow = building_gaps(houses, joined_m=joined_m)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edge_grid, "_COMPILED_FROM_EDGES", 1)
        fast = building_gaps(houses, joined_m=joined_m)
    # Medians are means over a narrow window of long sums.
    pd.testing.assert_frame_equal(fast, slow, check_exact=False, rtol=0, atol=1e-6)


def test_long_facades_and_large_outlines_have_their_gaps(either):
    houses = GeoSeries([box(0, 0, 900, 20), box(0, 23, 900, 40), box(2000, 0, 2010, 9)], crs=4547)
    slow, fast = either(lambda: building_gaps(houses))
    pd.testing.assert_frame_equal(fast, slow, check_exact=False, rtol=0, atol=1e-6)
    assert fast["gap_m"].tolist()[:2] == pytest.approx([3.0, 3.0])


def test_street_profiles_are_the_same_to_the_last_bit(either):
    random = np.random.default_rng(7)
    lines = [LineString(random.uniform(0, 80, (4, 2))) for _ in range(40)]
    streets, houses = GeoDataFrame(geometry=lines, crs=4547), GeoSeries(crowd(3), crs=4547)
    slow, fast = either(lambda: street_profile(streets, houses))
    pd.testing.assert_frame_equal(fast, slow, check_exact=True)
