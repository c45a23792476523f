"""Footprints of a second source, which tell how complete the buildings of a study are."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

from taobaogis.errors import StudyError
from taobaogis.loaders import vector
from taobaogis.loaders.enriched import Enriched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from taobaogis.datums import Datum
    from taobaogis.provenance import Provenance
    from taobaogis.study import Study
    from taobaogis.village import Village

__all__ = ["REFERENCE", "with_reference"]

# Name of its entry in [source], and of its origin.
REFERENCE = "reference_buildings"


def with_reference(
    study: Study, villages: Sequence[Village], tell: Callable[[str], None]
) -> Enriched:
    """Footprints of the study's second source on each village and around it.

    Parameters
    ----------
    study
        Names the file.
    villages
        All in one metric CRS.
    tell
        Told what is being read.

    Returns
    -------
    found
        The villages with ``reference`` filled where the file has a footprint, or as they were
        if the study names none.

    Raises
    ------
    InputError
        If the file cannot be read as footprints.
    StudyError
        If it is the file of the buildings themselves, or reaches none of the villages.
    """
    name = study.source.reference_buildings
    if not name or not villages:
        return Enriched(tuple(villages), {}, ())
    path = study.path(name)
    tell(f"reading {REFERENCE} from {name}")
    datum = cast("Datum", study.source.datum)
    layer, origin = vector.read_layer(path, "buildings", villages[0].layers.crs, datum=datum)
    if any(_are_of(village, origin) for village in villages):
        message = (
            f"[source] {REFERENCE}: {path.name} is the file that the buildings come from, which "
            "proves nothing; give footprints of another source."
        )
        raise StudyError(message)
    ring_m = study.assumptions.context_ring_m
    found = []
    for village in villages:
        near = layer.loc[
            sorted(layer.index[layer.sindex.query(village.boundary.buffer(ring_m), "intersects")])
        ]
        within = near.geometry.intersects(village.boundary).any()
        found.append(
            dataclasses.replace(
                village,
                reference=near,
                layers=dataclasses.replace(
                    village.layers, provenance={**village.layers.provenance, REFERENCE: origin}
                ),
            )
            if within
            else village
        )
    missed = [v.spec.name_en for v in found if v.reference is None]
    if len(missed) == len(found):
        message = (
            f"[source] {REFERENCE}: {path.name} has no footprint in any of the villages; "
            "check the file."
        )
        raise StudyError(message)
    notes = tuple(f"{path.name} has no footprint in {name_en}" for name_en in missed)
    return Enriched(tuple(found), {REFERENCE: origin}, notes)


def _are_of(village: Village, origin: Provenance) -> bool:
    ours = village.layers.provenance.get("buildings")
    return ours is not None and bool(origin.digest) and ours.digest == origin.digest
