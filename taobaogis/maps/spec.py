"""From a measured village to the description of its map: the list of themes, and their order.

How to add a layer or a theme is said in `taobaogis.maps.themes`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from taobaogis.clauses import note_words
from taobaogis.maps import words
from taobaogis.maps.access_layers import ACCESS
from taobaogis.maps.base_layers import BASE
from taobaogis.maps.cluster_layers import CLUSTERS
from taobaogis.maps.facility_layers import FACILITIES
from taobaogis.maps.form_layers import FORM
from taobaogis.maps.landuse_layers import LANDUSE
from taobaogis.maps.model import Label, MapLayer, MapSpec
from taobaogis.maps.parts_layers import PARTS
from taobaogis.maps.pattern_layers import PATTERN
from taobaogis.maps.place_layers import PLACES
from taobaogis.maps.reach_layers import REACH
from taobaogis.maps.rule_layers import RULES

if TYPE_CHECKING:
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["THEMES", "village_map", "village_maps"]

# In the order in which a reader meets them; layers of one level lie in this order, too.
THEMES = (FORM, REACH, PATTERN, RULES, PARTS, LANDUSE, PLACES, CLUSTERS, ACCESS, FACILITIES, BASE)


def village_maps(study: StudyResult) -> list[MapSpec]:
    """Describe the maps of all villages that the data reach; see `village_map`."""
    return [village_map(v, study) for v in study.villages if not v.village.outside]


def village_map(result: VillageResult, study: StudyResult) -> MapSpec:
    """Describe the map of one village.

    Parameters
    ----------
    result
        The village; its layers may be empty and may lack measured columns.
    study
        The run it belongs to.

    Returns
    -------
    spec
        Layers of all `THEMES` from the bottom upwards, by their `taobaogis.maps.themes.Level`.
    """
    village = result.village
    return MapSpec(
        key=village.id,
        title=Label(village.spec.name_en or village.id, village.spec.name_zh or village.id),
        subtitle=Label(study.study.title_en, study.study.title_zh),
        crs=study.crs,
        boundary=village.boundary,
        is_circle=village.is_circle,
        layers=_layers(result, study),
        indicators=tuple(result.indicators.values()),
        key_indicators=tuple(c.indicator for c in study.study.criteria),
        notes=_notes(result, study),
        attribution=study.attribution,
        banner=words.SYNTHETIC if study.study.synthetic else None,
        home="index.html",
        vehicles=study.study.vehicles,
        tables=result.tables,
    )


def _layers(result: VillageResult, study: StudyResult) -> tuple[MapLayer, ...]:
    made = [(level, make, theme) for theme in THEMES for level, make in theme.layers]
    made.sort(key=lambda entry: entry[0])
    return tuple(
        replace(make(result, study), theme=theme.name, level=level) for level, make, theme in made
    )


def _notes(result: VillageResult, study: StudyResult) -> tuple[Label, ...]:
    village = result.village
    notes = []
    if village.is_circle:
        notes.append(words.CIRCLE)
    if village.position_doubt_m:
        doubt = f"{village.position_doubt_m:g} m"
        notes.append(
            Label(
                f"The true place may be up to {doubt} from where it is drawn.",
                f"实际位置与图示可能相差 {doubt}。",
            )
        )
    if village.outside:
        notes.append(Label.same(village.outside))
    return (
        *notes,
        *(
            Label(str(said), said.zh)
            for said in map(note_words, study.notes)
            if said != village.outside
        ),
    )
