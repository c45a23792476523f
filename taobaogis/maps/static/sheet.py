"""The sheet all figures are drawn on: fonts, titles, legend column, scale bar, source line."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path as Outline
from matplotlib_scalebar.scalebar import ScaleBar

from taobaogis.errors import ExportError
from taobaogis.maps.fonts import chinese_font
from taobaogis.maps.output import FIGURE_FORMATS
from taobaogis.maps.words import completeness_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from shapely.geometry.base import BaseGeometry

    from taobaogis.maps.model import Label, MapSpec

__all__ = [
    "DPI",
    "INK",
    "SOFT",
    "Words",
    "axes_in",
    "draw_areas",
    "draw_lines",
    "drawing",
    "figure_bytes",
    "finish",
    "fit",
    "font_family",
    "frame_on",
    "new_figure",
    "north_and_scale",
    "remarks",
    "save_figure",
    "text_width_in",
    "titles",
    "veil",
    "wrapped",
]

DPI = 160
# A third of the time of the usual level 6, and files a twentieth larger.
_COMPRESSION = 3
_TOP = 20
# Kept free at the right of the titles for the warning that data are made up.
_WARNING_IN = 3.35
_FITTINGS = 4
# What a font without them draws as boxes: a name that has no English one is left open instead.
_CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")
_BAR_IN, _NORTH_IN = 1.6, 2.15
INK = "#22303a"
SOFT = "#5d6b74"
_WARN, _WARN_SOFT = "#7a4a00", "#ffefcc"
# Nothing that differs from one day or machine to the next is written into a file.
_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def font_family(wanted: str = "") -> str | None:
    """Family that figures are written with; None if none on this machine knows Chinese.

    Parameters
    ----------
    wanted
        Family that the user asks for.

    Raises
    ------
    InputError
        If the wanted family is not installed.
    """
    return chinese_font(set(font_manager.fontManager.get_font_names()), wanted=wanted)


@dataclass(frozen=True)
class Words:
    """Writes labels in both languages, or in English where no font knows Chinese.

    Examples
    --------
    >>> from taobaogis.maps.model import Label
    >>> Words(None)(Label("bus 2 from 大街 to the market", "…"))
    'bus 2 from … to the market'
    """

    family: str | None

    def __call__(self, label: Label, *, between: str = "  ") -> str:
        """Both languages on one line, once if they are the same."""
        if self.family is None:
            return _CHINESE.sub("…", label.en)
        if label.en == label.zh or not label.zh:
            return label.en
        return f"{label.en}{between}{label.zh}" if label.en else label.zh


@contextmanager
def drawing(family: str | None) -> Iterator[Words]:
    """Settings under which a figure is made; restored afterwards.

    Parameters
    ----------
    family
        From `font_family`.

    Yields
    ------
    words
        Writer of labels.
    """
    families = [family] if family else []
    settings: dict[Any, Any] = {
        "font.family": [*families, "DejaVu Sans"],
        "text.parse_math": False,  # a dollar sign in a name is a dollar sign
        "text.color": INK,
        "axes.edgecolor": "#c9c4ba",
        "axes.labelcolor": SOFT,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "axes.unicode_minus": False,
        "svg.hashsalt": "taobaogis",
        "pdf.fonttype": 42,
    }
    with mpl.rc_context(settings):
        yield Words(family)


def new_figure(width_in: float, height_in: float) -> Figure:
    """Empty white figure with a canvas of its own; no global state knows of it."""
    figure = Figure(figsize=(width_in, height_in), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def axes_in(figure: Figure, box_in: tuple[float, float, float, float]) -> Axes:
    """New axes at left, bottom, width and height in inches."""
    width, height = figure.get_size_inches()
    left, bottom, wide, high = box_in
    return figure.add_axes((left / width, bottom / height, wide / width, high / height))


def text_width_in(text: Text) -> float:
    """Width of a text on the sheet, in inches."""
    return text.get_window_extent().width / DPI


def fit(text: Text, room_in: float) -> None:
    """Set a text smaller if it is too long for its room."""
    # Letters are as wide as whole pixels, so that the width does not go quite with the size.
    for _ in range(_FITTINGS):
        wide_in = text_width_in(text)
        if wide_in <= room_in:
            return
        text.set_fontsize(float(text.get_fontsize()) * room_in / wide_in)


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of a text, broken at blanks and Chinese marks.

    Parameters
    ----------
    text
        In any language.
    columns
        Width of a line in Latin letters; a Chinese character takes two.

    Examples
    --------
    >>> wrapped("walk 200 m to A; bus 1 to B", 16)
    ['walk 200 m to A;', 'bus 1 to B']
    >>> wrapped("步行200 m至A；公交1至B", 14)
    ['步行200 m至A；', '公交1至B']
    """
    lines, taken = [""], 0
    text = re.sub(r"(?<=\d) (?=(?:k?m|stops?)(?![a-z]))", "\u00a0", text)  # a number and its unit
    for part in re.findall(r"[^ ；，、]+[；，、]* ?| +", text):
        wide = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in part.rstrip())
        if taken and taken + wide > columns:
            lines.append("")
            taken = 0
        lines[-1] += part
        taken += wide + len(part) - len(part.rstrip())
    return [line.rstrip().replace("\u00a0", " ") for line in lines]


