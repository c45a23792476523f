"""Where places gather: the same wherever they lie, and as a count by hand has it."""

from __future__ import annotations

from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from shapely import affinity
from support.form_villages import no_bound_is_crossed
from support.street_layers import METRIC, TOWN_BLOCKS, points, town

from taobaogis.clusters.categories import categories
from taobaogis.clusters.chance import adjusted
from taobaogis.clusters.colocation import colocation_quotients
from taobaogis.clusters.company import COMPANY_COLUMNS, company_curves, company_indicators
from taobaogis.clusters.few import too_few
from taobaogis.clusters.fitting import fitting_m
from taobaogis.clusters.hexagons import local_statistics
from taobaogis.clusters.hierarchy import hierarchical_labels
from taobaogis.clusters.main_streets import main_streets
from taobaogis.clusters.network_density import beside_streets, gathering_stretches
from taobaogis.clusters.pairs import along_streets, in_window, places_xy
from taobaogis.clusters.places import (
    Grouping,
    cluster_labels,
    cluster_outlines,
    place_indicators,
)
from taobaogis.clusters.ripley import against_shuffles, against_strewn
from taobaogis.clusters.street_life import street_life_indicators
from taobaogis.clusters.surface import density_surface
from taobaogis.clusters.whole import study_clusters, village_clusters
from taobaogis.clusters.window import Window
from taobaogis.indicators import Words
from taobaogis.provenance import Provenance
from taobaogis.schema import conform
from taobaogis.study import Assumptions, VillageSpec
from taobaogis.trust.grades import limit
from taobaogis.village import Layers, Village

few, heavy = settings(max_examples=10), settings(max_examples=3)
seeds = st.integers(0, 2**31)
turns = st.floats(0, 360)
shifts = st.floats(-5e3, 5e3)
KINDS = list(categories())
SIDE_M = 300.0


def strewn(seed, n=40, kinds=("retail", "express", "workshop", "food"), side_m=SIDE_M):
    """Places of some kinds, half of them gathered around two spots."""
    random = np.random.default_rng(seed)
    xy = random.uniform(0, side_m, (n, 2))
    spots = random.uniform(0.3 * side_m, 0.7 * side_m, (2, 2))
    near = random.random(n) < 0.5
    xy[near] = spots[random.integers(0, 2, near.sum())] + random.normal(0, 12, (near.sum(), 2))
    frame = gpd.GeoDataFrame(
        {"category": random.choice(kinds, n), "tag": "x", "name": ""},
        geometry=list(points(*map(tuple, xy.clip(1, side_m - 1)))), crs=METRIC,
    )  # fmt: skip
    return conform(frame, "pois")


def moved(frame, angle=0.0, dx=0.0):
    turned = [affinity.rotate(g, angle, origin=(0, 0)) for g in frame.geometry]
    return frame.set_geometry([affinity.translate(g, dx, -dx) for g in turned])


@given(p=st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), max_size=12), seed=seeds)
def test_false_discoveries_are_controlled_by_the_definition_whatever_the_order(p, seed):
    found = adjusted(np.array(p))
    known = sorted(x for x in p if not np.isnan(x))
    ranks = range(1, len(known) + 1)
    for given_p, q in zip(p, found, strict=True):
        if np.isnan(given_p):
            assert np.isnan(q)
            continue
        later = [len(known) * known[j - 1] / j for j in ranks if known[j - 1] >= given_p]
        assert q == pytest.approx(min(1.0, *later))
        assert given_p - 1e-12 <= q <= 1
    order = np.random.default_rng(seed).permutation(len(p))
    assert adjusted(np.array(p)[order]) == pytest.approx(found[order], nan_ok=True)


@given(n=st.integers(0, 40), least=st.integers(0, 30), what=st.text(min_size=1, max_size=5))
def test_too_few_is_said_below_the_limit_and_never_from_it_on(n, least, what):
    told = too_few(n, "few_of_category", what=Words(what, "某"), least=least)
    needed = max(least, limit("few_of_category"))
    assert bool(told) == (n < needed)
    if told:
        assert what in told
        assert f"{n}" in told.zh
        assert f"{needed:g}" in told


