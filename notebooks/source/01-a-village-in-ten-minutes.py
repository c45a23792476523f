# %% [markdown]
# # A village in ten minutes
#
# From a study to a map and a table, without a network. The villages are made up; a study of your
# own is a short file, see `data/studies/sample.toml`.
#
# %%
from IPython.display import Image

from taobaogis import Settings, load_study
from taobaogis.maps.notebook import map_of
from taobaogis.maps.spec import village_maps
from taobaogis.maps.static import figure_bytes, figures
from taobaogis.pipeline import measure_study
from taobaogis.reports.tables import indicator_csv

# %% [markdown]
# A **study** names the villages, the markets and the data. `measure_study` loads the data and
# measures every village; it takes about ten seconds here.
# %%
study = load_study("sample")
run = measure_study(study, Settings.from_environment(offline=True))
[village.village.spec.name_en for village in run.villages]

# %% [markdown]
# The map of a village is one call. It is a folium map, so anything folium can draw may be added;
# everything it needs is inside, and it opens without a network.
# %%
old = run.villages[0]
map_of(old, run)

# %% [markdown]
# Everything that was measured is an **indicator**: a value, its unit, the range it may lie in, and
# a grade that says how far it can be trusted.
# %%
width = old.indicators["street_width_median_m"]
width.value, width.low, width.high, width.grade

# %% [markdown]
# All of them as a table, the villages side by side:
# %%
import io

import pandas as pd

table = pd.read_csv(io.StringIO(indicator_csv(run).lstrip("\ufeff")))
shown = ["street_width_median_m", "building_coverage_ratio", "floor_space_index", "stop_straight_m"]
some = table[table["indicator"].isin(shown)]
some.pivot_table(index="indicator", columns="village", values="value").loc[shown].round(2)

# %% [markdown]
# A value that the data cannot give is missing and says why; it is never 0.
# %%
missing = table[table["value"].isna()]
missing[["village", "indicator", "reason"]].head(3)

# %% [markdown]
# Figures for paper come from the same descriptions as the maps. Here are the buildings of all
# villages at one scale.
# %%
drawers = figures(village_maps(run))
Image(figure_bytes(drawers["figure-ground"]()))

# %% [markdown]
# `taobaogis run sample` on the command line writes all of it into a folder: pages, figures, tables
# and a GeoPackage that QGIS opens in the same colours.
