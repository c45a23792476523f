"""Own files measured by one command, with the pictures and the base map that were asked for."""

import json

import geopandas as gpd
import shapely
from support.command_line import taobaogis


def houses(path):
    corners = [(432_300 + 14 * (i % 6), 2_543_700 + 12 * (i // 6)) for i in range(30)]
    shapes = [shapely.box(x, y, x + 10, y + 10) for x, y in corners]
    gpd.GeoDataFrame({"levels": [5] * 30}, geometry=shapes, crs=4547).to_file(path)
    return path


def test_measure_writes_the_figures_and_the_base_map_asked_for(tmp_path):
    own = houses(tmp_path / "own.gpkg")
    done = taobaogis("measure", "--buildings", own, "--out", tmp_path / "out", "--quiet",
                     "--figures", "svg", "--basemap", "osm")  # fmt: skip
    assert done.code == 0, done.err
    assert "Whoever opens a page asks OpenStreetMap" in done.err
    record = json.loads((tmp_path / "out" / "manifest.json").read_text())
    figures = {f["path"].rsplit(".", 1)[1] for f in record["files"] if "figures/" in f["path"]}
    assert figures == {"png", "svg", "txt"}, "and which of them were left out"
    pages = list((tmp_path / "out").glob("map-*.html"))
    assert len(pages) == 1
    assert "img-src data: https://tile.openstreetmap.org" in pages[0].read_text(encoding="utf-8")


def test_measure_knows_a_mistyped_format_before_it_works(tmp_path):
    own = houses(tmp_path / "own.gpkg")
    done = taobaogis("measure", "--buildings", own, "--out", tmp_path / "out", "--figures", "pgn")
    assert done.code == 2
    assert "Figures cannot be written as 'pgn'. Did you mean 'png'?" in done.err
    assert not (tmp_path / "out").exists()