@given(least=st.floats(0.5, 500), area=st.floats(1, 1e9), most=st.integers(1, 10_000))
def test_cells_are_as_fine_as_wanted_or_the_finest_that_fit(least, area, most):
    def cells(width_m):
        return int(area / width_m**2)

    width = fitting_m(least, cells, most)
    assert cells(width) <= most
    assert width >= least
    ladder = sorted(step * 10.0**e for step in (1, 2, 3, 5) for e in range(-2, 7))
    finer = [w for w in [least, *ladder] if least <= w < width * (1 - 1e-12)]
    assert all(cells(w) > most for w in finer)
    assert width == least or min(abs(width / w - 1) for w in ladder) < 1e-12


@few
@given(seed=seeds, by=st.integers(2, 4))
def test_local_statistics_follow_their_formulas_and_no_order(seed, by):
    random = np.random.default_rng(seed)
    n = 14
    links = np.triu(random.random((n, n)) < 0.25, 1)
    links = (links | links.T).astype(float)
    counts = random.poisson(2.0, n)
    found = local_statistics(counts, csr_array(links))
    if counts.std() == 0:
        assert found["p"].isna().all()
        return
    z = (counts - counts.mean()) / counts.std()
    for i in range(n):
        around = links[i] > 0
        if not around.any():
            assert np.isnan(found.loc[i, "moran"])
            assert found.loc[i, "hot"] == 0
            continue
        assert found.loc[i, "moran"] == pytest.approx((n - 1) / n * z[i] * z[around].mean())
        w = around.sum() + 1
        spread = counts.std() * np.sqrt((n * w - w**2) / (n - 1))
        told = counts[around].sum() + counts[i] - counts.mean() * w
        assert found.loc[i, "gi_star"] == pytest.approx(told / spread)
    assert found["p"].dropna().between(0, 1).all()
    assert (found["q"] >= found["p"] - 1e-12)[found["p"].notna()].all()
    more = local_statistics(counts * by, csr_array(links))
    order = random.permutation(n)
    other = local_statistics(counts[order], csr_array(links[np.ix_(order, order)]))
    numbers = ["moran", "gi_star", "p", "q"]
    assert more[numbers].to_numpy() == pytest.approx(found[numbers].to_numpy(), nan_ok=True)
    assert other[numbers].to_numpy() == pytest.approx(
        found[numbers].to_numpy()[order], nan_ok=True, abs=1e-12
    )
    assert more["kind"].tolist() == found["kind"].tolist()
    assert set(found["hot"]) <= {-1, 0, 1}


@few
@given(seed=seeds, angle=turns, dx=shifts)
def test_quotients_share_out_every_neighbour_and_know_no_direction(seed, angle, dx):
    places = strewn(seed)
    found = colocation_quotients(places, least=1, permutations=19)
    kinds, n = places["category"].value_counts(), len(places)
    xy = places_xy(places)
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + np.diag([np.inf] * n)
    # Places that are a centimetre farther are as near: they share the place of the nearest.
    near = (apart <= apart.min(axis=1, keepdims=True) + 0.01).astype(float)
    near /= near.sum(axis=1, keepdims=True)
    for row in found.itertuples():
        own = (places["category"] == row.a).to_numpy()
        chance = (kinds[row.b] - (row.a == row.b)) / (n - 1)
        if chance:
            other = (places["category"] == row.b).to_numpy()
            assert row.clq == pytest.approx(near[np.ix_(own, other)].sum() / own.sum() / chance)
            assert row.low <= row.high
            assert 0 < row.p <= 1
            assert row.q >= row.p - 1e-12
    # Each place has one nearest other: over all kinds their shares are one.
    share = found["clq"] * (found["n_b"] - (found["a"] == found["b"])) / (n - 1)
    assert share.groupby(found["a"]).sum().to_numpy() == pytest.approx(1)
    again = colocation_quotients(moved(places, angle, dx)[::-1], least=1, permutations=1)
    assert again["clq"].to_numpy() == pytest.approx(found["clq"].to_numpy(), nan_ok=True)
    assert colocation_quotients(places[:2], least=1).empty


