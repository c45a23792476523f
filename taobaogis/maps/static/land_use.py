"""Map of the land use of a village, on paper."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import shapely

from taobaogis.maps.model import NOTHING, Label
from taobaogis.maps.static import sheet
from taobaogis.maps.static.drawing import OfVillage
from taobaogis.maps.static.legend import area_entry, draw_legend
from taobaogis.maps.static.village_sheet import (
    boundary_entry,
    draw_classes,
    draw_points,
    finish_map,
    kinds_of,
    listed,
    sums,
    village_sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from taobaogis.maps.model import MapSpec
    from taobaogis.maps.static.legend import Entry

__all__ = ["OF_VILLAGE", "draw_land_use"]

_M2_PER_HA = 1e4
_STREET = "#a39b8d"
_PLACE_SIZE = 0.7
_TENURE_PT = 1.6
# Of the side of a square as large as the village: about the width of the line.
_INSET_SHARE = 0.008
_ONLY_PLACES = Label(
    "No land of known use is mapped here; places show what is known",
    "此处未标注用途已知的用地；以设施点示意",
)


def draw_land_use(spec: MapSpec, family: str | None) -> Figure:
    """Land use in the customary colours, with the area of each class in the village.

    Dashed is the edge of collective and of state land, if the study tells of them. Hatched is where
    a land-cover raster speaks against the map, if the study has one. Where no land of known use is
    mapped at all, the places stand for what is known.

    Parameters
    ----------
    spec
        Map of a village.
    family
        From `taobaogis.maps.static.font_family`.
    """
    uses = spec.layer("landuse")
    with sheet.drawing(family) as words:
        figure, axes, side = village_sheet(
            spec, words, uses.name, entries=_entries(spec), headed=False
        )
        codes = draw_classes(
            axes, uses.scale, uses.features, edgecolor="white", linewidth=0.4, zorder=1
        )
        areas = uses.features.geometry.to_numpy()
        houses = spec.layer("buildings").features.geometry
        sheet.draw_areas(
            axes, houses, facecolor="none", edgecolor="#5b534a", linewidth=0.35, alpha=0.55,
            zorder=2,
        )  # fmt: skip
        streets = spec.layer("streets").features.geometry
        sheet.draw_lines(axes, streets, colors=_STREET, linewidths=0.8, zorder=2.2)
        entries = _draw_tenure(axes, spec)
        against = spec.layer("cover_disagreement")
        sheet.draw_areas(
            axes, against.features.geometry, facecolor="none", edgecolor=against.stroke,
            hatch="////", linewidth=0.6, zorder=3,
        )  # fmt: skip
        finish_map(figure, axes, spec, words)
        ha = sums(shapely.area(shapely.intersection(areas, spec.boundary)), codes) / _M2_PER_HA
        entries = [
            *(area_entry(
                swatch.label, f"{amount:.2f} ha", facecolor=swatch.colour, edgecolor="#c9c4ba",
                linewidth=0.6,
            )
            for swatch, amount in listed(uses, ha)),
            *entries,
        ]  # fmt: skip
        if len(against.features):
            inside = shapely.intersection(against.features.geometry.to_numpy(), spec.boundary)
            amount = float(shapely.area(inside).sum()) / _M2_PER_HA
            entries.append(
                area_entry(against.name, f"{amount:.2f} ha", facecolor="white", hatch="////",
                           edgecolor=against.stroke, linewidth=0.6)
            )  # fmt: skip
        places = spec.layer("places")
        known = ha[: len(uses.scale.swatches)].any()
        if len(places.features) and not known:
            entries += draw_points(axes, places, zorder=8.0, shrunk=_PLACE_SIZE)
            sheet.remarks(figure, [_ONLY_PLACES], words)
        draw_legend(side, NOTHING, [*entries, boundary_entry(spec)], words)
        sheet.finish(figure, spec, words)
    return figure


def _entries(spec: MapSpec) -> int:
    """Lines of the legend at most: uses, tenures, what speaks against the map, the boundary."""
    uses = len(spec.layer("landuse").scale.swatches)
    tenures = len(spec.layer("tenure").scale.swatches) if len(spec.layer("tenure").features) else 0
    against = bool(len(spec.layer("cover_disagreement").features))
    return uses + 1 + tenures + against + 1 + (0 if uses else kinds_of(spec.layer("places")))


def _draw_tenure(axes: Axes, spec: MapSpec) -> list[Entry]:
    """Edges of the land of each tenure, inside it so that two that meet can be told apart."""
    layer = spec.layer("tenure")
    codes = layer.scale.codes(layer.features)
    shapes = layer.features.geometry.to_numpy()
    entries = []
    for code, swatch in enumerate(layer.scale.swatches):
        chosen = shapes[codes == code]
        inner = shapely.buffer(chosen, -_INSET_SHARE * math.sqrt(spec.boundary.area))
        sheet.draw_areas(
            axes, inner[~shapely.is_empty(inner)], facecolor="none", edgecolor=swatch.colour,
            linewidth=_TENURE_PT, linestyle="--", zorder=3.2,
        )  # fmt: skip
        amount = float(shapely.area(shapely.intersection(chosen, spec.boundary)).sum()) / _M2_PER_HA
        entries.append(
            area_entry(swatch.label, f"{amount:.2f} ha", facecolor="none", linestyle="--",
                       edgecolor=swatch.colour, linewidth=_TENURE_PT)
        )  # fmt: skip
    return entries


def _lacks(spec: MapSpec) -> Label | None:
    uses = spec.layer("landuse")
    if any(len(spec.layer(key).features) for key in ("places", "tenure", "cover_disagreement")):
        return None
    if uses.features.empty:
        return uses.if_empty
    if (uses.scale.codes(uses.features) == len(uses.scale.swatches)).all():
        return Label(
            "neither land of known use nor places on the map",
            "地图上没有用途已知的用地，也没有设施点",
        )
    return None


OF_VILLAGE = {"land-use": OfVillage(draw_land_use, _lacks)}