def titles(figure: Figure, title: str, subtitle: str, *, left: float = 0.035) -> None:
    """Title and what is shown, at the top left, an equal distance apart on any sheet."""
    width, height = figure.get_size_inches()
    name = figure.text(left, 1 - 0.30 / height, title, fontsize=17, fontweight="bold", va="top")
    what = figure.text(left, 1 - 0.66 / height, subtitle, fontsize=10.5, color=SOFT, va="top")
    for text in (name, what):
        fit(text, (1 - left) * width - _WARNING_IN)


def remarks(figure: Figure, lines: Sequence[Label], words_: Words, *, left: float = 0.035) -> None:
    """Small lines below the titles, for what a reader would look for on the map in vain."""
    width, height = figure.get_size_inches()
    for i, line in enumerate(lines):
        text = figure.text(
            left, 1 - (0.87 + 0.14 * i) / height, words_(line, between=" · "), fontsize=7.8,
            color=SOFT, va="top",
        )  # fmt: skip
        fit(text, (1 - 2 * left) * width)


def finish(
    figure: Figure,
    spec: MapSpec,
    words_: Words,
    *,
    left: float = 0.035,
    of_one_village: bool = True,
) -> None:
    """Source line at the bottom, and the warning that data are made up at the top right.

    A figure of one village also says how complete its data are.
    """
    height = figure.get_size_inches()[1]
    complete = completeness_label(spec.indicators)
    if of_one_village and complete.en:
        figure.text(
            left, 0.31 / height, words_(complete, between=" · "), fontsize=7.2, color=SOFT,
            va="bottom",
        )  # fmt: skip
    credit = " · ".join(part for part in (spec.attribution, "taobaogis") if part)
    figure.text(left, 0.14 / height, credit, fontsize=7.2, color=SOFT, va="bottom", wrap=True)
    if spec.banner is not None:
        figure.text(
            0.978, 1 - 0.34 / height, words_(spec.banner, between="\n"), fontsize=8.6,
            fontweight="bold", color=_WARN, ha="right", va="top", linespacing=1.5,
            bbox={"boxstyle": "round,pad=0.55", "facecolor": _WARN_SOFT, "edgecolor": "#f0d9a0"},
        )  # fmt: skip


def frame_on(axes: Axes, area: BaseGeometry, *, pad_share: float = 0.05) -> None:
    """Fit a geometry into axes without distortion; neither ticks nor frame."""
    west, south, east, north = area.bounds
    half_x, half_y = ((east - west) / 2, (north - south) / 2)
    box = axes.get_window_extent()
    aspect = box.width / box.height
    half_y = max(half_y, half_x / aspect) * (1 + 2 * pad_share)
    half_x = half_y * aspect
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    axes.set_xlim(middle_x - half_x, middle_x + half_x)
    axes.set_ylim(middle_y - half_y, middle_y + half_y)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_areas(axes: Axes, shapes: Iterable[BaseGeometry], **style: Any) -> None:  # noqa: ANN401 - passed on to matplotlib
    """Polygons with holes; `style` as of a matplotlib collection."""
    axes.add_collection(PathCollection(_outlines(shapes), **style))