def study_village(frame, *, streets=None, boundary=None, stops=None, outside=""):
    frames = {"pois": frame, "streets": town(0, step_m=SIDE_M / 4) if streets is None else streets}
    if stops is not None:
        frames["stops"] = stops
    layers = Layers(METRIC, frames, {kind: Provenance("drawn") for kind in frames})
    area = shapely.box(0, 0, SIDE_M, SIDE_M) if boundary is None else boundary
    return Village(
        VillageSpec("v", "V", "村"), area, "drawn", is_circle=False, position_doubt_m=0.0,
        layers=layers, outside=Words(outside, outside),
    )  # fmt: skip


def all_pairs(frame, limit_m=150.0):
    """Both ways between all places, as walks along streets a quarter longer than straight."""
    xy = places_xy(frame)
    rows = [(i, j, 1.25 * float(np.hypot(*(xy[i] - xy[j]))))
            for i, j in product(range(len(xy)), repeat=2)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["origin", "place", "distance_m"])
    return table[table["distance_m"] <= limit_m].sample(frac=1, random_state=1)


@few
@given(seed=seeds, n=st.integers(2, 14))
def test_of_two_ways_between_two_places_the_shorter_counts_once(seed, n):
    random = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {"origin": random.integers(0, n, 40), "place": random.integers(0, n, 40),
         "distance_m": random.uniform(0, 99, 40)}
    )  # fmt: skip
    pairs = along_streets(rows, n=n, length_m=500.0)
    least = {}
    for row in rows.itertuples():
        if row.origin != row.place:
            key = frozenset((row.origin, row.place))
            least[key] = min(row.distance_m, least.get(key, np.inf))
    told = {
        frozenset((a, b)): d
        for a, b, d in zip(pairs.one, pairs.other, pairs.distance_m, strict=True)
    }
    assert told == least
    assert len(pairs.one) == len(least)
    assert (np.diff(pairs.distance_m) >= 0).all()
    assert (pairs.weight == 1).all()


@few
@given(seed=seeds, by=st.floats(0.2, 5))
def test_k_grows_with_the_square_of_the_map_and_chance_with_it(seed, by):
    xy = places_xy(strewn(seed, 30))
    radii = np.array([10.0, 30.0, 60.0])
    area = shapely.Polygon([(0, 0), (300, 0), (300, 300), (120, 300)]).union(
        shapely.box(0, 0, 300, 300)
    )
    a = np.random.default_rng(seed).random(len(xy)) < 0.5
    curves = []
    for factor in (1.0, by):
        window = Window.of(affinity.scale(area, factor, factor, origin=(0, 0)),
                           reach_m=60 * factor)  # fmt: skip
        pairs = in_window(xy * factor, window, reach_m=60 * factor)
        one = against_shuffles(pairs, radii * factor, a, ~a, permutations=19)
        two = against_strewn(xy * factor, window, radii * factor, patterns=9)
        curves.append((one, two))
    for small, large in zip(*curves, strict=True):
        for name in ("k", "expected", "low", "high"):
            here = getattr(small, name)
            assert getattr(large, name) == pytest.approx(here * by**2, rel=0.02, abs=1e-6 * by**2)
            assert (np.diff(here) >= -1e-9).all(), "a wider circle holds no fewer pairs"
        assert (small.low <= small.high).all()
        assert 0 < small.p <= 1
    everyone = np.ones(len(xy), dtype=bool)
    window = Window.of(area, reach_m=60)
    same = against_shuffles(in_window(xy, window, reach_m=60), radii, everyone, permutations=9)
    assert same.low == pytest.approx(same.k)
    assert same.high == pytest.approx(same.k)
    assert same.p == 1


