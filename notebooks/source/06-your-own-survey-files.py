# %% [markdown]
# # Your own survey files
#
# Footprints from a drone survey, a shapefile from the planning bureau, a GeoPackage drawn in QGIS:
# any vector file will do. Here a file of footprints and one of streets are made up first, to have
# something to read.
# %%
import tempfile
from pathlib import Path

import geopandas as gpd
from shapely.geometry import LineString, box

folder = Path(tempfile.mkdtemp())
x0, y0 = 433_000, 2_543_000  # CGCS2000 / 3-degree Gauss-Krüger, central meridian 114° E
houses = [
    box(x, y, x + 9.0, y + 11.0)
    for x, y in ((x0 + 11.2 * i, y0 + 14.5 * j) for i in range(12) for j in range(8))
]
gpd.GeoDataFrame(
    {"building": "yes", "building:levels": [3 + i % 4 for i in range(96)]},
    geometry=houses,
    crs=4547,
).to_file(folder / "houses.gpkg")
gpd.GeoDataFrame(
    {"highway": ["residential"] * 9},
    geometry=[
        LineString([(x0 - 20, y0 + 14.5 * j - 1.75), (x0 + 150, y0 + 14.5 * j - 1.75)])
        for j in range(9)
    ],
    crs=4547,
).to_file(folder / "streets.gpkg")

# %% [markdown]
# `load_survey_data` reads them. The datum must be said where it is not WGS 84: files traced from
# Amap are on `gcj02`, those from Baidu on `bd09`.
# %%
from taobaogis.loaders.survey import load_survey_data
from taobaogis.pipeline import measure_data

study, data = load_survey_data(
    {"buildings": folder / "houses.gpkg", "streets": folder / "streets.gpkg"}, datum="wgs84"
)
run = measure_data(study, data)
village = run.villages[0]
village.village.boundary_basis

# %% [markdown]
# The lanes that were drawn are 3.5 m wide, and the gaps between neighbours 2.2 m:
# %%
{
    key: village.indicators[key].value
    for key in ("building_count", "street_width_median_m", "building_gap_median_m")
}

# %%
from taobaogis.maps.notebook import map_of

map_of(village, run, "buildings", "streets")

# %% [markdown]
# What the files do not hold stays unknown, with the reason:
# %%
str(village.indicators["stop_straight_m"].reason)

# %% [markdown]
# The same on the command line:
#
# ```
# taobaogis measure --buildings houses.gpkg --streets streets.gpkg --out results
# ```
