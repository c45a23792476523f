"""Figures for paper, drawn from the same descriptions as the pages; the only door to matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps.model import Label
from taobaogis.maps.spec import village_map
from taobaogis.maps.static.plots import draw_figure_ground, draw_width_histogram
from taobaogis.maps.static.sheet import figure_png, font_family, save_figure
from taobaogis.maps.static.villages import draw_clusters, draw_land_use, draw_street_width

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure

    from taobaogis.results import StudyResult

__all__ = ["figure_png", "figures", "font_family", "overview", "save_figure"]


def figures(result: StudyResult, *, font: str = "") -> dict[str, Figure]:
    """All figures of a run.

    Parameters
    ----------
    result
        A finished run.
    font
        Family to write with; by default the first installed one that knows Chinese.

    Returns
    -------
    figures
        By file name without ending: ``figure-ground`` and ``street-width-histogram`` of all
        villages that the data reach, then ``street-width-<village>``, ``land-use-<village>``
        and ``clusters-<village>`` for each of them.

    Raises
    ------
    InputError
        If the font is not installed.
    """
    family = font_family(font)
    drawn = {name: draw() for name, (_, draw) in overview(result, font=font).items()}
    for measured in result.villages:
        if measured.village.outside:
            continue
        spec = village_map(measured, result)
        drawn[f"street-width-{spec.key}"] = draw_street_width(spec, family)
        drawn[f"land-use-{spec.key}"] = draw_land_use(spec, family)
        drawn[f"clusters-{spec.key}"] = draw_clusters(spec, family)
    return drawn


def overview(
    result: StudyResult, *, font: str = ""
) -> Mapping[str, tuple[Label, Callable[[], Figure]]]:
    """Figures that show all villages at once, not drawn yet.

    Parameters
    ----------
    result, font
        As in `figures`.

    Returns
    -------
    overview
        By the names of `figures`: a caption, and what draws the figure when it is called.
        Villages that the data do not reach are left out; empty if they reach none.
    """
    family = font_family(font)
    specs = [village_map(v, result) for v in result.villages if not v.village.outside]
    if not specs:
        return {}
    return {
        "figure-ground": (
            Label("Buildings and open ground, all villages at one scale", "图底关系（同一比例尺）"),
            lambda: draw_figure_ground(specs, family),
        ),
        "street-width-histogram": (
            Label("Length of street by its width", "街巷宽度分布（按长度）"),
            lambda: draw_width_histogram(specs, result.study.vehicles, family),
        ),
    }