@few
@given(seed=seeds, n=st.integers(8, 50), outside=st.sampled_from(["", "no data reach here"]))
def test_company_is_told_where_there_are_enough_of_a_kind_and_refused_in_words_elsewhere(
    seed, n, outside
):
    places = strewn(seed, n)
    here = study_village(places, outside=outside)
    apart = all_pairs(places)
    curves = company_curves(here, places, apart)
    assert tuple(curves.columns) == COMPANY_COLUMNS
    length = here.layers["streets"].length.sum()
    kinds = places["category"].to_numpy()
    for (name, ground), rows in curves.groupby(["curve", "ground"]):
        if (rows["why"] != "").any():
            assert len(rows) == 1
            assert rows["why_zh"].item()
            assert rows["k"].isna().all()
            continue
        assert not outside
        assert (np.diff(rows["k"]) >= 0).all()
        assert (rows["low"] <= rows["high"]).all()
        if ground == "streets" and name == "workshop_shops":
            a, b = kinds == "workshop", np.isin(kinds, ("retail", "wholesale"))
            met = apart[a[apart["origin"]] & b[apart["place"]]]
            told = [(met["distance_m"] <= r).sum() * length / (a.sum() * b.sum())
                    for r in rows["radius_m"]]  # fmt: skip
            assert rows["k"].to_numpy() == pytest.approx(told)
    (clq,) = company_indicators(here, places)
    count = places["category"].value_counts()
    enough = min(count.get("express", 0), count.get("retail", 0)) >= limit("few_of_category")
    assert (clq.value is not None) == (enough and not outside)
    if clq.value is not None:
        merged = places.assign(category=places["category"].replace("retail", "shop"))
        table = colocation_quotients(merged, permutations=1).set_index(["a", "b"])
        assert clq.value == pytest.approx(table.loc[("express", "shop"), "clq"])


@few
@given(seed=seeds, angle=turns, dx=shifts, min_places=st.integers(3, 6))
def test_clusters_hold_their_places_wherever_they_lie(seed, angle, dx, min_places):
    places = strewn(seed)
    there = moved(places, angle, dx)[::-1]
    for labels, listed, reach in (
        (cluster_labels(places, eps_m=18.0, min_places=min_places),
         cluster_labels(there, eps_m=18.0, min_places=min_places), 18.0),
        (hierarchical_labels(places, min_places=min_places)["cluster"],
         hierarchical_labels(there, min_places=min_places)["cluster"], None),
    ):  # fmt: skip
        again = listed.loc[places.index]
        assert ((labels == -1) == (again == -1)).all()
        if reach is None:
            # A place at the edge of two clusters of DBSCAN goes to the first of them.
            assert len(pd.unique(pd.Series(zip(labels, again, strict=True)))) == labels.nunique()
        first = labels[labels >= 0].drop_duplicates().tolist()
        assert reach or first == list(range(len(first)))
        outlines = cluster_outlines(places, labels, eps_m=reach)
        other = cluster_outlines(moved(places, angle, dx), labels, eps_m=reach)
        assert outlines["places"].sum() == (labels >= 0).sum()
        assert outlines["cluster"].tolist() == sorted(set(labels) - {-1})
        assert other["area_ha"].to_numpy() == pytest.approx(
            outlines["area_ha"].to_numpy(), rel=0.02
        )
        for row in outlines.itertuples():
            own = places[labels == row.cluster]
            assert own.geometry.dwithin(row.geometry, 0.5).all()
            counts = own["category"].value_counts()
            assert counts[row.main_category] == counts.max()
            assert row.area_ha == pytest.approx(row.geometry.area / 1e4)
            assert row.chain_places == sum(categories()[k].chain for k in own["category"])
    table = hierarchical_labels(places, min_places=min_places)
    assert table["membership"].between(0, 1).all()
    assert (table.loc[table["cluster"] == -1, "membership"] == 0).all()
    sizes = table.loc[table["cluster"] >= 0, "cluster"].value_counts()
    assert (sizes >= min_places).all()


