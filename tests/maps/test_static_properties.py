"""Figures of any village: the same wherever it lies, in words that keep to their room."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from matplotlib.projections.polar import PolarAxes
from matplotlib.text import Text
from shapely import affinity

from taobaogis.errors import InputError
from taobaogis.maps.model import Label, Swatch
from taobaogis.maps.output import FIGURE_FORMATS
from taobaogis.maps.palette import width_scale
from taobaogis.maps.spec import village_maps
from taobaogis.maps.static import figure_batches, figures, left_out, pictures, sheet
from taobaogis.maps.static.access import draw_access
from taobaogis.maps.static.candidates import draw_candidates
from taobaogis.maps.static.cells import draw_cells, short_number
from taobaogis.maps.static.clustering import draw_clustering
from taobaogis.maps.static.clusters import draw_clusters
from taobaogis.maps.static.drawing import without
from taobaogis.maps.static.facilities import draw_facilities
from taobaogis.maps.static.figure_ground import draw_figure_ground
from taobaogis.maps.static.gaps import draw_gaps
from taobaogis.maps.static.isochrones import draw_reach
from taobaogis.maps.static.land_use import draw_land_use
from taobaogis.maps.static.legend import (
    area_entry,
    draw_legend,
    legend_height_in,
    line_entry,
    point_entry,
)
from taobaogis.maps.static.minutes import WAYS, by_mode, draw_minutes, longest_min, soonest
from taobaogis.maps.static.parts import draw_parts
from taobaogis.maps.static.street_rose import draw_street_rose, length_by_direction
from taobaogis.maps.static.street_width import draw_lanes, draw_street_width
from taobaogis.maps.static.travel_times import draw_travel_times
from taobaogis.maps.static.vehicle_reach import draw_vehicle_reach
from taobaogis.maps.static.village_sheet import (
    boundary_entry,
    draw_classes,
    draw_houses,
    draw_points,
    finish_map,
    kinds_of,
    line_width_pt,
    listed,
    seen_on,
    sums,
    symbol_pt,
    village_sheet,
)
from taobaogis.maps.static.width_histogram import draw_width_histogram

# A machine of tests may lack Chinese fonts; then letters are missing, and the rest holds.
pytestmark = [
    pytest.mark.filterwarnings("ignore::taobaogis.errors.TaobaoGISWarning"),
    pytest.mark.filterwarnings("ignore:Glyph"),
]

# The first example is the simplest there is.
few, twice = settings(max_examples=8), settings(max_examples=2, phases=(Phase.generate,))
seeds = st.integers(0, 2**31)
shifts = st.floats(-3e4, 3e4)
letters = st.text("abc defg,-.ÄöŁ$_^\\{}%村庄淘宝，、", min_size=1, max_size=40)
names = st.tuples(letters.filter(str.strip), letters)

OF_VILLAGE = {
    "access": draw_access, "clusters": draw_clusters, "facilities": draw_facilities,
    "gaps": draw_gaps, "reach": draw_reach, "land-use": draw_land_use, "parts": draw_parts,
    "lanes": draw_lanes, "street-width": draw_street_width, "vehicles": draw_vehicle_reach,
}  # fmt: skip
OF_STUDY = {
    "clustering": draw_clustering, "figure-ground": draw_figure_ground,
    "street-rose": draw_street_rose, "street-width-histogram": draw_width_histogram,
    "travel-times": draw_travel_times,
}  # fmt: skip


def moved(spec, dx, dy, title=None):
    """A map of the same village elsewhere, maybe under another name."""
    layers = tuple(
        dataclasses.replace(
            layer, features=layer.features.set_geometry(layer.features.translate(dx, dy))
        )
        for layer in spec.layers
    )
    return dataclasses.replace(
        spec, layers=layers, boundary=affinity.translate(spec.boundary, dx, dy),
        title=title or spec.title,
    )  # fmt: skip


def said(figure):
    return [t.get_text() for t in figure.findobj(Text) if t.get_text().strip()]


def drawn_sizes(figure):
    """How many shapes each collection of a figure draws."""
    return [len(c.get_paths()) for axes in figure.axes for c in axes.collections]


def assert_words_keep_apart(figure):
    figure.canvas.draw()
    boxes = [
        (t.get_text(), t.get_window_extent().padded(-1.5)) for t in figure.findobj(Text)
        if t.get_text().strip() and t.get_visible() and not isinstance(t.axes, PolarAxes)
    ]  # fmt: skip
    for i, (words, box) in enumerate(boxes):
        if box.width <= 0 or box.height <= 0:
            continue
        assert figure.bbox.x0 - 1 <= box.x0, words
        assert box.x1 <= figure.bbox.x1 + 1, words
        for other, beside in boxes[:i]:
            assert not box.overlaps(beside), (words, other)


class Maps(tuple):
    """Maps that a failing example names without writing them out."""

    __slots__ = ()

    def __repr__(self):
        return "maps"


@pytest.fixture(scope="module")
def maps(made, result):
    return Maps(village_maps(made.whole(result)))


@pytest.mark.parametrize("name", OF_VILLAGE)
@twice
@given(dx=shifts, title=names)
def test_a_figure_is_the_same_wherever_its_village_lies_and_whatever_it_is_called(
    maps, name, dx, title
):
    draw = OF_VILLAGE[name]
    if f"{name}-{maps[0].key}" in left_out(maps):
        pytest.skip("this scene has nothing to show of it")
    family = sheet.font_family()
    here = draw(maps[0], family)
    there = draw(moved(maps[0], dx, -dx, Label(*title)), family)
    assert drawn_sizes(there) == drawn_sizes(here)
    with sheet.drawing(family) as words:
        old, new = words(maps[0].title), words(Label(*title))
    assert [t.replace(new, old) for t in said(there)] == said(here)
    assert_words_keep_apart(there)


@pytest.mark.parametrize("name", OF_STUDY)
@twice
@given(dx=shifts, title=names)
def test_a_figure_of_all_villages_has_one_of_each_whatever_they_are_called(maps, name, dx, title):
    family = sheet.font_family()
    draw = OF_STUDY[name]
    here = draw(maps, family)
    there = draw([moved(maps[0], dx, -dx, Label(*title)), *maps[1:]], family)
    assert drawn_sizes(there) == drawn_sizes(here)
    assert len(there.axes) == len(here.axes)
    assert len(said(there)) == len(said(here))
    assert_words_keep_apart(there)


@settings(max_examples=1)
@given(seed=seeds)
def test_every_figure_is_drawn_or_its_reason_told_and_pictures_are_of_their_kind(maps, seed):
    order = np.random.default_rng(seed).permutation(len(maps))
    batches = figure_batches([maps[i] for i in order])
    together = figures([maps[i] for i in order])
    assert [name for batch in batches for name in batch] == list(together)
    every = {f"{n}-{m.key}" for m in maps for n in OF_VILLAGE} | set(OF_STUDY)
    assert set(together) | set(left_out(maps)) == every
    assert not set(together) & set(left_out(maps))
    some = {"street-rose": together["street-rose"]}
    found = pictures(some, FIGURE_FORMATS)
    assert set(found) == {f"street-rose.{kind}" for kind in FIGURE_FORMATS}
    signs = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    for file, content in found.items():
        assert content.startswith(signs[file.rpartition(".")[2]])
    assert pictures(some, FIGURE_FORMATS) == found, "the same figure gives the same bytes"
    assert figure_batches([]) == []


@few
@given(turn=st.integers(0, 35), lengths=st.lists(st.floats(1, 80), min_size=1, max_size=6),
       seed=seeds)  # fmt: skip
def test_a_rose_turns_with_its_streets_and_sums_to_one(turn, lengths, seed):
    angles = np.random.default_rng(seed).uniform(0.5, 9.5, len(lengths)) + 40
    lines = [
        affinity.rotate(shapely.LineString([(0, 0), (0, m)]), -a, origin=(0, 0))
        for m, a in zip(lengths, angles, strict=True)
    ]

    def rose(by):
        frame = gpd.GeoDataFrame(
            geometry=[affinity.rotate(line, -by, origin=(0, 0)) for line in lines], crs=4547
        )
        place = SimpleNamespace(
            layer=lambda _: SimpleNamespace(features=frame), boundary=shapely.box(-99, -99, 99, 99)
        )
        return length_by_direction(place)

    here = rose(0)
    assert here.sum() == pytest.approx(1)
    assert here[:18] == pytest.approx(here[18:]), "a street has no forward"
    assert rose(10.0 * turn) == pytest.approx(np.roll(here, turn))


@given(value=st.one_of(st.floats(-1e9, 1e9), st.just(np.nan)))
def test_a_short_number_reads_as_the_number(value):
    text = short_number(value)
    if np.isnan(value):
        assert text == "–"
    else:
        read = float(text.replace(",", ""))
        assert read == pytest.approx(value, rel=0.006)


@few
@given(
    text=st.lists(
        st.text("abc淘宝", min_size=1, max_size=8).map(lambda w: w + " "), max_size=9
    ).map("".join),
    columns=st.integers(16, 40),
)  # fmt: skip
def test_wrapping_loses_no_word_and_no_line_is_longer_than_its_room(text, columns):
    lines = sheet.wrapped(text, columns)
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())
    for line in lines:
        assert len(line) + sum(letter > "\u2e80" for letter in line) <= columns


markets = st.lists(
    st.tuples(
        st.booleans(),
        *(st.one_of(st.none(), st.floats(0, 200)) for _ in WAYS),
        st.floats(0, 30),
    ),
    max_size=5,
)  # fmt: skip


@few
@given(rows=markets)
def test_the_market_of_each_mode_is_the_right_one_that_is_reached_first(rows):
    table = pd.DataFrame(
        {"right_goods": [r[0] for r in rows], "name_en": [f"m{i}" for i in range(len(rows))],
         "name_zh": [f"市{i}" for i in range(len(rows))]}
    )  # fmt: skip
    for k, way in enumerate(WAYS, start=1):
        table[way.column] = np.array([r[k] for r in rows], dtype=float)
        for bound, sign in zip(way.bounds, (-1, 1), strict=True):
            table[bound] = (table[way.column] + sign * table.index.map(lambda i: rows[i][-1])).clip(
                lower=0
            )
    spec = SimpleNamespace(layer=lambda _: SimpleNamespace(features=table))
    found = by_mode(spec)
    for way in WAYS:
        right = table.loc[table["right_goods"].astype(bool), way.column].dropna()
        row = found[way.mode]
        if right.empty:
            assert row is None
            assert soonest(spec, way.column) is None
        else:
            assert row[way.column] == right.min()
    end = longest_min([found])
    assert 45 <= end <= 120
    for way in WAYS:
        if found[way.mode] is not None:
            assert end >= min(found[way.mode][way.bounds[1]], 120)
    with sheet.drawing(None) as words:
        figure = sheet.new_figure(8, 3)
        axes = sheet.axes_in(figure, (1, 0.5, 4, 2))
        draw_minutes(axes, found, end, words)
        told = [t.get_text() for t in axes.texts]
        assert told.count("Not known") == sum(row is None for row in found.values())
        middles = [line for line in axes.lines if line.get_marker() == "o"]
        shown = [
            r[w.column] for w in WAYS if (r := found[w.mode]) is not None and r[w.column] <= end
        ]
        assert sorted(line.get_xdata()[0] for line in middles) == sorted(shown)


@few
@given(
    rows=st.lists(
        st.tuples(letters.filter(str.strip), letters, st.sampled_from(["", "12", "3.4 km"])),
        min_size=1, max_size=12,
    ),
    wide=st.floats(2.2, 4), size=st.floats(2, 9),
)  # fmt: skip
def test_a_legend_keeps_every_entry_in_its_column(rows, wide, size):
    swatch = Swatch(Label("x", "某"), "#123456", size_px=size, shape="diamond")
    makers = (
        lambda label, amount: line_entry(
            dataclasses.replace(swatch, label=label), line_width_pt(swatch), amount
        ),
        lambda label, amount: area_entry(label, amount, facecolor="#123456"),
        lambda label, amount: point_entry(dataclasses.replace(swatch, label=label), size, amount),
    )
    entries = [makers[i % 3](Label(en, zh), a) for i, (en, zh, a) in enumerate(rows)]
    family = sheet.font_family()
    with sheet.drawing(family) as words:
        high = legend_height_in(len(entries))
        figure = sheet.new_figure(wide + 1, high + 1)
        axes = sheet.axes_in(figure, (0.5, 0.5, wide, high))
        draw_legend(axes, Label("Heading", "标题"), entries, words)
        for text in axes.texts:
            box = text.get_window_extent()
            assert box.x1 <= (0.5 + wide) * sheet.DPI + 1
            assert sheet.text_width_in(text) <= wide + 0.01
        written = [t.get_text() for t in axes.texts]
        for entry in entries:
            assert entry.label.en in written
            assert entry.amount == "" or entry.amount in written
        y = [t.get_position()[1] for t in axes.texts]
        assert min(y) > 0
        assert max(y) < high - 0.5


@few
@given(seed=seeds, n=st.integers(0, 30))
def test_amounts_of_a_legend_are_those_of_what_is_drawn(seed, n):
    random = np.random.default_rng(seed)
    shapes = [shapely.Point(*p).buffer(3) for p in random.uniform(0, 90, (n, 2))]
    width = random.choice([np.nan, 1.0, 3.0, 30.0], n)
    frame = gpd.GeoDataFrame({"facade_width_m": width}, geometry=shapes, crs=4547)
    scale = width_scale()
    layer = SimpleNamespace(scale=scale, features=frame, if_empty=Label("none", "无"))
    figure = sheet.new_figure(5, 5)
    axes = sheet.axes_in(figure, (0.5, 0.5, 4, 3))
    area = shapely.box(0, 0, 60, 60)
    sheet.frame_on(axes, area)
    assert axes.get_xlim()[0] <= 0
    assert axes.get_ylim()[1] >= 60
    metres_a_pixel = [
        (hi - lo) / side for (lo, hi), side in (
            (axes.get_xlim(), axes.get_window_extent().width),
            (axes.get_ylim(), axes.get_window_extent().height),
        )
    ]  # fmt: skip
    assert metres_a_pixel[0] == pytest.approx(metres_a_pixel[1]), "nothing is distorted"
    codes = draw_classes(axes, scale, frame, zorder=1)
    total = sums(frame.area.to_numpy(), codes)
    assert total.sum() == pytest.approx(frame.area.sum())
    known = listed(layer, total)
    assert sum(amount for _, amount in known) == pytest.approx(frame.area.sum())
    assert (len(known) == len(scale.classes)) == bool(total[len(scale.swatches)])
    drawn = [len(c.get_paths()) for c in axes.collections]
    assert drawn == np.bincount(codes, minlength=len(scale.classes)).tolist()
    seen = seen_on(axes, frame)
    x, y = axes.get_xlim(), axes.get_ylim()
    frame_box = shapely.box(x[0], y[0], x[1], y[1])
    assert len(seen) == frame.intersects(frame_box).sum()
    dots = SimpleNamespace(scale=scale, features=frame.set_geometry(frame.centroid))
    entries = draw_points(axes, dots, zorder=2)
    inside = dots.features.within(frame_box).sum()
    assert sum(int(e.amount) for e in entries) == inside
    assert kinds_of(layer) == len(set(codes))
    assert without("any")(SimpleNamespace(layer=lambda _: layer)) == (None if n else layer.if_empty)


@few
@given(n=st.integers(0, 30), angle=st.floats(0, 360), size=st.floats(1, 9), by=st.floats(1, 3))
def test_every_line_and_ring_is_drawn_and_all_outside_is_toned_down(n, angle, size, by):
    figure = sheet.new_figure(5, 5)
    axes = sheet.axes_in(figure, (0.5, 0.5, 4, 3))
    area = shapely.box(0, 0, 60, 60)
    sheet.frame_on(axes, area)
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    lines = [affinity.rotate(shapely.LineString([(0, 0), (20, 9)]), angle) for _ in range(n)]
    sheet.draw_lines(axes, lines, colors="k")
    assert len(axes.collections[0].get_paths()) == n
    sheet.draw_areas(axes, [area - shapely.box(9, 9, 20, 20), shapely.Polygon()], facecolor="k")
    (ring,) = axes.collections[-1].get_paths()
    assert len(ring.vertices) == 10, "the outline and the hole"
    sheet.veil(axes, area, zorder=5)
    (outside,) = axes.collections[-1].get_paths()
    rings = [shapely.Polygon(outside.vertices[k : k + 5]).area for k in (0, 5)]
    assert rings[0] - rings[1] == pytest.approx((east - west) * (north - south) - area.area)
    small, large = (Swatch(Label("x", "某"), "#123456", size_px=size * k) for k in (1, by))
    assert line_width_pt(large) == pytest.approx(by * line_width_pt(small))
    assert symbol_pt(large) == pytest.approx(by * symbol_pt(small))


@settings(max_examples=4)
@given(title=names, lines=st.lists(names, max_size=2), entries=st.integers(1, 14),
       wide=st.floats(40, 900), high=st.floats(40, 900))  # fmt: skip
def test_a_sheet_fits_its_village_its_legend_and_any_name(maps, title, lines, entries, wide, high):
    family = sheet.font_family()
    west, south = maps[0].boundary.bounds[:2]
    area = shapely.box(west, south, west + wide, south + high)
    spec = dataclasses.replace(maps[0], boundary=area, title=Label(*title))
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(spec, words, Label("What", "何"), entries=entries)
        sheet.remarks(figure, [Label(*line) for line in lines], words)
        draw_houses(axes, spec)
        finish_map(figure, axes, spec, words)
        draw_legend(side, Label("", ""), [boundary_entry(spec)] * entries, words)
        sheet.finish(figure, spec, words)
    x, y = axes.get_xlim(), axes.get_ylim()
    assert shapely.box(x[0], y[0], x[1], y[1]).covers(area)
    column = side.get_window_extent()
    assert column.height / sheet.DPI >= legend_height_in(entries) - 0.01
    assert axes.get_window_extent().x1 <= column.x0
    assert len(axes.collections[0].get_paths()) == len(spec.layer("buildings").features)
    assert_words_keep_apart(figure)
    with sheet.drawing(family) as words:
        sheet.titles(bare := sheet.new_figure(6, 2), title[0], title[1] or "x")
        for text in bare.texts:
            assert sheet.text_width_in(text) <= 6 * 0.965 - 3.35 + 0.02
            size = text.get_fontsize()
            sheet.fit(text, 99.0)
            assert text.get_fontsize() == size, "what has room stays as it is"
        sheet.north_and_scale(bare, sheet.axes_in(bare, (1, 0.5, 2, 1)), words, 0.1, 0.1)
        assert "N" in [t.get_text() for t in bare.texts]


@settings(max_examples=3)
@given(seed=seeds, n=st.integers(1, 40), dx=shifts)
def test_cells_and_candidates_are_drawn_each_once_wherever_they_lie(seed, n, dx):
    random = np.random.default_rng(seed)
    squares = [shapely.box(10 * i, 0, 10 * i + 10, 10) for i in range(n)]
    values = np.where(random.random(n) < 0.2, np.nan, random.normal(0, 9, n))
    cells = gpd.GeoDataFrame({"v": values}, geometry=squares, crs=4547)
    houses = gpd.GeoSeries([s.buffer(-2) for s in squares] + [None], crs=4547)
    found = gpd.GeoDataFrame({"score": random.random(n)}, geometry=squares, crs=4547)[:4]
    told = []
    for by in (0.0, dx):
        one = draw_cells(
            cells.set_geometry(cells.translate(by, by)), ["v"], {"v": Label("V", "值")}, None,
            credit="c",
        )  # fmt: skip
        two = draw_candidates(
            gpd.GeoDataFrame(geometry=houses.translate(by, by)),
            found.set_geometry(found.translate(by, by)), None, attribution="c",
        )  # fmt: skip
        assert sum(drawn_sizes(one)) == n
        told.append((said(one), said(two), drawn_sizes(two)))
    assert told[0] == told[1]
    words = told[0][0]
    ends = [w.split("–") for w in words if w.count("–") == 1 and w[0] in "-0123456789"]
    for (_, high), (low, _) in pairwise(ends):
        assert high == low, "classes leave no hole between them"
    titles = [w for w in told[0][1] if w[:1].isdigit() and "." in w]
    assert len(titles) == len(found)


@given(wanted=st.text("xyz", min_size=9, max_size=14))
def test_a_font_that_nobody_has_is_refused_by_name(wanted):
    with pytest.raises(InputError) as refused:
        sheet.font_family(wanted)
    assert wanted in str(refused.value)
    assert "\n" not in str(refused.value)


@settings(max_examples=3)
@given(kind=st.sampled_from(FIGURE_FORMATS), words=letters)
def test_what_is_saved_is_what_the_figure_gives(tmp_path_factory, kind, words):
    figure = sheet.new_figure(2, 1)
    with sheet.drawing(None):
        figure.text(0.1, 0.5, "".join(letter for letter in words if letter < "\u2e80"))
    path = tmp_path_factory.mktemp("saved") / f"figure.{kind}"
    sheet.save_figure(figure, path)
    assert path.read_bytes() == sheet.figure_bytes(figure, kind)
