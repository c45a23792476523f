"""All layers, indicators and curves of where the places of a study gather."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from taobaogis.clusters.company import company_curves, company_indicators
from taobaogis.clusters.few import too_few
from taobaogis.clusters.hexagons import (
    hexagon_counts,
    hexagon_neighbours,
    hexagon_width_m,
    local_statistics,
)
from taobaogis.clusters.hierarchy import hierarchical_labels
from taobaogis.clusters.main_streets import main_streets
from taobaogis.clusters.places import (
    Grouping,
    cluster_labels,
    cluster_outlines,
    place_indicators,
)
from taobaogis.clusters.reach import k_distance
from taobaogis.clusters.street_life import street_life_indicators
from taobaogis.indicators import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from taobaogis.indicators import Indicator
    from taobaogis.study import Assumptions
    from taobaogis.village import Village

__all__ = ["HEXAGON_M", "StudyClusters", "VillageClusters", "study_clusters", "village_clusters"]

# Distance between opposite sides: two house fronts, so that a main street is several cells long.
# A district or a city, which would be too many cells, is counted in wider ones.
HEXAGON_M = 30.0
# With fewer places the curve has no turn worth the name.
_LEAST_PLACES = 20
# The turn is the distance between two places of the study, who are neighbours for sure.
_ROUNDING_M = 1e-6
_REACH_COLUMNS = ["curve_m", "k", "eps_m", "why", "why_zh"]


@dataclass(frozen=True, eq=False)
class StudyClusters:
    """What all villages of a study share.

    Attributes
    ----------
    places
        All places, with the columns ``cluster`` (DBSCAN) and ``hdbscan``, and ``membership``, how
        firmly a place belongs to the latter.
    outlines
        Of all clusters of DBSCAN.
    hdbscan
        Of all clusters of HDBSCAN.
    eps_m
        Reach that they were found with.
    min_places
        Places that make a cluster.
    """

    places: gpd.GeoDataFrame
    outlines: gpd.GeoDataFrame
    hdbscan: gpd.GeoDataFrame
    eps_m: float
    min_places: int


class VillageClusters(NamedTuple):
    """Where the places of one village gather.

    Attributes
    ----------
    layers
        ``places``, ``clusters``, ``hdbscan``, ``main_streets`` and ``hexagons``, all of the one
        ``width_m``.
    indicators
        ``poi_count`` and the group ``clusters`` of the definitions.
    tables
        ``reach``: the k-distance ``curve_m`` of the village's places, ascending, and on every row
        ``k`` and the ``eps_m`` of the study, or one row that says ``why`` there is none;
        ``company``, see
        `taobaogis.clusters.company.company_curves`.
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    indicators: Sequence[Indicator]
    tables: Mapping[str, pd.DataFrame]


def study_clusters(places: gpd.GeoDataFrame, assumptions: Assumptions) -> StudyClusters:
    """Clusters of all places of a study, of one density (DBSCAN) and of any (HDBSCAN).

    The reach of DBSCAN is the one that the study states, else the turn of the k-distance curve,
    but no more than ``cluster_most_eps_m``: beyond that a whole village is one cluster.

    Parameters
    ----------
    places
        Layer of the kind ``pois``.
    assumptions
        Of the study.
    """
    curve = k_distance(places, min_places=assumptions.cluster_min_places)
    eps_m, most_m = assumptions.cluster_eps_m, assumptions.cluster_most_eps_m
    if eps_m == 0:
        known = len(places) >= _LEAST_PLACES and curve.eps_m == curve.eps_m
        eps_m = min(curve.eps_m + _ROUNDING_M, most_m) if known else most_m / 2
    cluster = cluster_labels(places, eps_m=eps_m, min_places=assumptions.cluster_min_places)
    least = assumptions.cluster_min_places
    found = hierarchical_labels(places, min_places=least)
    places = places.assign(
        cluster=cluster, hdbscan=found["cluster"], membership=found["membership"]
    )
    return StudyClusters(
        places=places,
        outlines=cluster_outlines(places, cluster, eps_m=eps_m),
        hdbscan=cluster_outlines(places, found["cluster"], eps_m=None),
        eps_m=eps_m,
        min_places=least,
    )


def village_clusters(
    village: Village, clusters: StudyClusters, apart: pd.DataFrame
) -> VillageClusters:
    """Where the places of a village gather, and in whose company.

    Parameters
    ----------
    village
        Its boundary and streets with their surroundings.
    clusters
        From `study_clusters`.
    apart
        Pairs of the village's places and how far apart they are along the streets:
        ``origin``, ``place``, ``distance_m`` as of `taobaogis.access.within.pairs_within`.
    """
    near = clusters.places.loc[village.layers["pois"].index]
    inside = near.loc[village.inside("pois").index]
    touching, of_any_density = (
        outlines[outlines.intersects(village.boundary)]
        for outlines in (clusters.outlines, clusters.hdbscan)
    )
    where = "over the places of the village and its surroundings"
    groupings = (
        Grouping("cluster", len(touching), ("cluster_count", "clustered_share"),
                 f"DBSCAN {where}, eps {clusters.eps_m:.0f} m"),
        Grouping("hdbscan", len(of_any_density), ("hdbscan_count", "hdbscan_share"),
                 f"HDBSCAN {where}, at least {clusters.min_places} places"),
    )  # fmt: skip
    stretches, stands_at = main_streets(near, village.layers["streets"])
    width_m = hexagon_width_m(village.boundary, least_m=HEXAGON_M)
    cells = hexagon_counts(near, village.boundary, width_m=width_m).assign(width_m=width_m)
    local = local_statistics(cells["count"].to_numpy(), hexagon_neighbours(cells, width_m=width_m))
    company = company_curves(village, inside, apart)
    inside = inside.assign(main_street=stands_at.loc[inside.index])
    here = stretches[stretches.intersects(village.boundary)]
    return VillageClusters(
        layers={
            "places": inside,
            "clusters": touching,
            "hdbscan": of_any_density,
            "main_streets": here,
            "hexagons": cells.join(local),
        },
        indicators=[
            *place_indicators(village, inside, groupings),
            *street_life_indicators(village, inside, here),
            *company_indicators(village, inside),
        ],
        tables={"reach": _reach(village, inside, clusters), "company": company},
    )


def _reach(village: Village, places: gpd.GeoDataFrame, clusters: StudyClusters) -> pd.DataFrame:
    places_named = Words("places", "设施点")
    why = village.outside or too_few(
        len(places), "few_places", what=places_named, least=clusters.min_places + 1
    )
    if why:
        return pd.DataFrame({"why": [str(why)], "why_zh": [why.zh]}).reindex(columns=_REACH_COLUMNS)
    curve = k_distance(places, min_places=clusters.min_places)
    told = {
        "curve_m": curve.curve_m,
        "k": curve.k,
        "eps_m": clusters.eps_m,
        "why": "",
        "why_zh": "",
    }
    return pd.DataFrame(told, columns=_REACH_COLUMNS)
