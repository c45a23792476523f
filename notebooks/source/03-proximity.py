# %% [markdown]
# # Proximity: markets, stops, and the way there
#
# A village that sells clothing needs a clothing market, not just any market. Which goods a market
# sells and which the village makes stand in the study.
# %%
from IPython.display import Image

from taobaogis import Settings, load_study
from taobaogis.maps.notebook import map_of
from taobaogis.maps.spec import village_maps
from taobaogis.maps.static import figure_bytes, figures
from taobaogis.pipeline import measure_study

run = measure_study(load_study("sample"), Settings.from_environment(offline=True))
drawers = figures(village_maps(run))
laocun = run.villages[0]

# %% [markdown]
# Distance in a straight line, along the streets, and in minutes by each way of travel. Minutes by
# public transport have a range, since nobody publishes a timetable and how often the bus comes is
# an assumption.
# %%
laocun.layers["markets"][
    ["name_en", "right_goods", "distance_m", "ebike_min", "drive_min", "transit_min",
     "transit_low_min", "transit_high_min"]
].round(0).T  # fmt: skip

# %%
Image(figure_bytes(drawers["travel-times"]()))

# %% [markdown]
# Each trip is kept leg by leg, with the line that is taken.
# %%
print(laocun.layers["markets"]["transit_en"].iloc[0])
Image(figure_bytes(drawers["access-laocun"]()))

# %% [markdown]
# What lies within 5, 10 and 15 minutes, along the streets and never across a river or a motorway:
# %%
laocun.layers["isochrones"][["mode", "minutes", "area_ha", "houses_share"]].round(2)

# %% [markdown]
# Stops around the village, on a map of their own. A click on a stop tells what it is.
# %%
map_of(laocun, run, "streets", "stops", "trips")

# %% [markdown]
# What changes the answer is said beside it.
# %%
stop = laocun.indicators["stop_straight_m"]
stop.value, stop.low, stop.high, stop.grade, stop.method
