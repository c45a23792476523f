"""How long it takes to the nearest right market, by way of travel, with the range of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taobaogis.maps.model import Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfStudy
from taobaogis.maps.static.minutes import by_mode, draw_minutes, longest_min

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec

__all__ = ["OF_STUDY", "draw_travel_times"]

_WIDTH_IN, _ROW_IN = 9.84, 1.5
_AXES_SHARE, _NAME_IN = 0.36, 7.0


def draw_travel_times(specs: Sequence[MapSpec], family: str | None) -> Figure:
    """Minutes to the right market that is reached first, one row a village, a mark a way.

    Parameters
    ----------
    specs
        Maps of the villages.
    family
        From `taobaogis.maps.static.font_family`.
    """
    height_in = 1.1 + _ROW_IN * len(specs) + 1.05
    found = [by_mode(spec) for spec in specs]
    end_min = longest_min(found)
    with sheet.drawing(family) as words:
        figure = sheet.new_figure(_WIDTH_IN, height_in)
        title = Label("Minutes to a right wholesale market", "到对口批发市场的时间")
        what = Label("The one reached first; bars from low to high", "最快到达者；横条为时间范围")
        sheet.titles(figure, words(title), words(what, between=" · "))
        place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        for i, (spec, row) in enumerate(zip(specs, found, strict=True)):
            bottom_in = height_in - 1.05 - (i + 1) * _ROW_IN + 0.10
            box = (0.19, bottom_in / height_in, _AXES_SHARE, (_ROW_IN - 0.45) / height_in)
            axes = figure.add_axes(box)
            draw_minutes(axes, row, end_min, words, named=True)
            axes.tick_params(labelbottom=i == len(specs) - 1, labelsize=8.5)
            name = axes.annotate(
                words(spec.title), (0, 1), xytext=(0, 4), va="bottom", fontsize=11.5,
                fontweight="bold", **place,
            )  # fmt: skip
            sheet.fit(name, _NAME_IN)
        note = Label("Minutes; the broken line is half an hour", "分钟；虚线为半小时")
        axes.set_xlabel(words(note, between=" · "), fontsize=9.5)
        sheet.finish(figure, specs[0], words, of_one_village=False)
    return figure


def _lacks(specs: Sequence[MapSpec]) -> Label | None:
    if any(market is not None for spec in specs for market in by_mode(spec).values()):
        return None
    return Label("no time to a right market is known for any village", "各村到对口市场的时间均不详")


OF_STUDY = {"travel-times": OfStudy(draw_travel_times, _lacks)}
