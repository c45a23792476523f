"""What a run ends in: measured layers and indicators, ready to be drawn and written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from pyproj import CRS

    from taobaogis.compare.rule_book import RuleFindings
    from taobaogis.compare.taobao_village import TaobaoTest
    from taobaogis.indicators import Indicator, Words
    from taobaogis.provenance import Provenance
    from taobaogis.social.needs import NeedGap
    from taobaogis.social.survey import Survey
    from taobaogis.study import Study
    from taobaogis.village import Village

__all__ = ["Applied", "StudyResult", "Surface", "VillageResult", "WhatIf"]


@dataclass(frozen=True)
class VillageResult:
    """One measured village.

    Attributes
    ----------
    village
        Boundary and how it came about.
    layers
        Measured layers by name, in the study's metric CRS; a layer without data is empty.
        ``boundary``, ``buildings``, ``streets``, ``places``, ``clusters``, ``landuse``,
        ``lanes``, ``reach``, ``pinch_points``, ``fire_pairs``, ``dead_ends``, ``rule_findings``,
        ``stops``, ``markets``, ``trips``, ``isochrones``, ``facilities``,
        ``facility_coverage``, ``facility_sites``, ``worst_served``.
    indicators
        By key, in the order of the definitions.
    tables
        What is measured along a distance and not on the ground, such as curves, by name.
    rules
        The rule book of the village; None if it was not judged.
    taobao
        Whether it is a Taobao village, by each wording.
    needs
        What people of the village ask for, against what is there; none without questionnaire.
    """

    village: Village
    layers: Mapping[str, gpd.GeoDataFrame]
    indicators: Mapping[str, Indicator]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    rules: RuleFindings | None = None
    taobao: tuple[TaobaoTest, ...] = ()
    needs: tuple[NeedGap, ...] = ()


@dataclass(frozen=True)
class Surface:
    """A grid of values over the study's CRS, north up.

    Attributes
    ----------
    name
        Name of the file it is written to.
    values
        Rows from north to south; NaN where there is no value.
    left_m, top_m
        Corner of the first cell.
    cell_m
        Edge of a cell.
    unit, description
        What the numbers are.
    """

    name: str
    values: np.ndarray
    left_m: float
    top_m: float
    cell_m: float
    unit: str
    description: str


@dataclass(frozen=True)
class Applied:
    """What became of a change of the study.

    Attributes
    ----------
    do
        Kind of the change.
    touched
        How many features came, went or changed.
    said
        The same in words; if nothing was touched, that nothing changes.
    """

    do: str
    touched: int
    said: Words


@dataclass(frozen=True)
class WhatIf:
    """The study measured once more with its changes.

    Attributes
    ----------
    applied
        What became of each change.
    indicators
        Indicators by key, by village, after the changes.
    """

    applied: tuple[Applied, ...]
    indicators: Mapping[str, Mapping[str, Indicator]]


@dataclass(frozen=True)
class StudyResult:
    """All villages of a study, and where everything came from.

    Attributes
    ----------
    study
        As it was asked.
    crs
        Metric CRS of every layer.
    villages
        In the order of the study.
    provenance
        Origin of each layer.
    surfaces
        Grids over the whole study.
    survey
        The questionnaire; None if the study names none.
    notes
        What a reader of any output has to know, in words.
    what_if
        The same with the changes of the study; None if it has none.
    """

    study: Study
    crs: CRS
    villages: tuple[VillageResult, ...]
    provenance: Mapping[str, Provenance]
    surfaces: tuple[Surface, ...] = ()
    notes: tuple[str, ...] = field(default=())
    what_if: WhatIf | None = None
    survey: Survey | None = None

    @property
    def attribution(self) -> str:
        """Line to print wherever the data are shown; each source once."""
        lines = (line for p in self.provenance.values() for line in p.attribution.split(" · "))
        return " · ".join(dict.fromkeys(filter(None, lines)))
