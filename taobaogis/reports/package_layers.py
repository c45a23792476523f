"""Styles of those layers of the GeoPackage that no map shows as they are.

The page draws what the rules find in two layers, each mode's reach by itself, and the facilities
only as what they reach; in the package each of these is one table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps.base_layers import barriers_scale
from taobaogis.maps.isochrone_layers import minutes_scale
from taobaogis.maps.model import Label, MapLayer, Scale, Swatch
from taobaogis.maps.rule_layers import verdict_scale

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

__all__ = ["package_layer"]

# Ten that can be told apart on a light ground, over and over.
_TEN = ("#1f77b4", "#d9772b", "#2d8f4e", "#c0392b", "#7a5aa6", "#8c564b", "#c95fa5", "#6b6b6b",
        "#a39a1f", "#1fa3b4")  # fmt: skip


def package_layer(name: str, frame: gpd.GeoDataFrame) -> MapLayer | None:
    """How a layer of the package is drawn that no map describes.

    Parameters
    ----------
    name
        Name of the layer.
    frame
        The whole layer.

    Returns
    -------
    layer
        None if it is not one of these.
    """
    make = _MADE.get(name)
    return None if make is None else make(frame)


def _barriers(frame: gpd.GeoDataFrame) -> MapLayer:
    # Lines and areas in one table: a line symbol draws the edge of an area.
    name = Label("Walls and water", "围墙与水体")
    return MapLayer("barriers", name, name, "line", frame, barriers_scale())


def _isochrones(frame: gpd.GeoDataFrame) -> MapLayer:
    name = Label("Reach by mode", "各方式可达范围")
    limits = sorted({float(minutes) for minutes in frame["minutes"]})
    return MapLayer("isochrones", name, name, "area", frame, minutes_scale(limits),
                    stroke="#7a3b8f", stroke_px=1.2, fill_opacity=0.18)  # fmt: skip


def _rule_findings(frame: gpd.GeoDataFrame) -> MapLayer:
    name = Label("Findings of the rules", "规范核对结果")
    return MapLayer("rule_findings", name, name, "line", frame, verdict_scale(2.4))


def _facility_coverage(frame: gpd.GeoDataFrame) -> MapLayer:
    # A row for each facility, all with the shape of the village: fills would hide each other.
    name = Label("Facilities within reach, by village", "设施覆盖（按村）")
    return MapLayer("facility_coverage", name, name, "area", frame,
                    Scale((Swatch(Label("Village", "村庄"), "#8a8378"),)),
                    stroke="#8a8378", stroke_px=1.6, fill_opacity=0.0, dashed=True)  # fmt: skip


def _facilities(frame: gpd.GeoDataFrame) -> MapLayer:
    name = Label("Facilities", "设施")
    kinds = frame.drop_duplicates("facility").sort_values("facility")
    rows = zip(kinds["facility"], kinds["kind_en"], kinds["kind_zh"], strict=True)
    known = {str(key): Label(str(en), str(zh)) for key, en, zh in rows}
    scale = Scale(
        tuple(
            Swatch(word, _TEN[i % len(_TEN)], 4.0, "circle" if i < len(_TEN) else "square")
            for i, word in enumerate(known.values())
        ),
        unknown=Swatch(Label("Other", "其他"), "#8a8a8a", 3.5),
        column="facility",
        keys=tuple(known),
    )
    return MapLayer("facilities", name, name, "point", frame, scale, stroke="#ffffff")


_MADE: dict[str, Callable[[gpd.GeoDataFrame], MapLayer]] = {
    "barriers": _barriers,
    "isochrones": _isochrones,
    "rule_findings": _rule_findings,
    "facility_coverage": _facility_coverage,
    "facilities": _facilities,
}
