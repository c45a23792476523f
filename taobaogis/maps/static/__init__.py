"""Figures for paper, drawn from the same descriptions as the pages; the only door to matplotlib.

To add a figure, write two functions in a module of this package and name them there: in
``OF_VILLAGE = {"file-name": OfVillage(draw, lacks)}`` for a figure of one village, or in
``OF_STUDY`` with `OfStudy` for one of all villages at once. ``lacks`` says why the figure would
show nothing; it is left out then. A new module is one more name in the two lists below. What is
no layer of the map, such as a curve, comes in `taobaogis.maps.model.MapSpec.tables`. A figure of
all villages that the comparison page is to show gets its caption in
`taobaogis.maps.words.OVERVIEW`.
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

    from taobaogis.maps.model import Label, MapSpec
    from taobaogis.maps.static.drawing import OfStudy, OfVillage

__all__ = [
    "figure_batches",
    "figure_bytes",
    "figures",
    "font_family",
    "left_out",
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
    name: figure for module in _VILLAGE_MODULES for name, figure in module.OF_VILLAGE.items()
}
_OF_STUDY: Mapping[str, OfStudy] = {
    name: figure for module in _STUDY_MODULES for name, figure in module.OF_STUDY.items()
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
        for those of one village, then those of all villages; those of `left_out` are not among
        them. Empty without maps.

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
                f"{name}-{spec.key}": partial(figure.draw, spec, family)
                for name, figure in _OF_VILLAGE.items()
                if figure.lacks(spec) is None
            }
            for spec in maps
        ),
        {
            name: partial(figure.draw, maps, family)
            for name, figure in _OF_STUDY.items()
            if figure.lacks(maps) is None
        },
    ]


def left_out(maps: Sequence[MapSpec]) -> Mapping[str, Label]:
    """Figures that would show nothing, and are not drawn.

    Parameters
    ----------
    maps
        As in `figures`.

    Returns
    -------
    reasons
        By file name without ending, in the order of `figures`. Empty without maps.
    """
    if not maps:
        return {}
    of_village = {
        f"{name}-{spec.key}": figure.lacks(spec)
        for spec in maps
        for name, figure in _OF_VILLAGE.items()
    }
    of_study = {name: figure.lacks(maps) for name, figure in _OF_STUDY.items()}
    return {name: why for name, why in {**of_village, **of_study}.items() if why is not None}


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
