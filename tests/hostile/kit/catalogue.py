"""All cases of the campaign, or every so-manieth of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hostile.kit import (
    cache_faults,
    commands,
    exchanges,
    osm_blocks,
    osm_documents,
    osm_files,
    shapes,
    studies,
    vector_damage,
    vector_files,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hostile.kit.verdicts import Case, Verdict

__all__ = ["AREAS", "Size", "cases"]


class Size(NamedTuple):
    """How many of each kind of case that is made by chance."""

    damages: int
    repacked: int
    bodies: int
    kills: int
    step: int
    pairs: int


FULL = Size(damages=12, repacked=150, bodies=120, kills=24, step=12, pairs=3)
_LAST = 7
AREAS = ("osm", "vector", "studies", "exchanges", "cache", "runs", "commands")


def cases(
    area: str, size: Size, folder: Path, ask: Callable[[Case], Verdict], futian: Path | None
) -> Iterator[Case]:
    """Cases of an area. `folder` takes what they share; `ask` prepares the area of runs."""
    if area == "osm":
        yield from osm_files.damage_cases(folder, futian, size.damages)
        yield from osm_files.repacked_cases(size.repacked)
        yield from osm_blocks.block_cases()
        yield from osm_blocks.no_file_cases()
        yield from osm_documents.document_cases()
    elif area == "vector":
        yield from vector_damage.damage_cases(size.damages)
        yield from vector_damage.no_file_cases()
        yield from vector_files.file_cases()
        yield from shapes.shape_cases()
    elif area == "studies":
        yield from studies.study_cases(size.damages * 2)
    elif area == "exchanges":
        yield from exchanges.exchange_cases(size.bodies)
    elif area == "cache":
        yield from cache_faults.cache_cases(size.damages)
    elif area == "runs":
        prepared = ask(cache_faults.prepare_case(str(folder)))
        assert prepared.is_good, prepared.said
        last = int(prepared.said)
        # Every one of the last, where folders take each other's place.
        steps = sorted({*range(1, last - _LAST, size.step), *range(last - _LAST, last + 4)})
        yield from cache_faults.run_cases(
            str(folder), kills=size.kills, steps=steps, pairs=size.pairs
        )
    elif area == "commands":
        yield from commands.command_cases()
