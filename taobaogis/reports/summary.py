"""A comparison in a few plain sentences, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.compare.advice import advice
from taobaogis.indicators import definitions
from taobaogis.maps.model import Label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from taobaogis.compare.ranking import Comparison, VillageScore

__all__ = ["name_of", "sentences", "why_unranked"]


def sentences(comparison: Comparison, names: Mapping[str, Label]) -> tuple[Label, ...]:
    """What was compared, which came first and how sure that is.

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
    ranked = [village for village in comparison.villages if village.rank is not None]
    asked = len(comparison.villages[0].scores) if comparison.villages else 0
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
    return (compared, *_first(ranked, names), *_left_out(count - len(ranked)))


def _first(ranked: Sequence[VillageScore], names: Mapping[str, Label]) -> tuple[Label, ...]:
    best = [village for village in ranked if village.rank == 1]
    if len(best) > 1:
        en = " and ".join(names[v.village].en for v in best)
        zh = "、".join(names[v.village].zh for v in best)
        return (Label(f"{en} come first together.", f"{zh}并列第一。"),)
    first = best[0]
    name = names[first.village]
    score = f"{first.total:.2f} ({first.low:.2f}–{first.high:.2f})"
    came = Label(f"{name.en} comes first with a score of {score}.", f"{name.zh}得分最高：{score}。")
    if len(ranked) == 1:
        only = Label("It is the only one that could be ranked.", "它是唯一可排序的村庄。")
        return (came, only)
    rivals = [v for v in ranked if v is not first and _top(v) >= _bottom(first)]
    if not rivals:
        sure = Label(
            "Its lead holds over the whole range of doubt of every value.",
            "在各项数据的误差范围内，其领先地位不变。",
        )
        return (came, sure)
    en = " and ".join(names[v.village].en for v in rivals)
    zh = "、".join(names[v.village].zh for v in rivals)
    unsure = Label(
        f"That is not certain: within the doubt of the data, {en} may be as good or better.",
        f"但并不确定：在数据误差范围内，{zh}可能不相上下甚至更优。",
    )
    return (came, unsure)


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


def why_unranked(village: VillageScore) -> Label:
    """Why a village has no rank; empty words if it has one.

    Parameters
    ----------
    village
        Any village of a comparison.
    """
    if village.rank is not None:
        return Label("", "")
    known = definitions()
    missing = [
        known[score.criterion.indicator]
        for score in village.scores
        if score.score is None and score.weight > 0
    ]
    if not missing:
        return Label.same(village.refused)
    en = ", ".join(definition.name_en for definition in missing)
    zh = "、".join(definition.name_zh for definition in missing)
    first = advice(village.map_first)
    if first:
        return Label(f"no value for: {en}. To lift it, {first}.", f"缺少数据：{zh}。{first.zh}。")
    return Label(f"no value for: {en}", f"缺少数据：{zh}")


def name_of(name_en: str, name_zh: str, village_id: str) -> Label:
    """Name of a village in both languages; the id where a name is missing."""
    return Label(name_en or name_zh or village_id, name_zh or name_en or village_id)


def _top(village: VillageScore) -> float:
    return village.high if village.high is not None else float("-inf")


def _bottom(village: VillageScore) -> float:
    return village.low if village.low is not None else float("inf")
