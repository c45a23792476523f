"""Villages that know more than their layers tell, from a further source of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.provenance import Provenance
    from taobaogis.village import Village

__all__ = ["Enriched"]


class Enriched(NamedTuple):
    """Villages with what a further source adds to them.

    Attributes
    ----------
    villages
        In the order in which they were given.
    origins
        Origin of each file that was read, by the name of its entry in the study.
    notes
        Where a file does not reach, in words.
    """

    villages: tuple[Village, ...]
    origins: Mapping[str, Provenance]
    notes: tuple[str, ...] = ()
