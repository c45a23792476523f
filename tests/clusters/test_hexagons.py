import itertools
import warnings

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from taobaogis.clusters.hexagons import (
    hexagon_counts,
    hexagon_neighbours,
    hexagon_width_m,
    local_statistics,
)
from taobaogis.errors import CRSError, InputError

AREA = box(0, 0, 900, 700)


def places(xy):
    points = gpd.GeoSeries.from_xy(*np.asarray(xy, dtype=float).reshape(-1, 2).T, crs=4547)
    return gpd.GeoDataFrame(geometry=points)


def scattered(seed, n=150):
    rng = np.random.default_rng(seed)
    return np.vstack([rng.uniform(0, 700, (n, 2)), rng.normal((300, 400), 40, (n, 2))])


@given(seed=st.integers(0, 20), width=st.floats(40, 120))
@settings(max_examples=15)
def test_every_place_is_in_the_hexagon_that_covers_it(seed, width):
    found = places(scattered(seed))
    cells = hexagon_counts(found, AREA, width_m=width)
    covered = gpd.sjoin(found, cells, predicate="within").groupby("index_right").size()
    assert cells["count"].to_dict() == covered.reindex(cells.index, fill_value=0).to_dict()
    assert cells.area.to_numpy() == pytest.approx(np.sqrt(3) / 2 * width**2)
    degree = np.asarray(hexagon_neighbours(cells, width_m=width).sum(axis=1))
    assert degree.max() == 6


@given(side_km=st.floats(0.2, 150), least=st.sampled_from([30, 45, 60]))
@settings(max_examples=30)
def test_the_width_that_fits_can_be_counted_and_no_finer_round_one_could(side_km, least):
    area = box(0, 0, 1000 * side_km, 700 * side_km)
    width = hexagon_width_m(area, least_m=least)
    round_ones = [step * 10**power for power in range(4) for step in (1, 2, 3, 5)]
    if width == least:
        return
    assert width in round_ones
    finer = max(w for w in [least, *round_ones] if w < width)
    with pytest.raises(InputError, match="too many"):
        hexagon_counts(places([]), area, width_m=max(finer, least))


def test_hexagons_at_the_edge_are_kept_by_half_of_their_area_holes_counted():
    ring = AREA.buffer(60) - box(200, 150, 700, 550)
    cells = hexagon_counts(places([]), ring, width_m=40)
    whole = hexagon_counts(places([]), box(*ring.bounds), width_m=40)
    kept = whole[whole.intersection(ring).area >= whole.area / 2]
    assert cells.geometry.tolist() == kept.geometry.tolist()


def test_moran_and_gi_star_are_those_of_esda_to_nine_digits():
    from esda import G_Local, Moran_Local  # noqa: PLC0415 - heavy, only here
    from libpysal.weights import W  # noqa: PLC0415

    cells = hexagon_counts(places(scattered(4)), AREA, width_m=60)
    joined = hexagon_neighbours(cells, width_m=60)
    near = {i: joined.indices[joined.indptr[i] : joined.indptr[i + 1]].tolist()
            for i in range(len(cells))}  # fmt: skip
    y = cells["count"].to_numpy(dtype=float)
    ours = local_statistics(y, joined)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = W(near, silence_warnings=True)
        moran = Moran_Local(y, weights, permutations=0)
        hot = G_Local(y, W(near, silence_warnings=True), transform="B", star=True, permutations=0)
    assert np.abs(ours["moran"] - moran.Is).max() < 1e-9
    assert np.abs(ours["gi_star"] - hot.Zs).max() < 1e-9


def test_p_values_are_the_share_of_shuffles_by_the_book():
    """Every shuffle of five cells in a row, written out."""
    values = np.array([9.0, 7.0, 1.0, 0.0, 2.0])
    row = hexagon_neighbours(
        hexagon_counts(places([]), box(0, 0, 900, 700), width_m=100).iloc[:5], width_m=100
    )
    assert row.sum() == 8, "a row of five has four borders"
    found = local_statistics(values, row)
    for i in range(5):
        others = np.delete(values, i)
        degree = int(row[[i]].sum())
        sums = np.array([sum(hand) for hand in itertools.permutations(others, degree)])
        observed = (row[[i]] @ values)[0]
        tail = min((sums >= observed).mean(), (sums <= observed).mean())
        assert found.loc[i, "p"] == pytest.approx(min(2 * tail, 1))


def test_a_planted_gathering_is_hot_and_an_even_spread_is_not():
    cells = hexagon_counts(places(scattered(1)), AREA, width_m=60)
    joined = hexagon_neighbours(cells, width_m=60)
    found = local_statistics(cells["count"].to_numpy(dtype=float), joined)
    centre = cells.geometry.centroid
    near = np.hypot(centre.x - 300, centre.y - 400) < 60
    assert (found.loc[near, "hot"] == 1).all()
    assert (found.loc[near, "kind"] == "high-high").all()
    rng = np.random.default_rng(0)
    false = [
        (local_statistics(rng.poisson(3, len(cells)), joined)["hot"] != 0)
        .any()
        for _ in range(40)
    ]  # fmt: skip
    assert np.mean(false) <= 0.15


def test_equal_counts_and_lonely_cells_say_nothing():
    cells = hexagon_counts(places([]), AREA, width_m=100)
    joined = hexagon_neighbours(cells, width_m=100)
    nothing = local_statistics(cells["count"].to_numpy(dtype=float), joined)
    assert nothing["moran"].isna().all()
    assert (nothing["hot"] == 0).all()
    lonely = hexagon_neighbours(cells.iloc[[0, 40, 60]], width_m=100)
    alone = local_statistics(np.array([1.0, 5.0, 9.0]), lonely)
    assert alone[["moran", "gi_star", "q"]].isna().all(axis=None)


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(CRSError):
        hexagon_counts(places([(0, 0)]).to_crs(4326), AREA)
    with pytest.raises(InputError, match="above 0"):
        hexagon_counts(places([(0, 0)]), AREA, width_m=0)
    with pytest.raises(InputError, match="above 0"):
        hexagon_width_m(AREA, least_m=0)
    with pytest.raises(InputError, match="whole numbers"):
        local_statistics(
            np.array([0.5, 1, 2]),
            hexagon_neighbours(hexagon_counts(places([]), AREA).iloc[:3], width_m=60),
        )
    with pytest.raises(InputError, match="too many"):
        hexagon_counts(places([(0, 0)]), AREA, width_m=0.5)
