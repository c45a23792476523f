# %% [markdown]
# # Comparing candidates
#
# Villages are scored between fixed points, good and bad, that stand in the study. A village that is
# added or dropped never changes the scores of the others.
# %%
import dataclasses

import pandas as pd

from taobaogis import Settings, load_study
from taobaogis.compare.ranking import compare_villages
from taobaogis.pipeline import measure_study

study = load_study("sample")
run = measure_study(study, Settings.from_environment(offline=True))
values = {village.village.id: village.indicators for village in run.villages}

# %% [markdown]
# The criteria, with what counts as good and bad, and where that comes from.
# %%
pd.DataFrame(
    [(c.indicator, c.good, c.bad, c.weight, c.basis) for c in study.criteria],
    columns=["criterion", "good", "bad", "weight", "basis"],
)

# %%
ranking = compare_villages(values, study.criteria)
pd.DataFrame(
    [(v.rank, v.village, v.total, v.low, v.high, v.first_share) for v in ranking.villages],
    columns=["rank", "village", "score", "low", "high", "chance of being first"],
).round(2)

# %% [markdown]
# `low` and `high` are the scores if every number took the worse, or the better, end of its range.
# The chance of being first comes from drawing numbers and weights within their doubt.
#
# Which weight would change the winner?
# %%
pd.DataFrame(
    [(t.indicator, round(t.now, 2), round(t.then, 2), t.village) for t in ranking.turns],
    columns=["criterion", "weight now", "from here on", "would be first"],
)

# %% [markdown]
# Other weights, the same numbers: only streets and density count.
# %%
form = [dataclasses.replace(c, weight=1.0 if c.layer == "form" else 0.001) for c in study.criteria]
[(v.village, round(v.total, 2)) for v in compare_villages(values, form).ranked]

# %% [markdown]
# A village without a number for some criterion gets no rank. It is never ranked on less.
# %%
from taobaogis.indicators import not_available

poorer = {
    **values,
    "dajie": {**values["dajie"], "floor_space_index": not_available(
        "floor_space_index", "no storeys are mapped")},
}  # fmt: skip
[(v.village, v.rank, str(v.refused)) for v in compare_villages(poorer, study.criteria).villages]
