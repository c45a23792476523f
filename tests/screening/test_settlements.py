"""Of houses anywhere: which stand as in a village, which together, and on what ground."""

from dataclasses import replace

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from taobaogis.screening.criteria import limits
from taobaogis.screening.settlements import grounds, settlements, village_houses

# Small enough for a dozen houses to be a settlement, and for a row of them to be too long a walk.
SMALL = replace(limits(), close_m=4.0, join_m=12.0, neighbours_least=2, houses_least=4, walk_m=35.0)


@st.composite
def towns(draw):
    """Rows of houses here and there, with gaps, and some great buildings."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    shapes = []
    for _ in range(draw(st.integers(1, 3))):
        columns, rows = draw(st.integers(2, 9)), draw(st.integers(1, 4))
        lane, corner = draw(st.sampled_from([1.0, 3.0, 6.0, 15.0])), rng.uniform(0, 150, 2)
        pitch = 9 + lane
        for i in range(columns):
            for j in range(rows):
                if rng.random() < 0.15:
                    continue
                x, y = corner + pitch * np.array([i, j]) + rng.uniform(0, 1, 2)
                width, depth = rng.uniform(7, 9, 2)
                shapes.append(shapely.box(x, y, x + width, y + depth))
    for x, y in rng.uniform(0, 200, (draw(st.integers(0, 3)), 2)):
        shapes.append(shapely.box(x, y, x + 30, y + 50))
    base = np.array([430_000.0, 2_550_000.0])
    return np.array([shapely.transform(s, lambda xy: xy + base) for s in shapes], dtype=object)


def order_of(draw_seed, n):
    return np.random.default_rng(draw_seed).permutation(n)


@settings(max_examples=30)
@given(town=towns(), seed=st.integers(0, 99))
def test_a_village_house_is_small_and_has_another_building_close(town, seed):
    area = shapely.area(town)
    found = village_houses(town, area, SMALL)
    apart = shapely.distance(town[:, None], town[None, :])
    np.fill_diagonal(apart, np.inf)
    small = (area >= SMALL.house_least_m2) & (area <= SMALL.house_most_m2)
    nearest = apart.min(axis=1, initial=np.inf)
    assert found.tolist() == (small & (nearest <= SMALL.close_m)).tolist()
    order = order_of(seed, len(town))
    assert village_houses(town[order], area[order], SMALL).tolist() == found[order].tolist()


@settings(max_examples=30)
@given(town=towns(), seed=st.integers(0, 99),
       east=st.integers(-5000, 5000), north=st.integers(-5000, 5000))  # fmt: skip
def test_a_house_is_of_one_settlement_at_most_wherever_it_stands_in_the_list(
    town, seed, east, north
):
    area = shapely.area(town)
    found = settlements(town, area, SMALL)
    assert ((found.settlement >= 0) == (found.piece >= 0)).all()
    for part in found:
        assert sorted(set(part.tolist()) - {-1}) == list(range(part.max(initial=-1) + 1))
    of_piece = {(p, s) for p, s in zip(found.piece, found.settlement, strict=True) if p >= 0}
    assert len(of_piece) == found.piece.max(initial=-1) + 1, "a piece is of one settlement"
    houses = village_houses(town, area, SMALL)
    west = [town[found.settlement == n] for n in range(found.settlement.max(initial=-1) + 1)]
    assert all(len(members) >= SMALL.houses_least for members in west)
    core = houses & (found.settlement >= 0)
    apart = shapely.distance(town[core][:, None], town[core][None, :])
    joined = np.equal.outer(found.settlement[core], found.settlement[core])
    crowded = (apart <= SMALL.join_m).sum(axis=1) > SMALL.neighbours_least
    assert (apart > SMALL.join_m)[~joined & np.logical_and.outer(crowded, crowded)].all()
    order = order_of(seed, len(town))
    again = settlements(town[order], area[order], SMALL)
    assert again.settlement.tolist() == found.settlement[order].tolist()
    assert again.piece.tolist() == found.piece[order].tolist()
    there = shapely.transform(town, lambda xy: xy + np.array([east, north]))
    moved = settlements(there, shapely.area(there), SMALL)
    assert moved.settlement.tolist() == found.settlement.tolist()
    assert moved.piece.tolist() == found.piece.tolist()


@settings(max_examples=25)
@given(town=towns())
def test_grounds_hold_their_houses_and_share_nothing(town):
    found = settlements(town, shapely.area(town), SMALL)
    made = grounds(town, found, SMALL)
    assert sorted(piece for piece, _, _ in made) == list(range(found.piece.max(initial=-1) + 1))
    whole = np.array([ground for *_, ground in made], dtype=object)
    for piece, built, ground in made:
        assert ground.is_valid
        assert built.difference(ground).area < 1e-3
        # Of two footprints on the same ground in two pieces one has to yield.
        own, others = town[found.piece == piece], town[(found.piece >= 0) & (found.piece != piece)]
        alone = own[~shapely.intersects(own, shapely.union_all(others))]
        assert shapely.intersects(built, shapely.point_on_surface(alone)).all()
        reach = shapely.union_all(town[found.settlement == of(found, piece)])
        assert ground.difference(reach.buffer(2 * SMALL.join_m)).area < 1e-3
    settlement = np.array([of(found, piece) for piece, *_ in made])
    for number in np.unique(settlement):
        own = whole[settlement == number]
        assert shapely.area(own).sum() - shapely.union_all(own).area < 1e-3


def of(found, piece):
    return int(found.settlement[found.piece == piece][0])
