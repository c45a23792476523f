"""Old and new parts of any village: the ground is shared out whole, whichever way it lies."""

from __future__ import annotations

import re
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from taobaogis.form.parts import village_parts
from taobaogis.form.parts_evidence import house_fabric, votes
from taobaogis.form.parts_labels import DEPTH_M, PARTS, house_parts, house_probability
from taobaogis.form.parts_shape import part_pieces
from taobaogis.form.parts_words import feature_words

seeds = st.integers(0, 2**31)
few = settings(max_examples=8)


def half_grown(seed, columns=15, rows=8):
    """Plots in rows on the one side and houses that stand as they like on the other."""
    random = np.random.default_rng(seed)
    shapes = []
    for column in range(columns):
        for row in range(rows):
            x, y = 14.3 * column, 14.3 * row
            if column < columns / 2:
                shapes.append(shapely.box(x, y, x + 9.6, y + 12.7))
            elif random.random() < 0.9:
                w, h = random.uniform(8, 13.5, 2)
                house = shapely.box(x + 1, y + 1, x + 1 + w, y + 1 + h)
                shapes.append(affinity.rotate(house, random.uniform(-12, 12)))
    return np.asarray(shapes, dtype=object)


def around(houses, margin=4.0):
    return shapely.box(*shapely.total_bounds(houses)).buffer(margin, join_style="mitre")


@few
@given(
    seed=seeds, angle=st.floats(0, 360), dx=st.floats(-5e3, 5e3), cut=st.floats(0.3, 1)
)  # fmt: skip
def test_a_village_has_the_same_parts_whichever_way_it_lies(seed, angle, dx, cut):
    houses = half_grown(seed)
    left, low, right, high = around(houses).bounds
    area = shapely.box(left, low, left + cut * (right - left), high)
    here = village_parts(gpd.GeoSeries(houses, crs=4547), area)

    def moved(shape):
        return affinity.translate(affinity.rotate(shape, angle, origin=(0, 0)), dx, -dx)

    order = np.random.default_rng(seed).permutation(len(houses))
    frame = gpd.GeoSeries([moved(houses[i]) for i in order], index=order, crs=4547)
    there = village_parts(frame, moved(area))
    again = there.columns.loc[range(len(houses))]
    assert again["part"].tolist() == here.columns["part"].tolist()
    assert again["part_probability"].to_numpy() == pytest.approx(
        here.columns["part_probability"].to_numpy(), abs=0.03, nan_ok=True
    )
    parts = here.parts
    assert there.parts["part"].tolist() == parts["part"].tolist()
    assert there.parts["area_ha"].to_numpy() == pytest.approx(
        parts["area_ha"].to_numpy(), rel=0.02, abs=0.01
    )
    # The ground is shared out whole, and so are its houses.
    assert parts["area_ha"].sum() == pytest.approx(area.area / 1e4)
    assert shapely.union_all(parts.geometry).symmetric_difference(area).area < 1e-6 * area.area
    inside = shapely.intersects(area, shapely.point_on_surface(houses))
    assert parts["n_buildings"].sum() == inside.sum() == (here.columns["part"] != "").sum()
    assert parts["probability"].dropna().between(0, 1).all()
    believed = here.belief.dropna()
    assert believed[list(PARTS)].sum(axis=1).to_numpy() == pytest.approx(1)
    has_houses = parts["n_buildings"] > 0
    ground = parts.loc[has_houses, "area_ha"].sum() * 1e4 / area.area
    assert believed["ground_share"].sum() == pytest.approx(ground)


@few
@given(seed=seeds, kept=st.floats(0.2, 1))
def test_houses_of_a_part_are_many_and_every_vote_has_its_bounds(seed, kept):
    houses = half_grown(seed)
    houses = houses[np.random.default_rng(seed).random(len(houses)) < kept]
    fabric = house_fabric(houses)
    table = fabric.table
    assert table["area_m2"].to_numpy() == pytest.approx(shapely.area(houses))
    for share in ("flush_share", "close_share"):
        assert table[share].dropna().between(0, 1 + 1e-9).all()
    assert table["turn_deg"].dropna().between(0, 45 + 1e-9).all()
    assert (table["unlike"].dropna() >= 0).all()
    assert votes(table).abs().le(1).all(axis=None)
    assert house_probability(fabric).sum(axis=1) == pytest.approx(np.ones(len(houses)))
    labels = house_parts(houses, fabric)
    pieces, part = part_pieces(houses, labels, fabric, around(houses))
    assert shapely.area(pieces).sum() == pytest.approx(around(houses).area)
    assert set(part) <= set(range(len(PARTS)))
    inner = shapely.point_on_surface(houses)
    for piece, label in zip(pieces, part, strict=True):
        held = int(shapely.intersects(piece, inner).sum())
        rest = len(pieces) == 1 or label == PARTS.index("other")
        assert rest or (held >= 16 and piece.area > DEPTH_M**2 / 2)


@few
@given(
    front=st.lists(st.floats(0.1, 30), min_size=2, max_size=8), more=st.floats(0.01, 5),
)  # fmt: skip
def test_more_of_a_feature_never_turns_a_vote_round(front, more):
    """Wider ways, straighter houses and more neighbours in line speak for a plan, never less."""
    steps = np.sort(np.array(front))
    one = {"front_m": 3.0, "turn_deg": 2.0, "unlike": 0.2, "flush_share": 0.5,
           "close_share": 0.5, "size_ratio": 1.0}  # fmt: skip
    signs = {"front_m": 1, "turn_deg": -1, "unlike": -1, "flush_share": 1, "close_share": 1,
             "size_ratio": -1}  # fmt: skip
    names = dict(zip(signs, ("front", "turn", "unlike", "flush", "close", "small"), strict=True))
    for column, sign in signs.items():
        rows = [pd.DataFrame([one | {column: value}]) for value in [*steps, steps[-1] + more]]
        told = [votes(row)[names[column]].iloc[0] * sign for row in rows]
        assert all(a <= b + 1e-12 for a, b in pairwise(told)), column


@few
@given(seed=seeds, pieces=st.integers(1, 3))
def test_the_words_tell_medians_of_the_piece_and_of_the_rest(seed, pieces):
    houses = half_grown(seed, columns=6)
    table = house_fabric(houses).table
    piece = np.random.default_rng(seed).integers(-1, pieces, len(houses))
    english, chinese = feature_words(table, piece, 0)
    assert english.count("; ") == chinese.count("；") <= 2
    number = r"\d+(?:\.\d+)?"
    said = [re.findall(number, words) for words in english.split("; ")]
    # The six metres of a façade close by are a word, not a number of this village.
    said = [[n for n in numbers if n != "6"] for numbers in said]
    own, others = piece == 0, piece > 0
    factors = {"front_m": (1, 1), "turn_deg": (1, 1), "flush_share": (100, 0),
               "close_share": (100, 0), "area_m2": (1, 0)}  # fmt: skip
    medians = {
        tuple(
            f"{np.nanmedian(table[column].to_numpy()[some]) * factor:.{digits}f}"
            for some in (own, others) if some.any()
        )
        for column, (factor, digits) in factors.items()
    }  # fmt: skip
    unlike = np.exp(table["unlike"].to_numpy())
    medians.add(tuple(f"{np.nanmedian(unlike[some]):.2f}" for some in (own, others) if some.any()))
    assert {tuple(numbers) for numbers in said} <= medians
    for numbers in said:
        assert all(n in chinese for n in numbers)
    assert feature_words(table, piece, pieces) == ("", "")
