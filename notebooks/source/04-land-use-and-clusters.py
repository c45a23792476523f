# %% [markdown]
# # Land use and clusters: what the ground is for, and where shops gather
# %%
from IPython.display import Image

from taobaogis import Settings, load_study
from taobaogis.clusters.main_streets import main_streets
from taobaogis.clusters.reach import k_distance
from taobaogis.maps.notebook import map_of
from taobaogis.maps.spec import village_maps
from taobaogis.maps.static import figure_bytes, figures
from taobaogis.pipeline import measure_study

run = measure_study(load_study("sample"), Settings.from_environment(offline=True))
drawers = figures(village_maps(run))
dajie = run.villages[2]

# %% [markdown]
# Each piece of ground is counted once. What nobody mapped is "not mapped", not residential.
# %%
Image(figure_bytes(drawers["land-use-dajie"]()))

# %%
dajie.layers["landuse"].groupby("use")["area_m2"].sum().div(1e4).round(2).rename("ha").to_frame()

# %% [markdown]
# ## Where places gather
# The clusters on the maps are those of DBSCAN: a place belongs if enough others lie within reach.
# How far that reach should be can be read from the k-distance curve; it turns where clusters end
# and strays begin.
# %%
places = dajie.layers["places"]
curve = k_distance(places, min_places=5)
curve.k, round(curve.eps_m, 1), len(curve.curve_m)

# %%
Image(figure_bytes(drawers["clusters-dajie"]()))

# %% [markdown]
# Along the streets instead of as the crow flies: the stretches where more places stand than
# chance would put there.
# %%
stretches, stands_at = main_streets(places, dajie.layers["streets"])
stretches[["name", "length_m", "places", "chain_places", "per_100m", "main_category"]].round(1)

# %%
map_of(dajie, run, "buildings", "places", "clusters")
