"""K, cross-K and quotients against what is known of the patterns they are shown."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, affinity, box

from taobaogis.clusters.chance import adjusted, two_sided
from taobaogis.clusters.colocation import colocation_quotients
from taobaogis.clusters.pairs import along_streets, in_window, places_xy
from taobaogis.clusters.ripley import against_shuffles, against_strewn, k_function
from taobaogis.clusters.window import Window
from taobaogis.errors import CRSError, InputError

CROOKED = Polygon([(0, 0), (600, 50), (500, 400), (300, 200), (50, 450)])
RADII = np.arange(10.0, 101.0, 10.0)


def places(xy, kinds=None):
    kinds = ["retail"] * len(xy) if kinds is None else kinds
    points = gpd.GeoSeries.from_xy(*np.asarray(xy, dtype=float).reshape(-1, 2).T, crs=4547)
    return gpd.GeoDataFrame({"category": kinds}, geometry=points)


@pytest.fixture(scope="module")
def window():
    return Window.of(CROOKED, reach_m=100)


def test_the_edge_correction_is_the_overlap_of_the_window_with_itself(window):
    shift = np.random.default_rng(0).uniform(-70, 70, (30, 2))
    exact = [CROOKED.area / (CROOKED & affinity.translate(CROOKED, *s)).area for s in shift]
    assert window.weights(shift) == pytest.approx(exact, rel=2e-3)


def test_k_of_places_strewn_at_random_is_pi_r2_within_its_envelope_over_100_seeds(window):
    curves = [
        against_strewn(window.strewn(150, np.random.default_rng(s)), window, RADII, patterns=39,
                       seed=1000 + s)
        for s in range(100)
    ]  # fmt: skip
    truth = np.pi * RADII**2
    for curve in curves:
        # pi r² is the mean of chance: it lies within every envelope, at every radius.
        assert ((curve.low <= truth) & (truth <= curve.high)).all()
    mean = np.mean([c.k for c in curves], axis=0)
    assert mean[1:] == pytest.approx(truth[1:], rel=0.03), "without the correction it is 0.8"
    # The test of the whole curve is called significant as often as it says: 1 in 20.
    assert np.mean([c.p <= 0.05 for c in curves]) <= 0.12


def test_without_edge_correction_k_would_be_too_low(window):
    xy = np.concatenate([window.strewn(150, np.random.default_rng(s))[None] for s in range(20)])
    raw, corrected = [], []
    for one in xy:
        pairs = in_window(one, window, reach_m=100)
        corrected.append(k_function(pairs, [100])[0])
        raw.append(2 * len(pairs.one) * CROOKED.area / (150 * 149))
    truth = np.pi * 100**2
    assert np.mean(raw) < 0.85 * truth
    assert np.mean(corrected) == pytest.approx(truth, rel=0.04)


def test_a_cluster_is_above_the_envelope_and_a_lattice_below_it():
    square = Window.of(box(0, 0, 1000, 1000), reach_m=100)
    x, y = np.meshgrid(np.arange(50, 1000, 100.0), np.arange(50, 1000, 100.0))
    lattice = np.column_stack([x.ravel(), y.ravel()])
    even = against_strewn(lattice, square, [50, 80], patterns=39)
    assert (even.k < even.low).all()
    gathered = np.random.default_rng(1).normal(500, 60, (100, 2))
    close = against_strewn(gathered, square, [50, 80], patterns=39)
    assert (close.k > close.high).all()
    assert close.p == pytest.approx(1 / 40)


@given(
    turn=st.floats(0, 360), scale=st.floats(0.2, 5), seed=st.integers(0, 50), n=st.integers(2, 40)
)
@settings(max_examples=25)
def test_k_does_not_care_for_turns_order_or_units(turn, scale, seed, n):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(100, 300, (n, 2))
    square = box(0, 0, 400, 400)
    k = k_function(in_window(xy, Window.of(square, reach_m=80), reach_m=80), [40, 80])
    mixed = rng.permutation(xy)
    window = Window.of(affinity.scale(square, scale, scale, origin=(0, 0)), reach_m=80 * scale)
    pairs = in_window(mixed * scale, window, reach_m=80 * scale * 1.0000001)
    grown = k_function(pairs, np.array([40, 80]) * scale * 1.0000001)
    assert grown == pytest.approx(k * scale**2, rel=5e-3)
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    round_window = Window.of(affinity.rotate(square, turn, origin=(0, 0)), reach_m=80)
    turned = in_window(xy @ rotation, round_window, reach_m=80 * 1.0000001)
    assert k_function(turned, [40 * 1.0000001, 80 * 1.0000001]) == pytest.approx(k, rel=5e-2)


def test_cross_k_of_two_copies_peaks_at_the_shift_between_them():
    rng = np.random.default_rng(5)
    square = box(0, 0, 1000, 1000)
    a = rng.uniform(100, 900, (120, 2))
    b = a + np.array([36.0, 48.0])  # 60 m away
    xy = np.concatenate([a, b])
    of_a = np.arange(240) < 120
    radii = np.arange(2.0, 121.0, 2.0)
    pairs = in_window(xy, Window.of(square, reach_m=120), reach_m=120)
    k = k_function(pairs, radii, of_a, ~of_a)
    ring = np.diff(k, prepend=0) / (np.pi * np.diff(radii**2, prepend=0))
    assert radii[ring.argmax()] == 60
    assert ring.max() > 4
    curve = against_shuffles(pairs, radii, of_a, ~of_a, permutations=99)
    jump = (curve.k - curve.expected)[radii == 60] - (curve.k - curve.expected)[radii == 58]
    assert jump > 0


def test_cross_k_counts_each_pair_of_the_two_kinds_once():
    xy = np.array([[500.0, 500.0], [520.0, 500.0], [500.0, 530.0], [900.0, 900.0]])
    pairs = in_window(xy, Window.of(box(0, 0, 1000, 1000), reach_m=40), reach_m=40)
    a = np.array([True, False, False, False])
    k = k_function(pairs, [25, 35], a, ~a)
    # One a, three b: extent / 3 times the overlap correction of a shift of 20 and of 30 m.
    first = 1 / 0.98
    assert k == pytest.approx(np.array([first, first + 1 / 0.97]) * 1e6 / 3, rel=2e-3)


def test_shuffling_kinds_tells_company_from_common_streets():
    """All places keep to one street: K is far above pi r², yet the kinds keep no company."""
    rng = np.random.default_rng(2)
    xy = np.column_stack([rng.uniform(0, 1000, 200), rng.normal(500, 3, 200)])
    window = Window.of(box(-10, 0, 1010, 1000), reach_m=60)
    pairs = in_window(xy, window, reach_m=60)
    a = np.arange(200) < 40
    radii = [20.0, 40.0, 60.0]
    strangers = against_shuffles(pairs, radii, a, ~a)
    assert (strangers.k > 2 * np.pi * np.array(radii) ** 2).all()
    assert strangers.p > 0.05
    west = xy[:, 0] < 200
    friends = against_shuffles(pairs, radii, west)
    assert (friends.k > friends.high).all()
    assert friends.p <= 0.01
    assert (friends.n_a, friends.n_b) == (west.sum(), west.sum())


def test_pairs_along_streets_count_once_and_by_the_shorter_way():
    found = pd.DataFrame(
        {"origin": [0, 1, 0, 2, 1], "place": [1, 0, 2, 0, 1],
         "distance_m": [10.0, 14.0, 30.0, 30.0, 0.0]}
    )  # fmt: skip
    pairs = along_streets(found, n=3, length_m=500)
    assert pairs.distance_m.tolist() == [10.0, 30.0]
    assert k_function(pairs, [5, 10, 30]) == pytest.approx([0, 500 * 2 / 6, 500 * 4 / 6])


def test_places_of_one_kind_next_door_to_another_are_found():
    rng = np.random.default_rng(0)
    express = rng.uniform(0, 1000, (20, 2))
    shops = express + np.array([5, 0])
    others = rng.uniform(0, 1000, (160, 2))
    kinds = ["express"] * 20 + ["retail"] * 20 + ["food"] * 160
    found = colocation_quotients(places(np.vstack([express, shops, others]), kinds))
    row = found.set_index(["a", "b"]).loc[("express", "retail")]
    # Nearly all of the 20 express points have a shop as nearest: (1) / (20 / 199).
    assert row["clq"] > 8
    assert row["q"] < 0.05
    assert row["clq"] > row["high"]
    assert found.set_index(["a", "b"]).loc[("express", "express"), "clq"] == 0


def test_a_quotient_by_hand_with_a_tie():
    # b lies between two places of kind a at the same distance: each is half its neighbour.
    xy = [(0, 0), (10, 0), (20, 0), (100, 0)]
    kinds = ["a", "b", "a", "b"]
    table = colocation_quotients(places(xy, kinds), least=1, permutations=19)
    found = table.set_index(["a", "b"])["clq"]
    assert found["a", "b"] == pytest.approx((2 / 2) / (2 / 3))
    assert found["b", "a"] == pytest.approx((2 / 2) / (2 / 3))
    assert found["a", "a"] == 0
    rare = colocation_quotients(places(xy, kinds))
    assert rare.empty
    assert list(rare.columns) == ["a", "b", "n_a", "n_b", "clq", "low", "high", "p", "q"]


def test_false_discoveries_are_controlled_as_esda_does():
    from esda import fdr  # noqa: PLC0415 - heavy, only here

    p = np.random.default_rng(3).uniform(0, 1, 200) ** 2
    level = fdr(p, 0.05)
    assert ((adjusted(p) <= 0.05) == (p <= level)).all()
    assert np.isnan(adjusted(np.array([np.nan, 0.2])))[0]


@given(seed=st.integers(0, 99), m=st.integers(19, 60))
@settings(max_examples=20)
def test_a_p_of_shuffles_is_never_below_what_so_many_can_tell(seed, m):
    rng = np.random.default_rng(seed)
    p = two_sided(rng.normal(0, 3, 5), rng.normal(0, 1, (m, 5)))
    assert (p >= 2 / (m + 1) - 1e-12).all()
    assert (p <= 1).all()


def test_what_cannot_be_meant_is_refused(window):
    with pytest.raises(InputError, match="needs an area"):
        Window.of(Polygon(), reach_m=10)
    with pytest.raises(CRSError):
        places_xy(places([(0, 0)]).to_crs(4326))
    with pytest.raises(CRSError):
        colocation_quotients(places([(0, 0)]).to_crs(4326))
    lonely = k_function(in_window(np.array([[100.0, 100.0]]), window, reach_m=50), [50])
    assert np.isnan(lonely).all()
