"""Which pictures a run writes and what its maps stand on: asked for by the caller of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taobaogis.errors import InputError, did_you_mean
from taobaogis.maps.backdrops import backdrop

if TYPE_CHECKING:
    from taobaogis.maps.backdrops import Backdrop

__all__ = ["FIGURE_FORMATS", "Output"]

FIGURE_FORMATS = ("png", "svg", "pdf")


@dataclass(frozen=True)
class Output:
    """What to write of maps and figures.

    Attributes
    ----------
    figure_formats
        Some of `FIGURE_FORMATS`; ``png`` is always among what is written, for the pages show it.
    backdrop
        Map of others below ours on the pages; none by default.
    """

    figure_formats: tuple[str, ...] = ("png",)
    backdrop: Backdrop | None = None

    @classmethod
    def asked(cls, *, figures: str = "png", basemap: str = "", basemap_key: str = "") -> Output:
        """Output as a person asks for it.

        Parameters
        ----------
        figures
            Formats with commas between, e.g. ``png,svg,pdf``.
        basemap
            One of `taobaogis.maps.backdrops.backdrop_keys`; empty for none.
        basemap_key
            The user's own key for it.

        Returns
        -------
        output
            A frozen value.

        Raises
        ------
        InputError
            If a format or a base map is not known, or a key is missing.

        Examples
        --------
        >>> Output.asked(figures="pdf, png").figure_formats
        ('png', 'pdf')
        """
        wanted = {word.strip().lower() for word in figures.split(",") if word.strip()}
        for word in sorted(wanted - set(FIGURE_FORMATS)):
            message = f"Figures cannot be written as '{word}'. {did_you_mean(word, FIGURE_FORMATS)}"
            raise InputError(message.strip())
        formats = tuple(f for f in FIGURE_FORMATS if f in wanted or f == "png")
        below = backdrop(basemap, access_key=basemap_key) if basemap else None
        return cls(formats, below)
