"""The three layers of Lin (2019) under which a report shows what was measured."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from taobaogis.indicators import definitions
from taobaogis.maps.model import Label
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PaperLayer", "indicator_layer", "paper_layers"]

_ELSE = "form"


@dataclass(frozen=True)
class PaperLayer:
    """A layer of the paper.

    Attributes
    ----------
    key
        ``production``, ``social``, ``form``, or ``data`` for what all of them rest on.
    name
        Words of the heading.
    groups, indicators
        Groups of indicators that belong to it, and single ones that do whatever their group.
    """

    key: str
    name: Label
    groups: tuple[str, ...]
    indicators: tuple[str, ...]


@cache
def paper_layers() -> Mapping[str, PaperLayer]:
    """Layers by key, in the order in which they are shown (``data/layers.toml``)."""
    with data_file("layers.toml").open("rb") as stream:
        table = tomllib.load(stream)
    return {
        key: PaperLayer(
            key,
            Label(entry["name_en"], entry["name_zh"]),
            tuple(entry["groups"]),
            tuple(entry["indicators"]),
        )
        for key, entry in table.items()
    }


def indicator_layer(key: str) -> str:
    """Layer under which an indicator is shown.

    Parameters
    ----------
    key
        Of an indicator.

    Returns
    -------
    layer
        A key of `paper_layers`.

    Examples
    --------
    >>> indicator_layer("market_straight_m"), indicator_layer("stop_straight_m")
    ('production', 'form')
    """
    for layer in paper_layers().values():
        if key in layer.indicators:
            return layer.key
    group = definitions()[key].group
    return next((layer.key for layer in paper_layers().values() if group in layer.groups), _ELSE)
