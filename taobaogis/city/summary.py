"""A city summed up: one table of its cells, one of their spread, a page with a map."""

from __future__ import annotations

import base64
import json
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from markupsafe import Markup

from taobaogis.city.cells import CELL_COLUMNS
from taobaogis.city.map import city_map
from taobaogis.city.words import cell_words
from taobaogis.maps import pages
from taobaogis.maps.model import Label
from taobaogis.maps.static import figure_bytes, font_family
from taobaogis.maps.static.cells import draw_cells, short_number
from taobaogis.maps.tiles import archives, is_tiled
from taobaogis.maps.web import render_tiled_page, render_village_page
from taobaogis.provenance import file_digest

if TYPE_CHECKING:
    from taobaogis.city.grid import Grid
    from taobaogis.study import Study
    from taobaogis.village import Layers

__all__ = ["summary_table", "write_summary"]

_PLAIN = "map-plain.html"
# Beyond so many features a page without tiles takes longer to open than one waits.
_PLAIN_UP_TO = 300_000
_MEASURED = ("buildings", "streets")
_TEMPLATES = Path(__file__).parent / "templates"
_PACKAGES = ("taobaogis", "geopandas", "shapely", "pyproj", "osmium", "numba", "numpy")
_QUANTILES = {"min": 0.0, "p10": 0.1, "median": 0.5, "p90": 0.9, "max": 1.0}
_SHOWN = ("building_coverage_ratio", "building_gap_median_m", "street_width_median_m",
          "building_area_median_m2")  # fmt: skip


def write_summary(folder: Path, study: Study, layers: Layers, grid: Grid) -> tuple[int, int, int]:
    """Sum up the tiles in a folder and describe it.

    Parameters
    ----------
    folder
        With ``buildings``, ``streets`` and ``cells``, one GeoParquet file a tile.
    study, layers, grid
        Of the run.

    Returns
    -------
    houses, streets, cells
        Rows of each.
    """
    cells = _whole(folder / "cells", layers)
    (folder / "cells.parquet").write_bytes(_parquet(cells))
    table = summary_table(cells)
    (folder / "summary.csv").write_text(table.to_csv(index=False, lineterminator="\n"), "utf-8")
    counts = {name: _rows(folder / name) for name in ("buildings", "streets")}
    counts["cells"] = len(cells)
    figure = draw_cells(cells, _SHOWN, cell_words(), font_family(), credit=_credit(layers))
    picture = figure_bytes(figure)
    (folder / "cells.png").write_bytes(picture)
    _write_map(folder, study, layers, cells)
    page = _page(study, _lead(grid, counts), table, picture, _credit(layers))
    (folder / "index.html").write_text(page, encoding="utf-8", newline="")
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    record = {
        "kind": "city",
        "study": study.id,
        "synthetic": study.synthetic,
        "crs": layers.crs.to_string(),
        "grid": {"cell_m": grid.cell_m, "tile_m": grid.tile_m},
        "sources": {k: origin.to_dict() for k, origin in sorted(layers.provenance.items())},
        "versions": {"python": platform.python_version()}
        | {name: metadata.version(name) for name in _PACKAGES},
        "files": [
            {"path": name, "bytes": (folder / name).stat().st_size,
             "digest": file_digest(folder / name)}
            for name in files
        ],
    }  # fmt: skip
    text = json.dumps(record, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(f"{text}\n", encoding="utf-8")
    return counts["buildings"], counts["streets"], len(cells)


def _write_map(folder: Path, study: Study, layers: Layers, cells: gpd.GeoDataFrame) -> None:
    """Map of everything, from vector tiles where there is much; they are kept beside it, too."""
    spec = city_map(study, layers, cells, *(_whole(folder / n, layers) for n in _MEASURED))
    if not is_tiled(spec):
        text = render_village_page(spec)
    else:
        tiles = archives(spec)
        (folder / "tiles").mkdir()
        for key, archive in tiles.items():
            (folder / "tiles" / f"{key}.pmtiles").write_bytes(archive.tiles)
        plain = sum(len(layer.features) for layer in spec.layers) <= _PLAIN_UP_TO
        text = render_tiled_page(spec, tiles, plain=_PLAIN if plain else "")
        if plain:
            page = render_village_page(spec, tiled="map.html")
            (folder / _PLAIN).write_text(page, encoding="utf-8", newline="")
    (folder / "map.html").write_text(text, encoding="utf-8", newline="")


def summary_table(cells: gpd.GeoDataFrame) -> pd.DataFrame:
    """Spread of each column over the cells that have a value.

    Parameters
    ----------
    cells
        From `taobaogis.city.cells.cell_table`.

    Returns
    -------
    table
        One row a column: ``indicator``, ``name_en``, ``name_zh``, ``cells`` (with a value), and
        least, tenth, middle, ninetieth and greatest value; empty without any.
    """
    words = cell_words()
    rows = []
    for name in CELL_COLUMNS:
        if name == "cell":
            continue
        values = cells[name].dropna().to_numpy(dtype=float)
        spread = np.quantile(values, [*_QUANTILES.values()]) if len(values) else [np.nan] * 5
        rows.append(
            {"indicator": name, "name_en": words[name].en, "name_zh": words[name].zh,
             "cells": len(values), **dict(zip(_QUANTILES, spread, strict=True))}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _whole(folder: Path, layers: Layers) -> gpd.GeoDataFrame:
    """Rows of all tiles, in an order that does not depend on them; cells by their names."""
    parts = [gpd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))]
    if not parts:
        columns = {name: pd.Series(dtype=kind) for name, kind in CELL_COLUMNS.items()}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=layers.crs))
    whole = pd.concat(parts)
    whole = whole.sort_values("cell") if folder.name == "cells" else whole.sort_index()
    return gpd.GeoDataFrame(whole.reset_index(drop=True), crs=layers.crs)


