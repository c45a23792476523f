"""The sample, measured once: a run with every layer, for what works on finished runs."""

from __future__ import annotations

import dataclasses
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from taobaogis.pipeline import measure_study
from taobaogis.settings import Settings
from taobaogis.study import load_study

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from taobaogis.results import StudyResult, VillageResult


@cache
def sample_run(*villages: str) -> StudyResult:
    """Run of some villages of the sample."""
    study = load_study("sample")
    chosen = tuple(v for v in study.villages if v.id in villages)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(cache_dir=Path(folder), offline=True)
        return measure_study(dataclasses.replace(study, villages=chosen), settings)


def with_layers(
    result: StudyResult, change: Callable[[str, gpd.GeoDataFrame], gpd.GeoDataFrame]
) -> StudyResult:
    """The same run with each layer of each village changed."""

    def changed(village: VillageResult) -> VillageResult:
        layers = {key: change(key, frame) for key, frame in village.layers.items()}
        return dataclasses.replace(village, layers=layers)

    return dataclasses.replace(result, villages=tuple(map(changed, result.villages)))


def shuffled(seed: int, share: float = 1.0) -> Callable[[str, gpd.GeoDataFrame], gpd.GeoDataFrame]:
    """Change that keeps a share of the rows, in another order; the boundary stays."""

    def change(key: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        if key == "boundary":
            return frame
        rng = np.random.default_rng([seed, len(frame)])
        return frame.iloc[rng.permutation(len(frame))[: round(share * len(frame))]]

    return change
