"""The village passport: two pages about one village, in English and Chinese, as HTML and PDF."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from taobaogis.clauses import credit_words
from taobaogis.indicators import definitions
from taobaogis.maps import pages, words
from taobaogis.maps.model import Label
from taobaogis.reports import summary
from taobaogis.reports.criteria import CriterionWords, criterion_words, heat
from taobaogis.reports.layers import paper_layers
from taobaogis.reports.minimap import COLOURS
from taobaogis.reports.pdf import HOW_TO_GET_PDF
from taobaogis.resources import data_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taobaogis.compare.ranking import Score, VillageScore
    from taobaogis.reports.content import Report, ReportVillage

__all__ = ["Passport", "passport_of", "passport_record", "render_passport"]

_TEMPLATES = Path(__file__).parent / "templates"
_MOST_REMARKS = 14
_GOOD = 0.5
_MOST_CHANGES = 3


@dataclass(frozen=True)
class _Judged:
    """A criterion as the passport shows it."""

    criterion: CriterionWords
    shown: words.Shown | None
    score: float | None
    colour: str
    refused: Label


@dataclass(frozen=True)
class _Section:
    """Key figures of one layer of the paper; each with the number of its remark, or 0."""

    key: str
    title: Label
    figures: tuple[tuple[words.Shown, int], ...]


@dataclass(frozen=True)
class Passport:
    """What the two pages say.

    Attributes
    ----------
    village
        Which it is.
    study
        Title of the study.
    standing
        Rank, score and chance in one line, or why there is no rank.
    facts
        Short lines: what stands where.
    judged
        A line a criterion.
    sections
        Key figures by layer.
    remarks
        What lowers the grades of the figures, numbered from 1.
    more_remarks
        How many of them are left to the page of the comparison.
    sources, notes, attribution
        Where the data came from.
    synthetic
        True if the village does not exist.
    """

    village: ReportVillage
    study: Label
    standing: Label
    facts: tuple[tuple[Label, Label], ...]
    judged: tuple[_Judged, ...]
    sections: tuple[_Section, ...]
    remarks: tuple[Label, ...]
    more_remarks: int
    sources: tuple[Label, ...]
    attribution: str
    synthetic: bool


def passport_of(report: Report, village_id: str) -> Passport:
    """Passport of a village.

    Parameters
    ----------
    report
        On the run.
    village_id
        A key of its villages.

    Returns
    -------
    passport
        Ready for a page or a PDF.
    """
    village = report.villages[village_id]
    score = next(s for s in report.comparison.villages if s.village == village_id)
    remarks: dict[Label, int] = {}
    sections = tuple(
        section
        for section in (_section(key, village, score, remarks) for key in paper_layers())
        if section.figures
    )
    kept = list(remarks)[:_MOST_REMARKS]
    return Passport(
        village=village,
        study=report.title,
        standing=_standing(score, report),
        facts=(*_facts(score, village), *_what_if(report, village_id)),
        judged=tuple(_judged(s, village) for s in score.scores),
        sections=sections,
        remarks=tuple(kept),
        more_remarks=len(remarks) - len(kept),
        sources=tuple(_source_line(report)),
        attribution=report.attribution,
        synthetic=report.synthetic,
    )


def render_passport(passport: Passport, *, has_pdf: bool = False) -> str:
    """The passport as one HTML page in both languages, made for the screen and for A4.

    Parameters
    ----------
    passport
        From `passport_of`.
    has_pdf
        Whether ``passport-<village>-en.pdf`` and ``-zh.pdf`` stand beside the page.

    Returns
    -------
    html
        One file that asks nothing of the network.
    """
    script = pages.inline_script("page.js")
    styles = pages.inline_style("page.css") + (_TEMPLATES / "passport.css").read_text("utf-8")
    picture = passport.village.picture
    return (
        pages.environment(_TEMPLATES)
        .get_template("passport.html.j2")
        .render(
            policy=pages.policy(script),
            styles=Markup(styles),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            passport=passport,
            has_pdf=has_pdf,
            how_to_get_pdf=Label(HOW_TO_GET_PDF, HOW_TO_GET_PDF.zh),
            picture=Markup(picture.svg()) if picture else "",  # noqa: S704 - numbers only
            banner=words.SYNTHETIC if passport.synthetic else None,
            colours=COLOURS,
            grades=words.GRADES,
        )
    )


def passport_record(passport: Passport, lang: str) -> dict[str, Any]:
    """The passport in one language as plain values, for the PDF.

    Parameters
    ----------
    passport
        From `passport_of`.
    lang
        ``"en"`` or ``"zh"``.

    Returns
    -------
    record
        Texts, numbers and lists only.
    """

    def say(label: Label) -> str:
        return label.zh if lang == "zh" else label.en

    def unit(label: Label) -> str:
        return f"\u2009{say(label)}" if label.en == "%" else (f" {say(label)}" if label.en else "")

    def reading(shown: words.Shown | None) -> dict[str, str]:
        if shown is None or shown.is_na:
            why = say(shown.reason) if shown is not None else ""
            return {"value": "", "interval": "", "grade": "NA", "why": why}
        return {
            "value": shown.value + unit(shown.unit),
            "interval": shown.interval,
            "grade": shown.grade,
            "why": "",
        }

    village = passport.village
    picture = village.picture
    return {
        "lang": lang,
        "name": say(village.name),
        "other": village.name.en if lang == "zh" else village.name.zh,
        "study": say(passport.study),
        "banner": say(words.SYNTHETIC) if passport.synthetic else "",
        "standing": say(passport.standing),
        "facts": [[say(name), say(text)] for name, text in passport.facts],
        "judged": [
            {
                "name": say(j.criterion.name),
                "points": f"{j.criterion.bad} → {j.criterion.good}{unit(j.criterion.unit)}",
                "weight": j.criterion.weight,
                "score": j.score,
                "colour": j.colour,
                "refused": say(j.refused),
                **reading(j.shown),
            }
            for j in passport.judged
        ],
        "findings": _two_columns([[say(title), say(text)] for title, text in village.findings]),
        "sections": [
            {
                "key": section.key,
                "title": say(section.title),
                "figures": [
                    {"name": say(shown.name), "mark": mark, **reading(shown)}
                    for shown, mark in section.figures
                ],
            }
            for section in passport.sections
        ],
        "remarks": [say(remark) for remark in passport.remarks],
        "more": passport.more_remarks,
        "sources": [say(line) for line in passport.sources],
        "grades": [[grade, say(meaning)] for grade, meaning in words.GRADES.items()],
        "attribution": say(Label(passport.attribution, credit_words(passport.attribution).zh)),
        "map": picture.svg() if picture else "",
        "colours": dict(COLOURS),
    }


def _two_columns(found: list[list[str]]) -> list[list[list[str]]]:
    """The findings in their order in two columns about as long as each other."""
    length = [sum(map(len, texts)) for texts in found]
    uneven = [abs(sum(length[:i]) - sum(length[i:])) for i in range(len(found) + 1)]
    split = uneven.index(min(uneven))
    return [found[:split], found[split:]]


@cache
def _key_figures() -> Mapping[str, tuple[str, ...]]:
    with data_file("passport.toml").open("rb") as stream:
        table = tomllib.load(stream)
    return {layer: tuple(entry["indicators"]) for layer, entry in table.items()}


def _section(
    layer: str, village: ReportVillage, score: VillageScore, remarks: dict[Label, int]
) -> _Section:
    judged = {s.criterion.indicator for s in score.scores}
    figures = []
    for key in _key_figures().get(layer, ()):
        found = village.indicators.get(key)
        if found is None or key in judged:
            continue
        shown = words.shown(found)
        mark = remarks.setdefault(shown.reason, len(remarks) + 1) if shown.reason.en else 0
        figures.append((shown, mark if mark <= _MOST_REMARKS else 0))
    return _Section(layer, paper_layers()[layer].name, tuple(figures))


def _judged(score: Score, village: ReportVillage) -> _Judged:
    found = village.indicators.get(score.criterion.indicator)
    return _Judged(
        criterion=criterion_words(score),
        shown=words.shown(found) if found is not None else None,
        score=score.score,
        colour="" if score.score is None else heat(score.score),
        refused=Label(score.refused, score.refused.zh),
    )


def _standing(score: VillageScore, report: Report) -> Label:
    if score.rank is None:
        why = summary.why_unranked(score)
        return Label(f"Not ranked: {why.en}", f"未排序：{why.zh}")
    count = len(report.comparison.ranked)
    text = f"{score.total:.2f} ({score.low:.2f}–{score.high:.2f})"
    first = f"{score.first_share or 0:.0%}".replace("%", "\u2009%")
    return Label(
        f"Rank {score.rank} of {count} with a score of {text}; first in {first} of the draws of "
        "doubtful data and weights.",
        f"在 {count} 个可排序村庄中居第 {score.rank} 位，得分 {text}；"
        f"对数据与权重的不确定性抽样，居首的比例为 {first}。",
    )


def _facts(score: VillageScore, village: ReportVillage) -> Iterable[tuple[Label, Label]]:
    yield Label("Boundary", "边界"), village.boundary
    complete = words.completeness_label(village.indicators.values())
    if complete.en:
        yield Label("On the map", "测绘情况"), complete
    known = definitions()
    parts = [(s.score, s) for s in score.scores if s.score is not None and s.weight > 0]
    parts.sort(key=lambda part: -part[1].weight * part[0])
    strong = [s for value, s in parts if value >= _GOOD][:2]
    parts.sort(key=lambda part: -part[1].weight * (1 - part[0]))
    weak = [s for value, s in parts if value < 1 and s not in strong][:2]
    for title, found in (
        (Label("Speaks for it", "优势"), strong),
        (Label("Costs it most", "短板"), weak),
    ):
        if found:
            names = [known[s.criterion.indicator] for s in found]
            yield (
                title,
                Label("; ".join(d.name_en for d in names), "；".join(d.name_zh for d in names)),
            )
    yield from village.facts


def _what_if(report: Report, village_id: str) -> Iterable[tuple[Label, Label]]:
    """What the changes of the study do here, in one line."""
    if report.what_if is None:
        return
    differing = report.what_if.of(village_id)
    beyond = [d for d in differing if d.verdict == "beyond"]
    if not differing:
        text = Label("changes no indicator", "不改变任何指标")
    else:
        known = [d.before.definition for d in beyond[:_MOST_CHANGES]]
        told_en = ": " + "; ".join(d.name_en for d in known) if known else ""
        told_zh = "：" + "；".join(d.name_zh for d in known) if known else ""
        more = len(beyond) > len(known)
        text = Label(
            f"{_counted(len(differing))}, {len(beyond)} by more than the doubt{told_en}"
            f"{' …' if more else ''}",
            f"{len(differing)} 项指标变化，其中 {len(beyond)} 项超出误差范围{told_zh}"
            f"{'……' if more else ''}",
        )
    did = Label(
        "; ".join(a.said for a in report.what_if.applied),
        "；".join(a.said.zh for a in report.what_if.applied),
    )
    yield Label("What if", "情景"), Label(f"{did.en}: {text.en}", f"{did.zh}：{text.zh}")


def _counted(n: int) -> str:
    return "1 indicator differs" if n == 1 else f"{n} indicators differ"


def _source_line(report: Report) -> Iterable[Label]:
    for source in report.sources:
        rest = " · ".join(filter(None, (source.as_of, source.licence)))
        tail = f": {source.source}" + (f" ({rest})" if rest else "")
        yield Label(source.layers.en + tail, source.layers.zh + tail.replace(": ", "：", 1))
