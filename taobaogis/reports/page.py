"""The comparison as one page: words first, then the table, the figures and the sources."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from taobaogis.indicators import definitions
from taobaogis.maps import pages, words
from taobaogis.maps.model import Label
from taobaogis.reports import summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.compare.ranking import Comparison, Score, VillageScore
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["render_comparison_page"]

_TEMPLATES = Path(__file__).parent / "templates"
# Colours of the scores 0, 1/2 and 1: all light enough for dark text.
_HEAT = ((244, 199, 161), (248, 244, 233), (152, 208, 196))

_LAYERS: Mapping[str, Label] = {
    "form": Label("form", "空间形态"),
    "social": Label("social", "社会"),
    "production": Label("production", "生产"),
}
_KINDS: Mapping[str, Label] = {
    "streets": Label("Streets", "街巷"),
    "buildings": Label("Buildings", "建筑"),
    "pois": Label("Places", "设施点"),
    "landuse": Label("Land use", "土地利用"),
    "stops": Label("Transit stops", "公交地铁站"),
    "routes": Label("Transit routes", "公交线路"),
}


@dataclass(frozen=True)
class _Head:
    """A criterion above its column."""

    name: Label
    definition: Label
    weight: str
    good: str
    bad: str
    unit: Label
    layer: Label


@dataclass(frozen=True)
class _Cell:
    """A village on a criterion."""

    shown: words.Shown | None
    score: str
    colour: str


@dataclass(frozen=True)
class _Row:
    """A village in the comparison."""

    id: str
    name: Label
    rank: int | None
    total: float | None
    low: float | None
    high: float | None
    why: Label
    complete: Label
    cells: tuple[_Cell, ...]
    map: str


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

    title: Label
    entries: tuple[_Entry, ...]
    remarks: tuple[Label, ...]


def render_comparison_page(
    result: StudyResult, comparison: Comparison, *, figures: Mapping[str, bytes] | None = None
) -> str:
    """HTML page that compares the villages of a run.

    Parameters
    ----------
    result
        The run.
    comparison
        Its ranking; every village of it must be in `result`.
    figures
        PNG bytes by name; those named in `taobaogis.maps.words.OVERVIEW` are shown.

    Returns
    -------
    html
        One file that asks nothing of the network and links to ``map-<village>.html`` beside
        it. Equal runs give equal text.
    """
    script = pages.inline_script("page.js")
    styles = pages.inline_style("page.css") + (_TEMPLATES / "index.css").read_text("utf-8")
    names = {
        v.village.id: summary.name_of(v.village.spec.name_en, v.village.spec.name_zh, v.village.id)
        for v in result.villages
    }
    by_id = {v.village.id: v for v in result.villages}
    template = pages.environment(_TEMPLATES).get_template("index.html.j2")
    return template.render(
        policy=pages.policy(script),
        styles=Markup(styles),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        title=Label(result.study.title_en, result.study.title_zh),
        banner=words.SYNTHETIC if result.study.synthetic else None,
        sentences=summary.sentences(comparison, names),
        any_ranked=any(score.rank is not None for score in comparison.villages),
        heads=_heads(comparison),
        rows=[
            _row(score, by_id[score.village], names[score.village]) for score in comparison.villages
        ],
        groups=_groups(result),
        villages=list(names.values()),
        figures=_pictures(figures or {}),
        sources=_sources(result),
        notes=result.notes,
        grades=words.GRADES,
        attribution=result.attribution,
    )


def _heads(comparison: Comparison) -> list[_Head]:
    if not comparison.villages:
        return []
    return [_head(score) for score in comparison.villages[0].scores]


def _head(score: Score) -> _Head:
    criterion = score.criterion
    known = definitions()[criterion.indicator]
    return _Head(
        name=Label(known.name_en, known.name_zh),
        definition=Label(known.definition_en, known.definition_zh),
        weight=f"{score.weight:.0%}",
        good=_point(criterion.good, known.unit),
        bad=_point(criterion.bad, known.unit),
        unit=words.unit_label(known.unit),
        layer=_LAYERS.get(criterion.layer, Label.same(criterion.layer)),
    )


def _point(number: float, unit: str) -> str:
    """Fixed point of a criterion, with as many digits as it was written with."""
    return f"{number * 100 if unit == 'share' else number:,.10g}".replace(",", "\u2009")


def _row(score: VillageScore, measured: VillageResult, name: Label) -> _Row:
    return _Row(
        id=score.village,
        name=name,
        rank=score.rank,
        total=score.total,
        low=score.low,
        high=score.high,
        why=summary.why_unranked(score),
        complete=words.completeness_label(measured.indicators.values()),
        cells=tuple(_cell(judged, measured) for judged in score.scores),
        map="" if measured.village.outside else f"map-{score.village}.html",
    )


def _cell(judged: Score, measured: VillageResult) -> _Cell:
    indicator = measured.indicators.get(judged.criterion.indicator)
    shown = words.shown(indicator) if indicator is not None else None
    if judged.score is None:
        return _Cell(shown, "", "")
    return _Cell(shown, f"{judged.score:.2f}", _heat(judged.score))


def _heat(score: float) -> str:
    """Colour between those of the fixed points, as ``#rrggbb``."""
    low, high = (_HEAT[0], _HEAT[1]) if score < 0.5 else (_HEAT[1], _HEAT[2])  # noqa: PLR2004 - the middle
    share = score * 2 % 1 if score < 1 else 1.0
    mixed = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _groups(result: StudyResult) -> list[_Group]:
    groups = []
    for key, title in words.GROUPS.items():
        remarks: dict[Label, int] = {}
        entries = [
            _entry(name, result.villages, remarks)
            for name, known in definitions().items()
            if known.group == key and any(name in v.indicators for v in result.villages)
        ]
        if entries:
            groups.append(_Group(title, tuple(entries), tuple(remarks)))
    return groups


def _entry(key: str, villages: Sequence[VillageResult], remarks: dict[Label, int]) -> _Entry:
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


def _sources(result: StudyResult) -> list[dict[str, object]]:
    """Origins, each once, with the layers that came from it."""
    merged: dict[tuple[str, str, str, str], list[Label]] = {}
    for kind, origin in result.provenance.items():
        key = (origin.source, origin.as_of, origin.licence, origin.note)
        merged.setdefault(key, []).append(_KINDS.get(kind, Label.same(kind)))
    return [
        {
            "layers": Label(", ".join(k.en for k in kinds), "、".join(k.zh for k in kinds)),
            "source": source,
            "as_of": as_of,
            "licence": licence,
            "note": note,
        }
        for (source, as_of, licence, note), kinds in merged.items()
    ]