def _parquet(cells: gpd.GeoDataFrame) -> bytes:
    from taobaogis.city.jobs import packed  # noqa: PLC0415 - heavy, and only here

    return packed(cells)


def _rows(folder: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in folder.glob("*.parquet"))


def _credit(layers: Layers) -> str:
    said = (layers.provenance[kind].attribution for kind in layers.provenance)
    return " · ".join(dict.fromkeys(text for text in said if text))


def _lead(grid: Grid, counts: dict[str, int]) -> Label:
    return Label(
        f"{counts['buildings']:,} buildings and {counts['streets']:,} stretches of street in "
        f"{counts['cells']:,} cells of {grid.cell_m:g} m.",
        f"共 {counts['buildings']:,} 栋建筑、{counts['streets']:,} 段街巷，"
        f"{counts['cells']:,} 个边长 {grid.cell_m:g} 米的格网。",
    )


def _page(study: Study, lead: Label, table: pd.DataFrame, picture: bytes, credit: str) -> str:
    script = pages.inline_script("page.js")
    caution = Label(
        "What is measured is what is on the map. How much is missing from it is not judged cell "
        "by cell: measure a village as a study before you rely on a value.",
        "数据仅反映地图上已有的内容，未逐格评估缺失程度；使用数值前请以研究方式单独测算村庄。",
    )
    return (
        pages.environment(_TEMPLATES)
        .get_template("city.html.j2")
        .render(
            policy=pages.policy(script),
            script=Markup(script),  # noqa: S704 - ours
            styles=Markup(pages.inline_style("page.css")),  # noqa: S704 - ours
            title=Label(study.title_en or study.id, study.title_zh or study.id),
            banner=study.synthetic,
            lead=lead,
            caution=caution,
            picture=base64.b64encode(picture).decode(),
            rows=[_shown(row) for _, row in table.iterrows()],
            credit=credit,
        )
    )


def _shown(row: pd.Series) -> tuple[Label, int, list[str]]:
    numbers = [short_number(row[name]) for name in _QUANTILES]
    return Label(row["name_en"], row["name_zh"]), int(row["cells"]), numbers
