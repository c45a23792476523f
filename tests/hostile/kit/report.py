"""The table of the campaign: what was done, how often, and what became of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hostile.kit.verdicts import BAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Counts", "has_bad", "merged", "table", "written"]

Counts = dict[tuple[str, str], Counter[str]]

_COLUMNS = {
    "error": "clear error",
    "repaired": "counted repair",
    "unchanged": "right result",
    "other": "another valid file",
}
_BEGIN, _END = "<!-- the table begins -->", "<!-- the table ends -->"


def merged(parts: Iterable[Counts]) -> Counts:
    """Counts of all parts; a kind that stands in several is added up."""
    found: Counts = {}
    for part in parts:
        for key, outcomes in part.items():
            found[key] = found.get(key, Counter[str]()) + outcomes
    return found


def has_bad(counts: Counts) -> bool:
    """Whether an outcome may not be."""
    return any(found[outcome] for found in counts.values() for outcome in BAD)


def table(counts: Mapping[tuple[str, str], Counter[str]]) -> str:
    """Markdown table by kind of fault, with sums by area."""
    head = ["Fault", "Cases", *(name.capitalize() for name in _COLUMNS.values()), "May not be"]
    lines = [_row(head), _row(["---", *["---:"] * (len(head) - 1)])]
    for area in dict.fromkeys(area for area, _ in counts):
        mine = {kind: found for (of, kind), found in counts.items() if of == area}
        whole = sum(mine.values(), Counter[str]())
        lines.append(_row([f"**{area}**", *_figures(whole, bold=True)]))
        lines += [_row([kind, *_figures(found)]) for kind, found in mine.items()]
    whole = sum(counts.values(), Counter[str]())
    lines.append(_row(["**All**", *_figures(whole, bold=True)]))
    return "\n".join(lines)


def written(page: str, counts: Mapping[tuple[str, str], Counter[str]]) -> str:
    """Page with the table between its two marks."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{table(counts)}\n\n{_END}{after}"


def _figures(found: Counter[str], *, bold: bool = False) -> list[str]:
    numbers = [found.total(), *(found[o] for o in _COLUMNS), sum(found[o] for o in BAD)]
    return [f"**{n:,}**" if bold else f"{n:,}" for n in numbers]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
