"""Figures for paper, drawn from the same descriptions as the pages; the only door to matplotlib.

To add a figure, write one function in a module of this package and name it there: in
``OF_VILLAGE = {"file-name": draw}`` for ``draw(spec, family)``, a figure of one village, or in
``OF_STUDY`` for ``draw(specs, family)``, one of all villages at once. A new module is one more
name in the two lists below. What is no layer of the map, such as a curve, comes in
`taobaogis.maps.model.MapSpec.tables`. A figure of all villages that the comparison page is to
show gets its caption in `taobaogis.maps.words.OVERVIEW`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from taobaogis.maps.static import (
    access,
    clustering,
    clusters,
    facilities,
    figure_ground,
    gaps,
    isochrones,
    land_use,
    parts,
    street_rose,
    street_width,
    travel_times,
    vehicle_reach,
    width_histogram,
)
from taobaogis.maps.static.sheet import figure_bytes, font_family, save_figure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec

    OfVillage = Callable[[MapSpec, str | None], Figure]
    OfStudy = Callable[[Sequence[MapSpec], str | None], Figure]

__all__ = [
    "figure_batches",
    "figure_bytes",
    "figures",
    "font_family",
    "pictures",
    "save_figure",
]

_VILLAGE_MODULES = (
    street_width,
    parts,
    gaps,
    land_use,
    clusters,
    access,
    isochrones,
    facilities,
    vehicle_reach,
)
_STUDY_MODULES = (figure_ground, width_histogram, street_rose, travel_times, clustering)

_OF_VILLAGE: Mapping[str, OfVillage] = {
    name: draw for module in _VILLAGE_MODULES for name, draw in module.OF_VILLAGE.items()
}
_OF_STUDY: Mapping[str, OfStudy] = {
    name: draw for module in _STUDY_MODULES for name, draw in module.OF_STUDY.items()
}


def figures(maps: Sequence[MapSpec], *, font: str = "") -> Mapping[str, Callable[[], Figure]]:
    """All figures of a run, not drawn yet.

    Parameters
    ----------
    maps
        From `taobaogis.maps.spec.village_maps`.
    font
        Family to write with; by default the first installed one that knows Chinese.

    Returns
    -------
    figures
        By file name without ending, what draws the figure when it is called: ``name-<village>``
        for those of one village, then those of all villages. Empty without maps.

    Raises
    ------
    InputError
        If the font is not installed.
    """
    return {name: draw for batch in figure_batches(maps, font=font) for name, draw in batch.items()}


def figure_batches(
    maps: Sequence[MapSpec], *, font: str = ""
) -> list[Mapping[str, Callable[[], Figure]]]:
    """The figures of `figures`, those together that need the same maps.

    Parameters
    ----------
    maps, font
        As in `figures`.

    Returns
    -------
    batches
        One a village, so that each map travels to another process once, and the overview.
    """
    family = font_family(font)
    if not maps:
        return []
    return [
        *(
            {
                f"{name}-{spec.key}": partial(draw, spec, family)
                for name, draw in _OF_VILLAGE.items()
            }
            for spec in maps
        ),
        {name: partial(draw, maps, family) for name, draw in _OF_STUDY.items()},
    ]


def pictures(
    batch: Mapping[str, Callable[[], Figure]], formats: Sequence[str] = ("png",)
) -> Mapping[str, bytes]:
    """Draw a batch.

    Parameters
    ----------
    batch
        From `figure_batches`.
    formats
        Some of `taobaogis.maps.output.FIGURE_FORMATS`.

    Returns
    -------
    pictures
        Content by file name with its ending.
    """
    drawn = {}
    for name, draw in batch.items():
        figure = draw()
        drawn.update({f"{name}.{kind}": figure_bytes(figure, kind) for kind in formats})
    return drawn
