"""What a report says, whatever it is written in: page, workbook or passport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taobaogis.indicators import Words
from taobaogis.maps.model import Label
from taobaogis.reports import summary
from taobaogis.reports.access_tables import AccessTables, access_tables
from taobaogis.reports.findings import findings
from taobaogis.reports.minimap import small_map
from taobaogis.reports.people_section import people_of, taobao_fact
from taobaogis.reports.rule_section import rule_fact, rule_topics
from taobaogis.reports.what_if import what_if_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taobaogis.compare.ranking import Comparison, VillageScore
    from taobaogis.indicators import Indicator
    from taobaogis.provenance import Provenance
    from taobaogis.reports.minimap import SmallMap
    from taobaogis.reports.people_section import People
    from taobaogis.reports.rule_section import RuleTopic
    from taobaogis.reports.what_if import WhatIfReport
    from taobaogis.results import StudyResult, VillageResult
    from taobaogis.village import Village

__all__ = ["Report", "ReportVillage", "Source", "report_of", "sources_of"]

_KINDS: Mapping[str, Label] = {
    "streets": Label("Streets", "街巷"),
    "buildings": Label("Buildings", "建筑"),
    "pois": Label("Places", "设施点"),
    "landuse": Label("Land use", "土地利用"),
    "stops": Label("Transit stops", "公交地铁站"),
    "routes": Label("Transit routes", "公交线路"),
    "barriers": Label("Walls and water", "围墙与水体"),
}


@dataclass(frozen=True)
class Source:
    """Where layers came from."""

    layers: Label
    source: str
    as_of: str
    licence: str
    note: str


@dataclass(frozen=True)
class ReportVillage:
    """A village as a report shows it.

    Attributes
    ----------
    id, name
        Which it is.
    indicators
        By key.
    boundary
        Who drew its boundary, in words.
    has_map
        Whether ``map-<id>.html`` and ``passport-<id>.html`` stand beside the page.
    picture
        Small map; None if the data do not reach it.
    facts
        Further short lines: what stands where.
    findings
        What stands out, a title and a few sentences each.
    outside
        That the data do not reach the village; empty words if they do.
    """

    id: str
    name: Label
    indicators: Mapping[str, Indicator]
    boundary: Label = Label("", "")  # noqa: RUF009 - frozen
    has_map: bool = False
    picture: SmallMap | None = None
    facts: tuple[tuple[Label, Label], ...] = ()
    findings: tuple[tuple[Label, Label], ...] = ()
    outside: Label = Label("", "")  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class Report:
    """A comparison with all that a reader has to know of it.

    Attributes
    ----------
    title
        Of the study.
    villages
        By id, in the order of the ranking, as everything that is told of them.
    comparison
        Every village of it is in `villages`.
    sources, notes, attribution
        Where the data came from, and what was noted on the way.
    synthetic
        True if some of the places do not exist.
    what_if
        What the changes of the study would do; None if it has none.
    rules
        The rule book by topic, over all villages.
    people
        Taobao-village test and questionnaire; None if there is nothing to tell.
    access
        Every market of every village, and the lines near by.
    """

    title: Label
    villages: Mapping[str, ReportVillage]
    comparison: Comparison
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    attribution: str = ""
    synthetic: bool = False
    what_if: WhatIfReport | None = None
    rules: tuple[RuleTopic, ...] = ()
    people: People | None = None
    access: AccessTables = AccessTables()  # noqa: RUF009 - frozen

    @property
    def names(self) -> Mapping[str, Label]:
        """Names of the villages by id."""
        return {key: village.name for key, village in self.villages.items()}

    @property
    def best_first(self) -> tuple[tuple[VillageScore, ReportVillage], ...]:
        """Scores and villages in the order of the ranking."""
        return tuple((s, self.villages[s.village]) for s in self.comparison.villages)


def report_of(result: StudyResult, comparison: Comparison) -> Report:
    """Report on a run.

    Parameters
    ----------
    result
        The run.
    comparison
        Its ranking; every village of it must be in `result`.

    Returns
    -------
    report
        With a small map of each village that the data reach.
    """
    measured = {v.village.id: v for v in result.villages}
    best_first = [measured[score.village] for score in comparison.villages]
    return Report(
        title=Label(result.study.title_en, result.study.title_zh),
        villages={v.village.id: _village(v) for v in best_first},
        comparison=comparison,
        sources=sources_of(result.provenance),
        notes=result.notes,
        attribution=result.attribution,
        synthetic=result.study.synthetic,
        what_if=what_if_report(result, comparison),
        rules=rule_topics([v.rules for v in best_first]),
        people=people_of(best_first, result.survey) if all(v.taobao for v in best_first) else None,
        access=access_tables(best_first),
    )


def _village(measured: VillageResult) -> ReportVillage:
    village = measured.village
    return ReportVillage(
        id=village.id,
        name=summary.name_of(village.spec.name_en, village.spec.name_zh, village.id),
        indicators=measured.indicators,
        boundary=_boundary(village),
        has_map=not village.outside,
        picture=small_map(measured),
        facts=tuple(_facts(measured)),
        findings=findings(measured),
        outside=Label(village.outside, Words.of(village.outside).zh),
    )


def _facts(measured: VillageResult) -> Iterable[tuple[Label, Label]]:
    for name, text in (
        (Label("Rule book", "规范核对"), rule_fact(measured.rules)),
        (Label("Taobao village", "淘宝村"), taobao_fact(measured.taobao)),
    ):
        if text.en:
            yield name, text


def _boundary(village: Village) -> Label:
    """Who drew the boundary."""
    if village.is_circle:
        radius = f"{village.spec.radius_m:g}"
        return Label(
            f"none drawn; a circle of {radius} m stands in", f"未绘制，以半径 {radius} 米的圆代替"
        )
    name = village.boundary_basis.removeprefix("boundary from ")
    return Label(f"from {name}", f"取自 {name}")


def sources_of(provenance: Mapping[str, Provenance]) -> tuple[Source, ...]:
    """Origins, each once, with the layers that came from it.

    Parameters
    ----------
    provenance
        Origin by kind of layer.

    Returns
    -------
    sources
        In the order in which they are met.
    """
    merged: dict[tuple[str, str, str, str], list[Label]] = {}
    for kind, origin in provenance.items():
        key = (origin.source, origin.as_of, origin.licence, origin.note)
        merged.setdefault(key, []).append(_KINDS.get(kind, Label.same(kind)))
    return tuple(
        Source(_joined(kinds), source, as_of, licence, note)
        for (source, as_of, licence, note), kinds in merged.items()
    )


def _joined(labels: Iterable[Label]) -> Label:
    kinds = list(labels)
    return Label(", ".join(k.en for k in kinds), "、".join(k.zh for k in kinds))