@few
@given(
    clustered=st.lists(st.booleans(), max_size=25), clusters=st.integers(0, 4),
    outside=st.sampled_from(["", "no data reach here"]),
)  # fmt: skip
def test_counts_of_places_are_counts_and_of_few_no_share_is_told(clustered, clusters, outside):
    places = strewn(1, len(clustered)).assign(cluster=np.where(clustered, 0, -1))
    here = study_village(places, outside=outside)
    group = Grouping("cluster", clusters, ("cluster_count", "clustered_share"), "by hand")
    found = {i.key: i for i in place_indicators(here, places, [group])}
    assert len(found) == 5
    n = len(places)
    if outside or not n:
        assert all(i.value is None and i.reason for i in found.values())
        return
    assert found["poi_count"].value == n
    assert found["service_density_per_ha"].value == pytest.approx(n / 9)
    chain = sum(categories()[kind].chain for kind in places["category"])
    assert found["production_place_count"].value == chain
    if n < limit("few_places"):
        assert found["clustered_share"].value is None
    else:
        assert found["clustered_share"].value == pytest.approx(np.mean(clustered))
        assert found["cluster_count"].value == clusters


@few
@given(seed=seeds, reach=st.floats(1, 60), angle=turns, dx=shifts)
def test_the_street_beside_a_place_is_the_nearest_of_all(seed, reach, angle, dx):
    streets, places = town(seed, step_m=SIDE_M / TOWN_BLOCKS), strewn(seed, 15)
    found = beside_streets(places, streets, reach_m=reach)
    apart = np.array([streets.distance(p) for p in places.geometry])
    nearest = apart.min(axis=1)
    assert (found["street"] >= 0).tolist() == (nearest <= reach).tolist()
    at = found[found["street"] >= 0]
    assert at["apart_m"].to_numpy() == pytest.approx(nearest[nearest <= reach])
    for place, row in at.iterrows():
        line = streets.geometry.iloc[row["street"].astype(int)]
        spot = line.interpolate(row["along_m"])
        assert spot.distance(places.geometry.loc[place]) == pytest.approx(row["apart_m"])
    there = beside_streets(moved(places, angle, dx), moved(streets, angle, dx), reach_m=reach)
    assert there["apart_m"].to_numpy() == pytest.approx(
        found["apart_m"].to_numpy(), abs=1e-6, nan_ok=True
    )


@settings(max_examples=8)
@given(seed=seeds, angle=turns, dx=shifts)
def test_main_streets_are_stretches_with_their_places_whichever_way_they_run(seed, angle, dx):
    streets = town(seed, oneway=0.0, step_m=100.0)
    random = np.random.default_rng(seed)
    along = streets.geometry.iloc[0].interpolate(random.uniform(0, 100, 30))
    aside = [affinity.translate(p, *random.uniform(-3, 3, 2)) for p in along]
    places = pd.concat([strewn(seed, 12, side_m=400.0), strewn(seed, 30)], ignore_index=True)
    places = places.set_geometry([*places.geometry[:12], *aside])
    pieces = gathering_stretches(places, streets, bandwidth_m=60.0, step_m=4.0)
    assert pieces["length_m"].sum() == pytest.approx(streets.length.sum())
    told = (pieces["per_100m"] * pieces["length_m"] / 100).sum()
    beside = beside_streets(places, streets, reach_m=30.0)
    assert told == pytest.approx((beside["street"] >= 0).sum())
    assert pieces["places"].sum() == (beside["street"] >= 0).sum()
    stretches, stands_at = main_streets(places, streets, bandwidth_m=60.0, step_m=4.0)
    assert len(stretches), "thirty places along one street gather"
    assert stretches["places"].is_monotonic_decreasing
    counts = stands_at[stands_at >= 0].value_counts().sort_index()
    assert counts.tolist() == stretches["places"].tolist()
    assert stretches.length.to_numpy() == pytest.approx(stretches["length_m"].to_numpy())
    assert stretches["per_100m"].to_numpy() == pytest.approx(
        100 * stretches["places"].to_numpy() / stretches["length_m"].to_numpy()
    )
    assert (stretches["chain_places"] <= stretches["places"]).all()
    there, again = main_streets(
        moved(places, angle, dx), moved(streets, angle, dx), bandwidth_m=60.0, step_m=4.0
    )
    assert there["length_m"].to_numpy() == pytest.approx(stretches["length_m"].to_numpy(), abs=4.1)
    assert (again != stands_at).mean() < 0.05
    here = study_village(places, streets=streets, boundary=shapely.box(-9, -9, 409, 409))
    life = street_life_indicators(here, places.assign(main_street=stands_at), stretches)
    assert no_bound_is_crossed(life)
    by_key = {i.key: i for i in life}
    assert by_key["main_street_share"].value == pytest.approx((stands_at >= 0).mean())
    assert by_key["main_street_km"].value == pytest.approx(stretches.length.sum() / 1e3)
    assert by_key["main_street_length_share"].value == pytest.approx(
        stretches.length.sum() / streets.length.sum()
    )


