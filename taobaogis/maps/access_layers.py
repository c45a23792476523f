"""Layers of how one gets to the markets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.access.transit.services import services
from taobaogis.maps.fields import fields_for
from taobaogis.maps.frames import drawable, trust_in
from taobaogis.maps.model import Label, MapLayer, Scale, Swatch

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["trips_layer"]

# Wheels warm, rails cold, water blue, feet grey.
_COLOURS = {
    "bus": "#d1495b",
    "trolleybus": "#c06c84",
    "tram": "#2a9d8f",
    "light_rail": "#3d8bbd",
    "subway": "#2f4b9c",
    "train": "#4a3f6b",
    "ferry": "#1fa2c4",
}
_FOOT, _OTHER = "#6b7280", "#8d6e63"
_RIDE_PX, _WALK_PX = 4.0, 2.5


def trips_layer(result: VillageResult, study: StudyResult) -> MapLayer:
    """Quickest trips by public transport to the right markets, leg by leg."""
    frame = drawable(result, study, "trips", "mode", "name_en", "name_zh")
    served = {key: mode for key, mode in services().items() if key in set(frame["mode"])}
    walk = Swatch(Label("on foot", "步行"), _FOOT, _WALK_PX)
    rides = [
        Swatch(Label(mode.name_en, mode.name_zh), _COLOURS.get(key, _OTHER), _RIDE_PX)
        for key, mode in served.items()
    ]
    return MapLayer(
        "trips",
        Label("Trips to the right markets", "前往对口市场的出行"),
        Label("Trip", "出行"),
        "line",
        frame,
        Scale(
            (*rides, walk),
            unknown=Swatch(Label("other", "其他"), _OTHER, _RIDE_PX),
            column="mode",
            keys=(*served, "walk"),
        ),
        fields_for("trips", frame),
        named_by=("name_en", "name_zh"),
        visible=False,
        trust=trust_in(result, "market_transit_min", ("routes",)),
        if_empty=Label("no trip is known", "没有已知的出行路线"),
    )
