from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from matplotlib.image import imread
from matplotlib.projections.polar import PolarAxes
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from taobaogis.errors import ExportError, InputError, TaobaoGISWarning
from taobaogis.maps import fonts
from taobaogis.maps.spec import village_map, village_maps
from taobaogis.maps.static import (
    figure_bytes,
    figures,
    left_out,
    save_figure,
    street_width,
    width_histogram,
)
from taobaogis.maps.static.clusters import draw_clusters
from taobaogis.maps.static.land_use import draw_land_use

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from taobaogis.results import StudyResult

# A machine of tests may lack Chinese fonts; then figures are English and warn once, as promised.
pytestmark = pytest.mark.filterwarnings("ignore::taobaogis.errors.TaobaoGISWarning")


@pytest.fixture(scope="module")
def drawn(made: ModuleType, result: StudyResult) -> dict[str, Figure]:
    return all_figures(made.whole(result))


def all_figures(result: StudyResult) -> dict[str, Figure]:
    drawers = figures(village_maps(result))
    return {name: draw() for name, draw in drawers.items()}


def pixels(figure: Figure) -> NDArray[np.float32]:
    return imread(io.BytesIO(figure_bytes(figure)))[:, :, :3]


def texts(figure: Figure) -> str:
    found = [t.get_text() for t in figure.texts]
    for axes in figure.axes:
        found += [t.get_text() for t in axes.texts]
    return "\n".join(found)


def has_colour(picture: NDArray[np.float32], colour: str) -> bool:
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return bool((np.abs(picture - wanted).max(axis=2) < 0.01).any())


def test_every_village_that_the_data_reach_has_its_maps(drawn: dict[str, Figure]) -> None:
    assert list(drawn) == [
        "street-width-alder", "lanes-alder", "parts-alder", "gaps-alder", "land-use-alder",
        "clusters-alder", "access-alder", "reach-alder", "facilities-alder", "vehicles-alder",
        "figure-ground", "street-width-histogram", "street-rose", "travel-times",
    ]  # fmt: skip


def test_a_figure_that_would_show_nothing_is_left_out_and_its_reason_told(
    result: StudyResult,
) -> None:
    maps = village_maps(result)
    missing = left_out(maps)
    assert not set(missing) & set(figures(maps))
    assert {name.removesuffix("-birch"): why.en for name, why in missing.items()} == {
        "parts-alder": "no parts are told apart",
        "gaps-alder": "no two houses face each other within 15 m",
        "lanes-alder": "no lanes between buildings",
        "reach-alder": "no street is near",
        "facilities-alder": "no house, or no facility that can be judged",
        "vehicles-alder": "no buildings on the map",
        "street-width": "no street runs between façades",
        "lanes": "no lanes between buildings",
        "parts": "no parts are told apart",
        "gaps": "no buildings on the map",
        "land-use": "no land use on the map",
        "clusters": "no places on the map",
        "access": "the study names no market",
        "reach": "no street is near",
        "facilities": "no house, or no facility that can be judged",
        "vehicles": "no buildings on the map",
        "clustering": "too few places in every village to compare with chance",
    }
    for why in missing.values():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in why.zh)


def test_a_study_of_which_nothing_is_known_has_no_figures_of_all_villages(
    made: ModuleType, result: StudyResult
) -> None:
    birch = made.only(result, "birch")
    bare = made.replaced(birch.villages[0], streets=made.empty("facade_width_m"))
    maps = village_maps(replace(birch, villages=(bare,)))
    assert not figures(maps)
    missing = left_out(maps)
    assert missing["street-rose"].en == "no streets on the map"
    assert missing["travel-times"].en == "no time to a right market is known for any village"
    assert missing["figure-ground"].en == "no buildings on the map"


def test_a_village_whose_goods_no_market_sells_has_no_map_of_the_way(
    made: ModuleType, result: StudyResult
) -> None:
    alder = made.only(result, "alder").villages[0]
    wrong = alder.layers["markets"].assign(right_goods=False)
    maps = village_maps(replace(result, villages=(made.replaced(alder, markets=wrong),)))
    assert left_out(maps)["access-alder"].en == "no market of the study sells the village's goods"


