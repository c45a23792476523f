# %% [markdown]
# # Form: streets, houses, and who can pass
#
# What the footprints tell: how wide the streets are, how close the houses stand, which vehicle
# gets where, and what is old and what is new.
# %%
from IPython.display import Image

from taobaogis import Settings, load_study
from taobaogis.maps.notebook import map_of
from taobaogis.maps.spec import village_maps
from taobaogis.maps.static import figure_bytes, figures
from taobaogis.pipeline import measure_study

run = measure_study(load_study("sample"), Settings.from_environment(offline=True))
drawers = figures(village_maps(run))
laocun, xincun, dajie = run.villages

# %% [markdown]
# ## Width
# The width of a street is the distance between the façades, measured every few metres. Where a
# side is open there is no façade, and no width is made up.
# %%
Image(figure_bytes(drawers["street-width-laocun"]()))

# %% [markdown]
# The layer behind it is a plain GeoDataFrame. Lines stand with their median, the narrowest place,
# and the share of their length that is open.
# %%
streets = laocun.layers["streets"]
streets[["highway", "facade_width_m", "width_min_m", "open_share"]].describe().round(2)

# %% [markdown]
# The villages differ most below 4 m, the width that a fire engine takes.
# %%
Image(figure_bytes(drawers["street-width-histogram"]()))

# %% [markdown]
# ## Who can pass
# A vehicle passes where a strip of its width is free the whole way from a street. Wider vehicles
# are drawn over narrower ones.
# %%
map_of(laocun, run, "buildings", "reach", "pinch_points")

# %%
laocun.layers["reach"][["name_en", "clear_width_m", "served_share"]].round(2)

# %% [markdown]
# ## Gaps
# Houses across less than 1.5 m from each other are called handshake houses.
# %%
{
    v.village.id: (round(h.value, 2), h.grade)
    for v in run.villages
    if (h := v.indicators["handshake_1_5m_share"]).value is not None
}

# %%
Image(figure_bytes(drawers["gaps-laocun"]()))

# %% [markdown]
# ## Old and new
# Old cores and planned parts are told apart by how the houses stand: their spacing, alignment and
# fronts. The reason is part of the answer.
# %%
xincun.layers["parts"][["part", "probability", "n_buildings", "why"]]