def draw_lines(axes: Axes, shapes: Iterable[BaseGeometry], **style: Any) -> None:  # noqa: ANN401 - passed on to matplotlib
    """Lines with round ends; `style` as of a matplotlib collection."""
    parts = [shapely.get_coordinates(p) for s in shapes for p in shapely.get_parts(s)]
    axes.add_collection(LineCollection(parts, capstyle="round", joinstyle="round", **style))


def veil(axes: Axes, boundary: BaseGeometry, *, zorder: float) -> None:
    """Tone down what lies outside a boundary."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    outside = shapely.box(west, south, east, north) - boundary
    draw_areas(axes, [outside], facecolor="white", alpha=0.62, linewidth=0, zorder=zorder)


def north_and_scale(figure: Figure, axes: Axes, words_: Words, left: float, bottom: float) -> None:
    """Scale bar of a map, and beside it an arrow to grid north.

    Parameters
    ----------
    figure, axes
        The sheet and the map on it, of which one unit is a metre.
    words_
        Gives the font.
    left, bottom
        Corner of the pair on the sheet, in shares of the sheet; they take 2.3 by 0.55 inches.
    """
    width_in, height_in = figure.get_size_inches()
    bar = ScaleBar(
        1, "m", location="lower left", frameon=False, color=INK, width_fraction=0.007,
        length_fraction=_BAR_IN * DPI / axes.get_window_extent().width, border_pad=0, pad=0, sep=4,
        font_properties={"family": [words_.family or "DejaVu Sans"], "size": 8.5},
        bbox_to_anchor=(left, bottom, 0.5, 0.5), bbox_transform=figure.transFigure,
    )  # fmt: skip
    bar.set_zorder(_TOP)
    axes.add_artist(bar)
    x = left + _NORTH_IN / width_in
    arrow = FancyArrowPatch(
        (x, bottom), (x, bottom + 0.40 / height_in), transform=figure.transFigure,
        arrowstyle="-|>", mutation_scale=13, color=INK, linewidth=1.2, shrinkA=0, shrinkB=0,
    )  # fmt: skip
    figure.add_artist(arrow)
    figure.text(
        x, bottom + 0.43 / height_in, "N", ha="center", va="bottom", fontsize=9, fontweight="bold"
    )


def figure_bytes(figure: Figure, kind: str = "png") -> bytes:
    """Picture of a figure; equal figures give equal bytes.

    Parameters
    ----------
    figure
        From `taobaogis.maps.static.figures`.
    kind
        One of `taobaogis.maps.output.FIGURE_FORMATS`.
    """
    stream = io.BytesIO()
    packed: Any = {"pil_kwargs": {"compress_level": _COMPRESSION}} if kind == "png" else {}
    with mpl.rc_context({"svg.hashsalt": "taobaogis", "pdf.fonttype": 42}):
        figure.savefig(stream, format=kind, dpi=DPI, metadata=_METADATA[kind], **packed)
    return stream.getvalue()


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure.

    Parameters
    ----------
    figure
        From `taobaogis.maps.static.figures`.
    path
        File to write; its ending names the format. Equal figures give equal bytes.

    Raises
    ------
    ExportError
        If the format is not known or the file cannot be written.
    """
    kind = path.suffix.removeprefix(".")
    if kind not in FIGURE_FORMATS:
        message = f"'{path.name}': a figure cannot be written as '{kind}'; use png, svg or pdf."
        raise ExportError(message)
    try:
        path.write_bytes(figure_bytes(figure, kind))
    except OSError as error:
        message = f"'{path.name}' could not be written ({error.strerror or error})."
        raise ExportError(message) from error


def _outlines(shapes: Iterable[BaseGeometry]) -> list[Outline]:
    """Path of each (multi)polygon that is not empty: rings one after the other, each closed."""
    parts, of_shape = shapely.get_parts(list(shapes), return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    corners, of_ring = shapely.get_coordinates(rings, return_index=True)
    if len(corners) == 0:
        return []
    first = np.flatnonzero(np.diff(of_ring, prepend=-1))
    codes = np.full(len(corners), Outline.LINETO, dtype=Outline.code_type)
    codes[np.append(first[1:], len(corners)) - 1] = Outline.CLOSEPOLY
    codes[first] = Outline.MOVETO
    ends = np.flatnonzero(np.diff(of_shape[of_part[of_ring]])) + 1
    both = zip(np.split(corners, ends), np.split(codes, ends), strict=True)
    return [Outline(points, marks) for points, marks in both]