@pytest.mark.parametrize("lettering", ["as the fonts allow", "English only"])
def test_no_words_lie_on_others_or_beyond_the_sheet(
    drawn: dict[str, Figure], made: ModuleType, result: StudyResult, lettering: str
) -> None:
    if lettering == "English only":
        drawers = figures(village_maps(made.whole(result)))
        drawn = {
            name: drawer.func(drawer.args[0], None)
            for name, drawer in drawers.items()
            if isinstance(drawer, partial)
        }
        assert len(drawn) == len(drawers)
    for name, figure in drawn.items():
        figure.canvas.draw()
        written = [
            t for t in figure.findobj(Text)
            if t.get_text().strip() and t.get_visible() and not isinstance(t.axes, PolarAxes)
        ]  # fmt: skip
        boxes = [(t.get_text(), t.get_window_extent().padded(-1)) for t in written]
        for i, (said, box) in enumerate(boxes):
            if box.width <= 0 or box.height <= 0:
                continue
            within = Bbox.intersection(box, figure.bbox)
            assert within is not None, (name, said)
            assert np.allclose(within.bounds, box.bounds), (name, said)
            for other, beside in boxes[:i]:
                assert not box.overlaps(beside), (name, said, other)


def test_equal_runs_give_equal_bytes(drawn: dict[str, Figure], made: ModuleType) -> None:
    again = all_figures(made.scene())
    for name in ("figure-ground", "street-width-alder", "street-width-histogram"):
        assert figure_bytes(drawn[name]) == figure_bytes(again[name])


def test_all_width_colours_are_on_the_map(drawn: dict[str, Figure], result: StudyResult) -> None:
    picture = pixels(drawn["street-width-alder"])
    for swatch in village_map(result.villages[0], result).layer("streets").scale.classes:
        assert has_colour(picture, swatch.colour), swatch.label.en


def test_the_legend_tells_the_length_of_each_class(drawn: dict[str, Figure]) -> None:
    said = texts(drawn["street-width-alder"])
    # Each lane runs 150 m within the boundary; the street in the north crosses 170 m of it.
    assert said.count("0.15 km") == 6
    assert said.count("0.17 km") == 1


def test_the_legend_tells_the_area_of_each_use(drawn: dict[str, Figure]) -> None:
    said = texts(drawn["land-use-alder"])
    assert "1.43 ha" in said, "110 m by 130 m"
    assert "0.37 ha" in said, "30 m by 130 m less a round pond of 8 m radius"
    assert "Residential (R)" in said


def test_made_up_data_are_marked_on_every_figure(drawn: dict[str, Figure]) -> None:
    for name, figure in drawn.items():
        assert "SYNTHETIC DATA" in texts(figure), name


def test_the_attribution_stands_on_every_figure(made: ModuleType) -> None:
    for name, figure in all_figures(made.scene(synthetic=False)).items():
        assert "© OpenStreetMap contributors, ODbL 1.0" in texts(figure), name
        assert "SYNTHETIC" not in texts(figure), name


def test_nothing_is_cut_off_at_the_edge_of_the_sheet(drawn: dict[str, Figure]) -> None:
    for name, figure in drawn.items():
        picture = pixels(figure)
        for edge in (picture[:8], picture[-8:], picture[:, :8], picture[:, -8:]):
            assert edge.min() == 1.0, name


def test_a_village_without_houses_says_so_beside_the_others(drawn: dict[str, Figure]) -> None:
    assert "no buildings on the map" in texts(drawn["figure-ground"])