@few
@given(seed=seeds, dx=shifts, bandwidth=st.floats(20, 60))
def test_a_surface_is_the_sum_of_its_places_and_holds_each_of_them_once(seed, dx, bandwidth):
    places = strewn(seed, 24)
    area = shapely.box(0, 0, SIDE_M, SIDE_M)

    def surface(some, outline=area, known=None):
        found = density_surface(
            some, outline, name="x", bandwidth_m=bandwidth, cell_m=10.0, known=known
        )
        return found.values  # noqa: PD011 - a surface is no frame

    whole = surface(places)
    assert (whole >= 0).all()
    parts = surface(places[:9]) + surface(places[9:])
    assert parts == pytest.approx(whole)
    wide = area.buffer(5 * bandwidth, join_style="mitre")
    assert (surface(places, wide) * 100 / 1e4).sum() == pytest.approx(len(places), rel=1e-3)
    there = surface(moved(places, 0.0, dx), affinity.translate(area, dx, -dx))
    assert there == pytest.approx(whole, abs=1e-3 * whole.max())
    assert (surface(places[:0]) == 0).all()
    half = shapely.box(0, 0, SIDE_M / 2, SIDE_M)
    seen = surface(places, known=half)
    assert np.isnan(seen[:, 15:]).all()
    inner = places[places.within(half)]
    assert (seen[:, :15] >= surface(inner)[:, :15] - 1e-9).all(), "what is cut off is made good"


@heavy
@given(seed=seeds, dx=shifts)
def test_a_village_gathers_alike_wherever_it_lies(seed, dx):
    assumed = Assumptions()
    found = []
    for by in (0.0, dx):
        places = moved(strewn(seed, 60), 0.0, by)
        # No length halfway between two whole numbers of pieces, which rounding would decide.
        streets = moved(town(seed, step_m=74.3), 0.0, by)
        area = shapely.box(by + 40, 40 - by, by + 260, 260 - by)
        here = study_village(places, streets=streets, boundary=area)
        study = study_clusters(places, assumed)
        inside = here.inside("pois")
        assert study.outlines["places"].sum() == (study.places["cluster"] >= 0).sum()
        made = village_clusters(here, study, all_pairs(inside))
        found.append((study, made))
        assert len(made.layers["places"]) == len(inside)
        cells = made.layers["hexagons"]
        held = [int(places.within(cell).sum()) for cell in cells.geometry]
        assert cells["count"].tolist() == held
        assert no_bound_is_crossed(made.indicators)
    (one, here), (two, there) = found
    assert two.eps_m == pytest.approx(one.eps_m)
    assert two.places["cluster"].tolist() == one.places["cluster"].tolist()
    for a, b in zip(here.indicators, there.indicators, strict=True):
        assert (a.key, a.grade) == (b.key, b.grade)
        assert b.value == (a.value if a.value is None else pytest.approx(a.value, rel=1e-3))
    curve = here.tables["reach"]["curve_m"]
    assert curve.is_monotonic_increasing
    assert there.tables["reach"]["curve_m"].to_numpy() == pytest.approx(curve.to_numpy())
    assert len(here.tables["company"]) == len(there.tables["company"])
