"""A figure that may be drawn: what draws it, and why it would show nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

    from taobaogis.maps.model import Label, MapSpec

__all__ = ["OfStudy", "OfVillage", "without"]


class OfVillage(NamedTuple):
    """A figure of one village.

    Attributes
    ----------
    draw
        Draws it, with a font from `taobaogis.maps.static.font_family`.
    lacks
        Why it would show nothing of a village; None if it shows something.
    """

    draw: Callable[[MapSpec, str | None], Figure]
    lacks: Callable[[MapSpec], Label | None]


class OfStudy(NamedTuple):
    """A figure of all villages at once.

    Attributes
    ----------
    draw
        As of `OfVillage`, of one village or more.
    lacks
        Why it would show nothing of any of them; None if it shows something.
    """

    draw: Callable[[Sequence[MapSpec], str | None], Figure]
    lacks: Callable[[Sequence[MapSpec]], Label | None]


def without(*keys: str) -> Callable[[MapSpec], Label | None]:
    """Reason to leave out a figure that shows nothing without any feature of these layers.

    Parameters
    ----------
    keys
        Of layers; the first one says in its own words what is lacking.
    """

    def lacks(spec: MapSpec) -> Label | None:
        layers = [spec.layer(key) for key in keys]
        return None if any(len(layer.features) for layer in layers) else layers[0].if_empty

    return lacks