def of_a_city(made: ModuleType, result: StudyResult, spread_m: float, n: int) -> Figure:
    """Clusters in a square of 20 km: nine in ten places around its middle, the rest strewn."""
    side, rng = 20_000.0, np.random.default_rng(4)
    origin = np.array([made.X0, made.Y0])
    near = rng.normal(side / 2, spread_m, (n - n // 10, 2))
    xy = np.vstack([near, rng.uniform(0, side, (n // 10, 2))])
    kinds = [{"category": "retail", "name": "", "geometry": shapely.Point(p)} for p in xy + origin]
    boundary = shapely.box(made.X0, made.Y0, made.X0 + side, made.Y0 + side)
    spec = village_map(made.replaced(result.villages[0], places=made.frame(kinds)), result)
    return draw_clusters(replace(spec, boundary=boundary), None)


def test_of_a_city_the_middle_is_drawn_that_most_places_share(
    made: ModuleType, result: StudyResult
) -> None:
    figure = of_a_city(made, result, 400.0, 1000)
    axes = figure.axes[0]
    across = np.ptp(axes.get_ylim())
    assert 700 < across < 2500, "about twice the spread to either side, not 20 km"
    assert sum(axes.get_ylim()) / 2 == pytest.approx(made.Y0 + 10_000, abs=100)
    assert sum(axes.get_xlim()) / 2 == pytest.approx(made.X0 + 10_000, abs=100)
    told = re.search(r"Only the middle is shown, ([\d,]+) of 1,000 places", texts(figure))
    assert told
    seen = int(told[1].replace(",", ""))
    assert 490 <= seen < 1000, "at least 70 % each way, 49 % both ways"
    drawn_there = sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() == "o")
    assert drawn_there == seen
    assert "village boundary" not in texts(figure).lower()


@pytest.mark.parametrize(
    ("spread_m", "n"), [(400.0, 999), (4_000.0, 1000)], ids=["fewer places", "places all over"]
)
def test_all_of_a_place_is_drawn_that_is_no_city_or_has_no_middle(
    made: ModuleType, result: StudyResult, spread_m: float, n: int
) -> None:
    figure = of_a_city(made, result, spread_m, n)
    assert np.ptp(figure.axes[0].get_ylim()) >= 20_000
    assert "Only the middle" not in texts(figure)


def test_where_no_land_of_known_use_is_mapped_the_places_stand_for_it(
    made: ModuleType, result: StudyResult
) -> None:
    alder = result.villages[0]
    unknown = alder.layers["landuse"].assign(use="unknown")
    spec = village_map(made.replaced(alder, landuse=unknown), result)
    told = texts(draw_land_use(spec, None))
    assert "No land of known use is mapped here" in told
    assert "Express" in told
    bare = made.replaced(alder, landuse=unknown, places=made.empty("category"))
    assert "No land of known use" not in texts(draw_land_use(village_map(bare, result), None))
    assert "No land of known use" not in texts(draw_land_use(village_map(alder, result), None))


def test_all_entries_of_a_legend_begin_with_a_capital(drawn: dict[str, Figure]) -> None:
    for name in ("land-use-alder", "clusters-alder", "street-width-alder"):
        side = drawn[name].axes[1]
        for line in (t.get_text() for t in side.texts):
            assert not line[:1].islower() or line.endswith(("ha", "km", "m")), (name, line)


def test_all_villages_of_the_figure_ground_share_one_scale(drawn: dict[str, Figure]) -> None:
    spans = [np.ptp(axes.get_xlim()) for axes in drawn["figure-ground"].axes]
    assert len(spans) == 2
    assert spans[0] == pytest.approx(spans[1], rel=1e-6)
    assert spans[0] >= 360, "the larger village is 360 m wide"


def test_the_histogram_adds_up_to_the_streets_within_the_village(result: StudyResult) -> None:
    spec = village_map(result.villages[0], result)
    hist, unknown_km = width_histogram._widths(spec)
    assert hist.sum() == pytest.approx(6 * 0.150)
    assert unknown_km == pytest.approx(0.170, abs=0.001)
    at_m = np.flatnonzero(hist) * 0.5
    assert at_m.tolist() == [1.0, 2.0, 3.0, 5.0, 8.0, 12.0]


def test_a_street_wider_than_the_axis_is_in_the_last_bar(
    made: ModuleType, result: StudyResult
) -> None:
    village = result.villages[0]
    wide = village.layers["streets"].assign(facade_width_m=80.0)
    spec = village_map(made.replaced(village, streets=wide), result)
    hist, _ = width_histogram._widths(spec)
    assert hist[-1] == pytest.approx(hist.sum())
    assert hist.sum() > 0


def test_the_line_stands_at_the_width_of_the_studys_fire_engine(result: StudyResult) -> None:
    spec = village_map(result.villages[0], result)
    assert "Fire engine 4 m" in texts(width_histogram.draw_width_histogram([spec], None))
    without = texts(width_histogram.draw_width_histogram([replace(spec, vehicles=())], None))
    assert "4 m" in without
    assert "Fire" not in without


def test_without_a_chinese_font_labels_are_english_only(result: StudyResult) -> None:
    figure = street_width.draw_street_width(village_map(result.villages[0], result), None)
    said = texts(figure)
    assert "Street width between façades" in said
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in said)


def test_a_dollar_sign_in_a_name_is_no_formula(made: ModuleType, result: StudyResult) -> None:
    village = made.renamed(result.villages[0], "a$b_{$", "价$")
    figure = street_width.draw_street_width(village_map(village, result), None)
    assert "a$b_{$" in texts(figure)
    assert figure_bytes(figure)[:4] == b"\x89PNG"


def test_drawing_leaves_no_global_state(tmp_path: Path) -> None:
    code = (
        "import sys, matplotlib as m; from taobaogis.maps.static import sheet; "
        "look = lambda: [m.rcParams[k] for k in ('font.family', 'text.parse_math')]; "
        "before = look(); w = sheet.drawing(None); w.__enter__(); inside = look(); "
        "sheet.figure_bytes(sheet.new_figure(3, 3)); w.__exit__(None, None, None); "
        "assert before != inside; assert look() == before; "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_saved_figure_is_the_same_on_any_day(
    result: StudyResult, tmp_path: Path, kind: str
) -> None:
    # In English only: to embed a Chinese font into a PDF takes seconds.
    figure = street_width.draw_street_width(village_map(result.villages[0], result), None)
    save_figure(figure, tmp_path / f"a.{kind}")
    first = (tmp_path / f"a.{kind}").read_bytes()
    assert first == figure_bytes(figure, kind)
    assert b"CreationDate" not in first
    assert b"<dc:date>" not in first


def test_an_unknown_format_is_refused(drawn: dict[str, Figure], tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"'a\.bmp'.*use png, svg or pdf"):
        save_figure(drawn["figure-ground"], tmp_path / "a.bmp")


def test_a_folder_that_is_not_there_is_an_export_error(
    drawn: dict[str, Figure], tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=r"'a\.png' could not be written"):
        save_figure(drawn["figure-ground"], tmp_path / "none" / "a.png")


def test_a_run_that_no_data_reach_has_no_figures(made: ModuleType, result: StudyResult) -> None:
    nowhere = made.only(result, "cedar")
    assert all_figures(nowhere) == {}


def test_the_font_asked_for_goes_first() -> None:
    installed = {"Noto Sans CJK SC", "My Font"}
    assert fonts.chinese_font(installed, wanted="My Font") == "My Font"


def test_a_font_that_is_not_installed_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'Simhei' is not installed\. Did you mean 'SimHei'"):
        fonts.chinese_font({"SimHei"}, wanted="Simhei")


@pytest.mark.filterwarnings("error")
def test_without_any_chinese_font_there_is_one_warning() -> None:
    fonts._warn_once.cache_clear()
    with pytest.warns(TaobaoGISWarning, match="labelled in English only"):
        assert fonts.chinese_font({"DejaVu Sans"}) is None
    assert fonts.chinese_font({"DejaVu Sans"}) is None
