"""The comparison as one page: words first, then ranking, weights, tables, figures and sources."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from taobaogis.indicators import definitions
from taobaogis.maps import pages, words
from taobaogis.maps.model import Label
from taobaogis.reports import summary
from taobaogis.reports.criteria import CriterionWords, criterion_words, heat
from taobaogis.reports.layers import indicator_layer, paper_layers
from taobaogis.reports.minimap import COLOURS
from taobaogis.reports.what_if import VERDICTS, change_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.compare.ranking import Comparison, Score, VillageScore
    from taobaogis.indicators import Indicator
    from taobaogis.reports.content import Report, ReportVillage
    from taobaogis.reports.minimap import SmallMap

__all__ = ["render_comparison_page"]

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class _Cell:
    """A village on a criterion."""

    shown: words.Shown | None
    score: str
    colour: str
    refused: Label


@dataclass(frozen=True)
class _Row:
    """A village in the comparison."""

    id: str
    name: Label
    score: VillageScore
    why: Label
    complete: Label
    cells: tuple[_Cell, ...]
    village: ReportVillage
    picture: Markup
    width: float


@dataclass(frozen=True)
class _Entry:
    """An indicator over all villages; `marks` are the numbers of the remarks below the table."""

    name: Label
    definition: Label
    unit: Label
    values: tuple[words.Shown | None, ...]
    marks: tuple[int, ...]


@dataclass(frozen=True)
class _Group:
    """Indicators of one group and the remarks on them."""

    key: str
    title: Label
    entries: tuple[_Entry, ...]
    remarks: tuple[Label, ...]


@dataclass(frozen=True)
class _Change:
    """An indicator before and after the changes of a study."""

    village: Label
    name: Label
    unit: Label
    before: str
    interval: str
    after: str
    change: str
    verdict: str
    said: Label


@dataclass(frozen=True)
class _Layer:
    """Groups of one layer of the paper."""

    name: Label
    groups: tuple[_Group, ...]
    count: int
    missing: int


def render_comparison_page(
    report: Report,
    *,
    figures: Mapping[str, bytes] | None = None,
    left_out: Mapping[str, Label] | None = None,
) -> str:
    """HTML page that compares the villages of a run.

    Parameters
    ----------
    report
        What is to be told.
    figures
        PNG bytes by name; those named in `taobaogis.maps.words.OVERVIEW` are shown.
    left_out
        Why those of them that were not drawn would show nothing, by name.

    Returns
    -------
    html
        One file that asks nothing of the network and links to ``map-<village>.html`` and
        ``passport-<village>.html`` beside it. Its sliders rank again by the same rule. Equal
        runs give equal text.
    """
    script = pages.inline_script("page.js") + (_TEMPLATES / "weights.js").read_text("utf-8")
    styles = pages.inline_style("page.css") + "".join(
        (_TEMPLATES / name).read_text("utf-8") for name in ("index.css", "sections.css")
    )
    comparison = report.comparison
    template = pages.environment(_TEMPLATES).get_template("index.html.j2")
    return template.render(
        policy=pages.policy(script),
        styles=Markup(styles),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        title=report.title,
        banner=words.SYNTHETIC if report.synthetic else None,
        sentences=summary.sentences(comparison, report.names),
        any_ranked=bool(comparison.ranked),
        weights_basis=Label(comparison.weights.basis, comparison.weights.basis.zh),
        draws=comparison.spec.draws,
        heads=_heads(comparison),
        rows=_rows(report),
        data=_ranking_data(report),
        colours=COLOURS,
        layers=_layers(report),
        what_if=report.what_if,
        applied=[Label(a.said, a.said.zh) for a in report.what_if.applied]
        if report.what_if
        else [],
        changes=_changes(report),
        villages=list(report.names.values()),
        rules=report.rules,
        people=report.people,
        figures=_pictures(figures or {}),
        left_out=[
            (caption, (left_out or {})[name])
            for name, caption in words.OVERVIEW.items()
            if name in (left_out or {})
        ],
        sources=report.sources,
        notes=report.notes,
        grades=words.GRADES,
        attribution=report.attribution,
    )


def _heads(comparison: Comparison) -> list[CriterionWords]:
    if not comparison.villages:
        return []
    return [criterion_words(score) for score in comparison.villages[0].scores]


def _rows(report: Report) -> list[_Row]:
    pictures = {key: v.picture for key, v in report.villages.items() if v.picture is not None}
    widest = max((picture.span_m for picture in pictures.values()), default=1.0)
    return [
        _Row(
            id=score.village,
            name=village.name,
            score=score,
            why=summary.why_unranked(score, village.outside),
            complete=words.completeness_label(village.indicators.values()),
            cells=tuple(_cell(judged, village) for judged in score.scores),
            village=village,
            picture=_svg(pictures.get(village.id), widest),
            width=pictures[village.id].span_m / widest if village.id in pictures else 1.0,
        )
        for score, village in report.best_first
    ]


def _svg(picture: SmallMap | None, widest: float) -> Markup:
    return Markup("") if picture is None else Markup(picture.svg(widest))  # noqa: S704 - numbers only


def _cell(judged: Score, village: ReportVillage) -> _Cell:
    indicator = village.indicators.get(judged.criterion.indicator)
    shown = words.shown(indicator) if indicator is not None else None
    if judged.score is None:
        graded = indicator is not None and indicator.value is not None
        why = Label(judged.refused, judged.refused.zh) if graded else Label("", "")
        return _Cell(shown, "", "", why)
    return _Cell(shown, f"{judged.score:.2f}", heat(judged.score), Label("", ""))


def _ranking_data(report: Report) -> str:
    """What the page needs to rank again, as JSON."""
    by_id = {score.village: score for score in report.comparison.villages}
    villages = [
        {
            "id": village.id,
            "name": [village.name.en, village.name.zh],
            # Places of low, value and high between the fixed points, before they are cut off
            # at 0 and 1, so that the page draws from the same intervals.
            "values": [
                _places(judged, village.indicators.get(judged.criterion.indicator))
                for judged in by_id[village.id].scores
            ],
        }
        for village in report.villages.values()
    ]
    shares = list(report.comparison.weights.shares)
    record = {"weights": shares, "villages": villages, "seed": report.comparison.spec.seed}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _places(judged: Score, indicator: Indicator | None) -> list[float] | None:
    if judged.score is None or indicator is None or indicator.value is None:
        return None
    criterion, value = judged.criterion, indicator.value
    low = value if indicator.low is None else min(indicator.low, value)
    high = value if indicator.high is None else max(indicator.high, value)
    return [(v - criterion.bad) / (criterion.good - criterion.bad) for v in (low, value, high)]


def _layers(report: Report) -> list[_Layer]:
    villages = list(report.villages.values())
    shown = [k for k in definitions() if any(k in v.indicators for v in villages)]
    layers = []
    for layer in paper_layers().values():
        keys = [key for key in shown if indicator_layer(key) == layer.key]
        named = dict.fromkeys(definitions()[key].group for key in keys)
        groups = tuple(_group(name, keys, villages) for name in named)
        if groups:
            entries = [entry for group in groups for entry in group.entries]
            missing = sum(
                all(value is None or value.is_na for value in entry.values) for entry in entries
            )
            layers.append(_Layer(layer.name, groups, len(entries), missing))
    return layers


def _changes(report: Report) -> list[_Change]:
    if report.what_if is None:
        return []
    rows = []
    for difference in report.what_if.differences:
        known = difference.before.definition
        rows.append(
            _Change(
                village=report.names[difference.village],
                name=Label(known.name_en, known.name_zh),
                unit=words.unit_label(known.unit),
                before=words.value_text(difference.before),
                interval=words.interval_text(difference.before),
                after=words.value_text(difference.after),
                change=change_text(difference),
                verdict=difference.verdict,
                said=VERDICTS[difference.verdict],
            )
        )
    return rows


def _group(name: str, keys: Sequence[str], villages: Sequence[ReportVillage]) -> _Group:
    remarks: dict[Label, int] = {}
    entries = tuple(
        _entry(key, villages, remarks) for key in keys if definitions()[key].group == name
    )
    title = words.GROUPS.get(name, Label.same(name))
    return _Group(name, title, entries, tuple(remarks))


def _entry(key: str, villages: Sequence[ReportVillage], remarks: dict[Label, int]) -> _Entry:
    known = definitions()[key]
    found = [v.indicators.get(key) for v in villages]
    values = tuple(words.shown(i) if i is not None else None for i in found)
    marks = tuple(
        remarks.setdefault(v.reason, len(remarks) + 1) if v is not None and v.reason.en else 0
        for v in values
    )
    return _Entry(
        name=Label(known.name_en, known.name_zh),
        definition=Label(known.definition_en, known.definition_zh),
        unit=words.unit_label(known.unit),
        values=values,
        marks=marks,
    )


def _pictures(figures: Mapping[str, bytes]) -> list[tuple[Label, str]]:
    """Captions and ``data:`` addresses of the overview figures."""
    return [
        (caption, "data:image/png;base64," + base64.b64encode(figures[name]).decode())
        for name, caption in words.OVERVIEW.items()
        if name in figures
    ]
