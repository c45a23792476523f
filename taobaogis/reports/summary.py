"""A comparison in a few plain sentences, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.compare.advice import advice
from taobaogis.indicators import definitions
from taobaogis.maps.model import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taobaogis.compare.ranking import Comparison, VillageScore

__all__ = ["name_of", "sentences", "why_unranked"]

_SURE = 0.995
_FELT = 0.005  # of a score shown with two digits
_REASONS = 2


def sentences(comparison: Comparison, names: Mapping[str, Label]) -> tuple[Label, ...]:
    """What was compared, which came first, why, how sure that is, and what would change it.

    Parameters
    ----------
    comparison
        Villages, best first.
    names
        Names of the villages by id.

    Returns
    -------
    sentences
        For a reader who reads nothing else. What could not be ranked is left to
        `why_unranked`.
    """
    ranked = comparison.ranked
    asked = sum(share > 0 for share in comparison.weights.shares)
    count = len(comparison.villages)
    compared = Label(
        f"{count} village{'' if count == 1 else 's'} {'was' if count == 1 else 'were'} judged on "
        f"{asked} criteri{'on' if asked == 1 else 'a'}.",
        f"共按 {asked} 项准则评价 {count} 个村庄。",
    )
    if not ranked:
        return (
            compared,
            Label(
                "None could be ranked, because each lacks a value that a criterion asks for.",
                "由于各村均缺少所需数据，未能排序。",
            ),
        )
    return (compared, *_first(comparison, names), *_left_out(count - len(ranked)))


def _first(comparison: Comparison, names: Mapping[str, Label]) -> tuple[Label, ...]:
    ranked = comparison.ranked
    best = [village for village in ranked if village.rank == 1]
    if len(best) > 1:
        en = " and ".join(names[v.village].en for v in best)
        zh = "、".join(names[v.village].zh for v in best)
        return (Label(f"{en} come first together.", f"{zh}并列第一。"),)
    first, name = best[0], names[best[0].village]
    score = f"{first.total:.2f} ({first.low:.2f}–{first.high:.2f})"
    if len(comparison.villages) == 1:
        return (Label(f"{name.en} has a score of {score}.", f"{name.zh}得分：{score}。"),)
    came = Label(f"{name.en} comes first with a score of {score}", f"{name.zh}得分最高：{score}")
    if len(ranked) == 1:
        only = Label("It is the only one that could be ranked.", "它是唯一可排序的村庄。")
        return (Label(came.en + ".", came.zh + "。"), only)
    why = _why(first, ranked[1], names[ranked[1].village])
    return (
        Label(f"{came.en}{why.en}.", f"{came.zh}{why.zh}。"),
        _how_sure(first, comparison),
        *_turn(comparison, names),
        *_second_opinion(comparison, names),
    )


def _why(first: VillageScore, second: VillageScore, name: Label) -> Label:
    """On what the first is ahead of the second, and on what behind."""
    known = definitions()
    leads = sorted(
        (
            (a.weight * ((a.score or 0.0) - (b.score or 0.0)), known[a.criterion.indicator])
            for a, b in zip(first.scores, second.scores, strict=True)
            if a.weight > 0
        ),
        key=lambda lead: -abs(lead[0]),
    )
    ahead = [d for lead, d in leads if lead >= _FELT][:_REASONS]
    behind = [d for lead, d in leads if lead <= -_FELT][:1]
    en = f", ahead of {name.en} with {second.total:.2f}"
    zh = f"，领先于{name.zh}（{second.total:.2f}）"
    if ahead:
        en += f", by {' and '.join(_quoted(d.name_en) for d in ahead)}"
        zh += f"，优势在于{'和'.join(f'“{d.name_zh}”' for d in ahead)}"
    if behind:
        en += f", though {name.en} is better by {_quoted(behind[0].name_en)}"
        zh += f"；{name.zh}则在“{behind[0].name_zh}”方面更好"
    return Label(en, zh)


def _how_sure(first: VillageScore, comparison: Comparison) -> Label:
    both, data = first.first_share or 0.0, first.first_share_data or 0.0
    if min(both, data) >= _SURE:
        return Label(
            "Its lead holds over the doubt of the data and of the weights.",
            "在数据与权重的误差范围内，其领先地位不变。",
        )
    if comparison.spec.weight_doubt <= 0:
        return Label(
            f"Within the doubt of the data it is first in {_percent(data)} of cases.",
            f"在数据误差范围内，其居首的可能性为 {_percent(data)}。",
        )
    return Label(
        f"Its chance of being first is {_percent(data)} within the doubt of the data, and "
        f"{_percent(both)} if the weights are in doubt as well.",
        f"在数据误差范围内，其居首的可能性为 {_percent(data)}；"
        f"若权重亦不确定，则为 {_percent(both)}。",
    )


def _turn(comparison: Comparison, names: Mapping[str, Label]) -> tuple[Label, ...]:
    if not comparison.turns:
        return (
            Label(
                "No change of a single weight would put another village first.",
                "单独改变任何一项权重，都不会改变居首的村庄。",
            ),
        )
    turn = comparison.turns[0]
    known = definitions()[turn.indicator]
    name = names[turn.village]
    more = turn.then > turn.now
    now, then = _percent(turn.now), _percent(turn.then)
    return (
        Label(
            f"{name.en} would come first if the weight of {_quoted(known.name_en)} "
            f"{'rose' if more else 'fell'} from {now} to {'above' if more else 'below'} {then}.",
            f"若“{known.name_zh}”的权重由 {now} {'升至' if more else '降至'} {then} "
            f"{'以上' if more else '以下'}，{name.zh}将居首。",
        ),
    )


def _second_opinion(comparison: Comparison, names: Mapping[str, Label]) -> tuple[Label, ...]:
    """What TOPSIS says, if it says otherwise."""
    ranked = comparison.ranked
    near = max(ranked, key=lambda v: -1.0 if v.closeness is None else v.closeness)
    if near.closeness is None or near.rank == 1:
        return ()
    name = names[near.village]
    return (
        Label(
            f"TOPSIS, which measures the villages against each other, would put {name.en} first.",
            f"若采用以村庄间相对比较为准的 TOPSIS 法，则{name.zh}居首。",
        ),
    )


def _left_out(count: int) -> tuple[Label, ...]:
    if not count:
        return ()
    en = "1 village has" if count == 1 else f"{count} villages have"
    return (
        Label(
            f"{en} no rank, for want of data; the reason stands beside the name.",
            f"另有 {count} 个村庄因缺少数据未排序，原因见各村名称旁。",
        ),
    )


def why_unranked(village: VillageScore, outside: Label | None = None) -> Label:
    """Why a village has no rank; empty words if it has one.

    Parameters
    ----------
    village
        Any village of a comparison.
    outside
        That the data do not reach the village, which says all; empty words if they do.
    """
    if village.rank is not None:
        return Label("", "")
    if outside is not None and outside.en:
        return outside
    known = definitions()
    lacking = [s for s in village.scores if s.score is None and s.weight > 0]
    without = [s for s in lacking if s.refused.startswith("no value")]
    weak = [s.refused for s in lacking if s not in without]
    en, zh = [str(reason) for reason in weak], [reason.zh for reason in weak]
    if without:
        found = [known[s.criterion.indicator] for s in without]
        en.insert(0, f"no value for: {', '.join(d.name_en for d in found)}")
        zh.insert(0, f"缺少数据：{'、'.join(d.name_zh for d in found)}")
    first = advice(village.map_first)
    if first:
        return Label(f"{'; '.join(en)}. To lift it, {first}.", f"{'；'.join(zh)}。{first.zh}。")
    return Label("; ".join(en), "；".join(zh))


def name_of(name_en: str, name_zh: str, village_id: str) -> Label:
    """Name of a village in both languages; the id where a name is missing."""
    return Label(name_en or name_zh or village_id, name_zh or name_en or village_id)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", "\u2009%")


def _quoted(name: str) -> str:
    """Name of an indicator within a sentence; many hold commas."""
    return f"“{name}”"
