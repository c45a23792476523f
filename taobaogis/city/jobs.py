"""A tile as a piece of work that travels: data in, data out, nothing else needed.

A job holds the tile's part of the layers as GeoParquet in memory, so that whoever does it needs
neither the source nor a shared disk; what comes back are the files of the tile, byte for byte.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from taobaogis.city.cells import Measured, cell_table
from taobaogis.city.measures import house_columns
from taobaogis.city.surroundings import inner_points, squares_of, surroundings
from taobaogis.errors import TaobaoGISError
from taobaogis.form.profile import street_profile
from taobaogis.form.width import street_widths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.city.grid import Grid, Square
    from taobaogis.study import Assumptions

__all__ = ["Job", "Results", "code_digest", "measure_tile", "packed", "unpacked"]


@dataclass(frozen=True)
class Results:
    """Files of one tile by the folder they belong in, and how many houses they tell of."""

    tile: Square
    files: Mapping[str, bytes]
    houses: int


@dataclass(frozen=True)
class Job:
    """Everything that measuring a tile takes.

    Attributes
    ----------
    grid, tile, assumptions, fire_separation_m
        What to measure, and how.
    layers
        GeoParquet of ``buildings``, ``streets`` and ``pois`` with the index of the whole: those
        of the tile and all that they have to see.
    code
        From `code_digest`, of who asks.
    """

    grid: Grid
    tile: Square
    assumptions: Assumptions
    fire_separation_m: float
    layers: Mapping[str, bytes]
    code: str


@cache
def code_digest() -> str:
    """Digest of this package's code and data; two that differ may measure differently."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def measure_tile(job: Job) -> Results:
    """Do the work of a tile.

    Parameters
    ----------
    job
        From `taobaogis.city.tiles.tile_jobs`.

    Returns
    -------
    results
        GeoParquet: ``buildings`` and ``streets`` of the tile with everything measured on them,
        and its ``cells``. Equal jobs give equal bytes.

    Raises
    ------
    TaobaoGISError
        If another version of this package asks.
    """
    if job.code != code_digest():
        message = (
            "a worker runs another version of taobaogis; install the same one on all machines."
        )
        raise TaobaoGISError(message)
    layers = {kind: unpacked(body) for kind, body in job.layers.items()}
    points = inner_points(layers)
    boxes = np.concatenate([frame.bounds.to_numpy() for frame in layers.values()])
    reached = {(int(i), int(j)) for i, j in squares_of(boxes, job.grid.block_m)}
    blocks = [block for block in job.grid.blocks(job.tile) if block in reached]
    made = [_measured(job, layers, points, block) for block in blocks]
    files, houses = {}, 0
    for name in ("buildings", "streets", "cells"):
        tables = [block[name] for block in made if len(block[name])]
        if not tables:
            continue
        whole = pd.concat(tables)
        whole = whole.reset_index(drop=True) if name == "cells" else whole.sort_index()
        files[name] = packed(gpd.GeoDataFrame(whole, crs=tables[0].crs))
        houses += len(whole) if name == "buildings" else 0
    return Results(job.tile, files, houses)


def _measured(
    job: Job,
    layers: Mapping[str, gpd.GeoDataFrame],
    points: Mapping[str, np.ndarray],
    block: Square,
) -> Mapping[str, gpd.GeoDataFrame]:
    """Buildings, streets and cells of a block, each measured with what it has to see."""
    grid, assumptions = job.grid, job.assumptions
    own = {kind: (grid.of(xy, grid.block_m) == block).all(axis=1) for kind, xy in points.items()}
    sight_line_m = assumptions.sight_line_m
    box = grid.box(block, grid.block_m)
    rows = surroundings(layers, own, box, sight_line_m=sight_line_m)
    around, streets, places = (
        gpd.GeoDataFrame(layers[kind].iloc[rows[kind]]) for kind in ("buildings", "streets", "pois")
    )
    mine = own["buildings"][rows["buildings"]]
    columns = house_columns(around, mine, assumptions, fire_separation_m=job.fire_separation_m)
    houses = _joined(around[mine], columns)
    profile = street_profile(streets, around, sight_line_m=sight_line_m)
    told = own["streets"][rows["streets"]]
    widths = street_widths(streets, around, profile=profile)
    measured = Measured(houses, around, streets, profile, places)
    inner = points["buildings"][own["buildings"]]
    return {
        "buildings": houses.assign(cell=grid.names(grid.of(inner, grid.cell_m).tolist())),
        "streets": _joined(streets[told], widths[told]),
        "cells": cell_table(grid, block, measured, assumptions),
    }


def packed(frame: gpd.GeoDataFrame) -> bytes:
    """Frame as GeoParquet with a bounding box a row; equal frames give equal bytes."""
    stream = io.BytesIO()
    frame.to_parquet(stream, write_covering_bbox=True, compression="zstd", index=True)
    return stream.getvalue()


def unpacked(body: bytes) -> gpd.GeoDataFrame:
    """Inverse of `packed`."""
    return gpd.read_parquet(io.BytesIO(body))  # type: ignore[arg-type] # any file will do


def _joined(layer: gpd.GeoDataFrame, columns: pd.DataFrame) -> gpd.GeoDataFrame:
    table = pd.concat([layer.drop(columns=layer.geometry.name), columns], axis=1)
    return gpd.GeoDataFrame(table, geometry=layer.geometry.array, crs=layer.crs)
