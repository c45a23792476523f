import itertools

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from shapely import LineString

from taobaogis.clusters import network_density
from taobaogis.clusters.main_streets import MAIN_STREET_COLUMNS, main_streets
from taobaogis.clusters.network_density import (
    along_streets_density,
    beside_streets,
    gathering_stretches,
)
from taobaogis.errors import CRSError, InputError


def streets(*rows):
    """Streets from rows of (u, v, from, to)."""
    return gpd.GeoDataFrame(
        {"u": [r[0] for r in rows], "v": [r[1] for r in rows],
         "name": [r[4] if len(r) > 4 else "" for r in rows]},
        geometry=[LineString(r[2:4]) for r in rows], crs=4547,
    )  # fmt: skip


def grid_of_streets(side, spacing):
    def node(i, j):
        return i * side + j, (i * spacing, j * spacing)

    rows = []
    for i, j in itertools.product(range(side), range(side)):
        for k, m in ((i + 1, j), (i, j + 1)):
            if k < side and m < side:
                (u, a), (v, b) = node(i, j), node(k, m)
                rows.append((u, v, a, b))
    return streets(*rows)


def points(*xy):
    return gpd.GeoSeries.from_xy(*np.array(xy, dtype=float).reshape(-1, 2).T, crs=4547)


def quartic(d, bandwidth):
    u = np.clip(np.abs(d) / bandwidth, 0, 1)
    return 15 / 16 / bandwidth * (1 - u**2) ** 2


def test_on_one_long_street_it_is_the_quartic_kernel():
    line = streets((0, 1, (0, 0), (400, 0)))
    found = along_streets_density(points((201, 3)), line, bandwidth_m=50, step_m=2)
    middle = found["start_m"] + found["length_m"] / 2
    exact = quartic(middle - 201, 50) * 100
    assert found["per_100m"].to_numpy() == pytest.approx(exact.to_numpy(), abs=0.01)
    assert integrate.trapezoid(exact, middle) == pytest.approx(100, rel=1e-3)


def test_a_junction_shares_what_goes_on_equally_and_a_dead_end_turns_it_back():
    cross = streets((0, 1, (0, 0), (100, 0)), (1, 2, (100, 0), (200, 0)),
                    (1, 3, (100, 0), (100, 100)), (1, 4, (100, 0), (100, -100)))  # fmt: skip
    found = along_streets_density(points((79, 0)), cross, bandwidth_m=60, step_m=2)
    at = found["start_m"] + found["length_m"] / 2
    beyond = found[found["street"] > 0]
    expected = quartic(21 + at[beyond.index], 60) / 3 * 100
    assert beyond["per_100m"].to_numpy() == pytest.approx(expected.to_numpy(), abs=0.02)
    end = along_streets_density(points((9, 0)), cross, bandwidth_m=60, step_m=2)
    first = end[end["start_m"] < 20].query("street == 0")
    middle = first["start_m"] + 1
    turned = (quartic(middle - 9, 60) + quartic(middle + 9, 60)) * 100
    assert first["per_100m"].to_numpy() == pytest.approx(turned.to_numpy(), abs=0.05)


