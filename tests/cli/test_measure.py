"""Which files ``taobaogis measure`` hands on, and what it makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from shapely.geometry import LineString, box

from taobaogis.cli import measure
from taobaogis.form.obstacles import obstacles
from taobaogis.loaders import survey

if TYPE_CHECKING:
    from pathlib import Path

GRID = 4547


def written(folder: Path, name: str, shapes: list, **columns: list) -> Path:
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=GRID)
    frame.to_crs(4326).to_file(folder / name)
    return folder / name


def test_walls_of_a_file_of_ones_own_bar_the_way(tmp_path, monkeypatch):
    x, y = 432_300.0, 2_543_700.0
    houses = [box(x + 14 * k, y, x + 14 * k + 10, y + 12) for k in range(4)]
    wall = LineString([(x - 5, y - 3), (x + 60, y - 3)])
    files = {
        "buildings": written(tmp_path, "houses.gpkg", houses),
        "barriers": written(tmp_path, "walls.gpkg", [wall], barrier=["fence"]),
    }
    handed = []

    def load(given, **options):
        handed.append(given)
        found.append(load_survey_data(given, **options)[1])
        raise KeyboardInterrupt

    found, load_survey_data = [], survey.load_survey_data
    monkeypatch.setattr(survey, "load_survey_data", load)
    with pytest.raises(KeyboardInterrupt):
        measure.command(out=tmp_path / "out", quiet=True, **files)
    assert handed == [files]
    village = found[0].villages[0]
    assert village.layers["barriers"]["barrier"].tolist() == ["fence"]
    barred = obstacles(village.layers["barriers"], village.layers["streets"])
    assert sum(shape.area for shape in barred) == pytest.approx(6.5, rel=0.01)
