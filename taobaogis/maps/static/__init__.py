"""Figures for paper, drawn from the same descriptions as the pages; the only door to matplotlib."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from taobaogis.maps.static.access import draw_access
from taobaogis.maps.static.parts import draw_parts
from taobaogis.maps.static.plots import draw_figure_ground, draw_width_histogram
from taobaogis.maps.static.sheet import figure_png, font_family, save_figure
from taobaogis.maps.static.villages import (
    draw_clusters,
    draw_gaps,
    draw_land_use,
    draw_street_width,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec
    from taobaogis.study import VehicleSpec

__all__ = ["figure_batches", "figure_png", "figures", "font_family", "save_figure"]

_OF_ONE = {
    "street-width": draw_street_width,
    "parts": draw_parts,
    "gaps": draw_gaps,
    "land-use": draw_land_use,
    "clusters": draw_clusters,
    "access": draw_access,
}


def figures(
    maps: Sequence[MapSpec], vehicles: Sequence[VehicleSpec], *, font: str = ""
) -> Mapping[str, Callable[[], Figure]]:
    """All figures of a run, not drawn yet.

    Parameters
    ----------
    maps
        From `taobaogis.maps.spec.village_maps`.
    vehicles
        Of the study; their widths are marked in the histogram.
    font
        Family to write with; by default the first installed one that knows Chinese.

    Returns
    -------
    figures
        By file name without ending, what draws the figure when it is called:
        ``street-width-<village>``, ``parts-<village>``, ``gaps-<village>``,
        ``land-use-<village>``, ``clusters-<village>`` and ``access-<village>`` of each, then the
        names of `taobaogis.maps.words.OVERVIEW` of all villages at once. Empty without maps.

    Raises
    ------
    InputError
        If the font is not installed.
    """
    return {
        name: draw
        for batch in figure_batches(maps, vehicles, font=font)
        for name, draw in batch.items()
    }


def figure_batches(
    maps: Sequence[MapSpec], vehicles: Sequence[VehicleSpec], *, font: str = ""
) -> list[Mapping[str, Callable[[], Figure]]]:
    """The figures of `figures`, those together that need the same maps.

    Parameters
    ----------
    maps, vehicles, font
        As in `figures`.

    Returns
    -------
    batches
        One a village, so that each map travels to another process once, and the overview.
    """
    family = font_family(font)
    if not maps:
        return []
    overview = {
        "figure-ground": partial(draw_figure_ground, maps, family),
        "street-width-histogram": partial(draw_width_histogram, maps, vehicles, family),
    }
    return [
        *(
            {f"{name}-{spec.key}": partial(draw, spec, family) for name, draw in _OF_ONE.items()}
            for spec in maps
        ),
        overview,
    ]