@given(seed=st.integers(0, 200), n=st.integers(1, 60), bandwidth=st.floats(5, 200))
@settings(max_examples=25)
def test_nothing_is_lost_or_made_however_short_the_streets(seed, n, bandwidth):
    rng = np.random.default_rng(seed)
    lines = grid_of_streets(6, 5)  # junctions 5 m apart
    xy = rng.uniform(0, 25, (n, 2))
    xy[: n // 2] = xy[0]  # coincident places
    found = along_streets_density(points(*xy), lines, bandwidth_m=bandwidth)
    assert (found["per_100m"] * found["length_m"]).sum() / 100 == pytest.approx(n)
    assert found["places"].sum() == n
    assert (found["per_100m"] >= 0).all()


def test_turning_a_street_round_changes_nothing():
    lines = grid_of_streets(4, 40)
    back = lines.copy()
    back.geometry = lines.geometry.reverse()
    back["u"], back["v"] = lines["v"], lines["u"]
    xy = points(*np.random.default_rng(0).uniform(0, 120, (15, 2)))
    one = along_streets_density(xy, lines)
    other = along_streets_density(xy, back)
    mirrored = other.groupby("street")["per_100m"].apply(lambda s: s[::-1]).to_numpy()
    assert one["per_100m"].to_numpy() == pytest.approx(mirrored, abs=1e-9)


def planted(seed=0):
    """Shops at every house of one street of a grid, and a few anywhere."""
    rng = np.random.default_rng(seed)
    shops = np.column_stack([np.arange(200.0, 400.0, 10.0), 270 + rng.choice([-6.0, 6.0], 20)])
    return shops, rng.uniform(0, 570, (40, 2))


@pytest.mark.parametrize("seed", range(5))
def test_a_pattern_planted_on_a_street_is_found_and_none_of_its_houses_missed(seed):
    shops, others = planted(seed)
    lines = grid_of_streets(20, 30)
    kinds = gpd.GeoDataFrame({"category": "retail"}, geometry=points(*shops, *others),
                             index=range(60))  # fmt: skip
    found, stands_at = main_streets(kinds, lines)
    assert (stands_at[:20] == 0).all(), "every house of the street is on the first stretch"
    first = found.iloc[0]
    assert first["places"] >= 20
    assert first["main_category"] == "retail"
    assert first.geometry.distance(points((300, 270))[0]) < 2
    # What is far from the street is not of it.
    far = np.abs(others[:, 1] - 270) > 60
    far |= (others[:, 0] < 140) | (others[:, 0] > 460)
    assert (stands_at[20:][far] != 0).all()


def test_places_strewn_along_the_streets_hardly_ever_gather():
    lines = grid_of_streets(12, 40)
    lengths = lines.length.to_numpy()
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        chosen = rng.choice(len(lines), 60, p=lengths / lengths.sum())
        spots = lines.geometry.iloc[chosen].interpolate(rng.uniform(0, 1, 60), normalized=True)
        found = gathering_stretches(spots.reset_index(drop=True), lines, seed=seed + 1000)
        hits += found["stretch"].max() >= 0
    assert hits <= 8, "1 in 20 is what it says"


def test_places_far_from_every_street_stand_at_none():
    line = streets((0, 1, (0, 0), (100, 0)))
    found = beside_streets(points((50, 10), (50, 60)), line, reach_m=30)
    assert found["street"].tolist() == [0, -1]
    assert found.loc[0, ["along_m", "apart_m"]].tolist() == [50, 10]
    density = along_streets_density(points((50, 60)), line)
    assert density["per_100m"].sum() == 0


def test_no_place_or_no_street_gives_no_stretch():
    line = streets((0, 1, (0, 0), (100, 0), "Main Street"))
    nobody = gpd.GeoDataFrame({"category": []}, geometry=points(), crs=4547)
    one = gpd.GeoDataFrame({"category": ["food"]}, geometry=points((5, 5)))
    for found, stands_at in (main_streets(nobody, line), main_streets(one, line.iloc[:0])):
        assert found.empty
        assert list(found.columns) == [*MAIN_STREET_COLUMNS, "geometry"]
        assert (stands_at == -1).all()


def test_what_cannot_be_meant_is_refused():
    line = streets((0, 1, (0, 0), (100, 0)))
    with pytest.raises(InputError, match="above 0"):
        along_streets_density(points((0, 0)), line, bandwidth_m=0)
    with pytest.raises(InputError, match="step_m"):
        along_streets_density(points((0, 0)), line, step_m=0)
    with pytest.raises(CRSError):
        along_streets_density(points((0, 0)).to_crs(4326), line)


def test_streets_of_a_city_are_held_in_another_way_and_measured_alike(monkeypatch):
    shops, others = planted()
    lines = grid_of_streets(20, 30)
    xy = points(*shops, *others)
    dense = gathering_stretches(xy, lines)
    monkeypatch.setattr(network_density, "_MOST_DENSE", 0)
    sparse = gathering_stretches(xy, lines)
    assert sparse["stretch"].tolist() == dense["stretch"].tolist()
    assert np.abs(sparse["per_100m"] - dense["per_100m"]).max() < 1e-12


def test_a_building_full_of_places_is_no_main_street():
    lines = grid_of_streets(20, 30)
    _, others = planted()
    tower = [(300.0, 275.0), (300.2, 275.1)] * 15
    kinds = gpd.GeoDataFrame({"category": "retail"}, geometry=points(*tower, *others),
                             index=range(70))  # fmt: skip
    assert gathering_stretches(kinds, lines)["stretch"].max() >= 0, "they do gather"
    found, stands_at = main_streets(kinds, lines)
    assert (stands_at[:30] == -1).all()
    assert not (found["length_m"] < 5).any()
