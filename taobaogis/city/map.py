"""The map of a city: its cells, and every house and street with what was measured on it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from taobaogis.city.cells import CELL_COLUMNS
from taobaogis.city.words import cell_words
from taobaogis.indicators import definitions
from taobaogis.maps import words
from taobaogis.maps.fields import present
from taobaogis.maps.form_layers import FORM, houses, streets
from taobaogis.maps.model import Field, Label, MapLayer, MapSpec, Scale, Swatch, Trust
from taobaogis.maps.themes import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd

    from taobaogis.study import Study
    from taobaogis.village import Layers

__all__ = ["city_map"]

_COVERAGE = "building_coverage_ratio"
_COVERAGE_EDGES = (0.1, 0.2, 0.3, 0.4, 0.5)
_COVERAGE_COLOURS = ("#f3eee2", "#e6d3b8", "#d9b08a", "#c58660", "#a65a45", "#7d3436")
_AROUND_M = 20.0


def city_map(
    study: Study, layers: Layers, cells: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
) -> MapSpec:  # fmt: skip
    """Describe the map of a city.

    Parameters
    ----------
    study, layers
        Of the run.
    cells, buildings, lines
        Of all tiles, as a run over a city writes them.

    Returns
    -------
    spec
        Cells below, streets above; everything can be asked for what was measured on it.
    """
    bounds = np.array([0.0, 0.0, 1.0, 1.0]) if cells.empty else cells.total_bounds
    if "facade_width_m" not in lines:
        lines = lines.assign(facade_width_m=np.nan)
    drawn = (
        _cells_layer(cells),
        *(
            replace(layer, theme=FORM.name)
            for layer in (
                houses(buildings, Trust(Label.same(layers.source("buildings")))),
                streets(lines, Trust(Label.same(layers.source("streets")))),
            )
        ),
    )
    title = Label(study.title_en or study.id, study.title_zh or study.id)
    return MapSpec(
        key="city",
        title=title,
        subtitle=Label("every cell, house and street", "全部格网、建筑与街巷"),
        crs=layers.crs,
        boundary=shapely.box(*bounds).buffer(_AROUND_M),
        is_circle=False,
        layers=drawn,
        attribution=" · ".join(
            dict.fromkeys(o.attribution for o in layers.provenance.values() if o.attribution)
        ),
        banner=words.SYNTHETIC if study.synthetic else None,
        home="index.html",
        home_name=Label("Summary", "汇总"),
    )


def _cells_layer(cells: gpd.GeoDataFrame) -> MapLayer:
    """Cells by how much of them is built on."""
    percent = [round(100 * edge) for edge in _COVERAGE_EDGES]
    names = [f"< {percent[0]}", *(f"{a}–{b}" for a, b in itertools.pairwise(percent)),
             f"≥ {percent[-1]}"]  # fmt: skip
    scale = Scale(
        tuple(
            Swatch(Label.same(name), colour)
            for name, colour in zip(names, _COVERAGE_COLOURS, strict=True)
        ),
        unknown=Swatch(Label("no value", "无数值"), "#e3e6e9"),
        column=_COVERAGE,
        edges=_COVERAGE_EDGES,
        title=Label("Built-up share", "建筑密度"),
        unit=Label.same("%"),
    )
    return MapLayer(
        "cells",
        Label("Cells", "格网"),
        Label("Cell", "格网"),
        "area",
        cells,
        scale,
        present(tuple(_told()), cells),
        stroke="#ffffff",
        stroke_px=0.5,
        fill_opacity=0.75,
        theme=Label("City", "城市"),
        level=Level.GROUND,
        if_empty=Label("no cells", "没有格网"),
    )


def _told() -> Iterator[Field]:
    known = definitions()
    named = cell_words()
    for column, kind in CELL_COLUMNS.items():
        if column == "cell":
            continue
        share = column.endswith("_share") or column == _COVERAGE
        unit = Label.same("%") if share else Label("", "")
        decimals = 0 if share or kind == "int64" else 1
        if column in known and known[column].unit in {"m", "m²", "km"}:
            label = Label(known[column].name_en, known[column].name_zh)
            unit = Label.same(known[column].unit)
        else:
            label = named[column]
        if column.startswith("floor_space") or column.endswith("order_ratio"):
            decimals = 2
        yield Field(column, label, unit, decimals, 100.0 if share else 1.0)
