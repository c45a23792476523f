"""What a study is made of, as frozen values; `taobaogis.study` reads them from TOML."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

__all__ = [
    "CHANGES",
    "DATUMS",
    "WEIGHINGS",
    "Assumptions",
    "ChangeSpec",
    "ComparisonSpec",
    "CriterionSpec",
    "GridSpec",
    "MarketSpec",
    "PairSpec",
    "RasterSpec",
    "RuleSpec",
    "SourceSpec",
    "Study",
    "VehicleSpec",
    "VillageSpec",
]

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
CHANGES = ("add_stop", "add_place", "add_street", "remove_house", "widen_lane")
WEIGHINGS = ("given", "equal", "ahp", "needs")

_DEFAULT_RADIUS_M = 500.0
_UNKNOWN = (math.nan, math.nan)


@dataclass(frozen=True)
class VillageSpec:
    """One ``[[village]]`` of a study; an id of the gazetteer needs nothing more.

    Attributes
    ----------
    id
        Letters, digits, ``-`` and ``_``; names output files.
    name_en, name_zh
        Shown names; the id stands in for a missing one.
    boundary
        ``"file#id"`` or ``"file"``; a vector file and, in it, the feature with that ``id``.
    lon, lat
        WGS 84 degrees; centre of the circle if there is no boundary.
    radius_m
        Radius of that circle.
    radius_of_doubt_m
        How far the point may be off.
    goods
        What is traded; decides which markets count.
    committee
        ``"village"`` or ``"residents"``; empty if it is not known.
    land_tenure
        ``collective`` or ``state`` for all its land, or a vector file with a column ``tenure``.
    survey
        File of answers to a questionnaire, CSV or XLSX; its codebook is the TOML file of the same
        name beside it, or the shipped one.
    shops, households, sales
        Active online shops, households, and e-commerce sales in RMB a year: a number, or the
        bounds between which it lies; NaN if they are not known.
    shop_lists
        Shops on each of two lists, and on both, from which their number is told.
    """

    id: str
    name_en: str = ""
    name_zh: str = ""
    boundary: str = ""
    lon: float = math.nan
    lat: float = math.nan
    radius_m: float = _DEFAULT_RADIUS_M
    radius_of_doubt_m: float = 0.0
    goods: tuple[str, ...] = ()
    land_tenure: str = ""
    survey: str = ""
    shops: tuple[float, float] = _UNKNOWN
    shop_lists: tuple[float, ...] = ()
    households: tuple[float, float] = _UNKNOWN
    sales: tuple[float, float] = _UNKNOWN
    committee: str = ""


@dataclass(frozen=True)
class MarketSpec:
    """One ``[[market]]``: a wholesale market and what it sells. Without goods it sells all."""

    id: str
    name_en: str = ""
    name_zh: str = ""
    goods: tuple[str, ...] = ()
    lon: float = math.nan
    lat: float = math.nan
    radius_of_doubt_m: float = 0.0


@dataclass(frozen=True)
class VehicleSpec:
    """One ``[[vehicle]]``: who wants to pass, and the clear width that takes."""

    id: str
    name_en: str = ""
    name_zh: str = ""
    clear_width_m: float = math.nan


@dataclass(frozen=True)
class SourceSpec:
    """``[source]``: where the layers come from.

    Attributes
    ----------
    osm
        A ``.osm.pbf`` / ``.osm`` file, ``"overpass"``, or ``"sample"``.
    buildings, streets, pois, landuse, barriers, transit
        Vector files that take the place of the OSM layer of that name; of transit, only of
        the modes that the file holds.
    transit_tracks
        Vector file of the tracks of `transit`, if it has them elsewhere.
    gtfs
        Timetable, as a GTFS feed (a zip file or a folder); of the modes it holds it takes the
        place of all other lines, and of the assumptions about them.
    reference_buildings
        Vector file of footprints from a second source. They are not measured; the buildings are
        looked up in them to tell how many are missing.
    whole_buildings
        Whether the buildings are a whole survey, in which no house of a village is missing. It is
        taken at its word where nothing else is known.
    datum
        Datum of those files: ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.
    """

    osm: str = "overpass"
    buildings: str = ""
    streets: str = ""
    pois: str = ""
    landuse: str = ""
    barriers: str = ""
    transit: str = ""
    transit_tracks: str = ""
    gtfs: str = ""
    reference_buildings: str = ""
    whole_buildings: bool = False
    datum: str = "wgs84"


@dataclass(frozen=True)
class RasterSpec:
    """``[raster]``: grids of the user's own, in any CRS; each a file that GDAL reads.

    Attributes
    ----------
    landcover
        Classes of ESA WorldCover or CLCD, told by their numbers.
    population
        People per cell, as of WorldPop or GHS-POP.
    built
        Built-up surface: square metres per cell as of GHS-BUILT-S, or a share from 0 to 1.
    height
        Height of the buildings in metres, as of GHS-BUILT-H.
    elevation
        Height of the ground in metres.
    """

    landcover: str = ""
    population: str = ""
    built: str = ""
    height: str = ""
    elevation: str = ""


@dataclass(frozen=True)
class CriterionSpec:
    """One ``[[criterion]]`` of the comparison.

    Attributes
    ----------
    indicator
        Key of the indicator that is judged.
    good, bad
        Values that score 1 and 0; between them the score is linear, beyond them it stays.
    weight
        Relative weight; all weights are scaled to sum to 1.
    layer
        Which of the three layers of Lin (2019) it speaks of: production, social or form.
    floor
        Worst grade a value may have to be ranked by; empty for that of all criteria
        (``data/grades.toml``).
    basis, basis_zh
        Where the two points come from.
    verified
        True if somebody has read the points in the source that `basis` names.
    """

    indicator: str
    good: float
    bad: float
    weight: float = 1.0
    layer: str = "form"
    floor: str = ""
    basis: str = ""
    basis_zh: str = ""
    verified: bool = False


@dataclass(frozen=True)
class ChangeSpec:
    """One ``[[change]]`` of a what-if; all places in WGS 84 degrees.

    Attributes
    ----------
    do
        ``add_stop``, ``add_place`` and ``remove_house`` at a point; ``add_street`` and
        ``widen_lane`` along a line.
    lon, lat
        The point.
    line
        Longitude and latitude of each corner of the line.
    width_m
        Of the new street, or to which a lane is widened by setting houses back.
    mode
        Of a stop: a key of ``data/transit_modes.toml``.
    category
        Of a place: a key of ``data/poi_categories.toml``.
    highway
        Class of the new street, as in OpenStreetMap.
    name
        What to call it.
    """

    do: str
    lon: float = math.nan
    lat: float = math.nan
    line: tuple[tuple[float, float], ...] = ()
    width_m: float = math.nan
    mode: str = "bus"
    category: str = ""
    highway: str = "residential"
    name: str = ""


@dataclass(frozen=True)
class PairSpec:
    """One ``[[comparison.pair]]``: a criterion weighs so many times more than another."""

    more: str
    than: str
    by: float


@dataclass(frozen=True)
class ComparisonSpec:
    """``[comparison]``: where the weights come from, and how doubt is drawn.

    Attributes
    ----------
    weights
        ``given`` (those of the criteria), ``equal``, ``ahp`` (from `pairs`) or ``needs``.
    weight_doubt
        How doubtful the weights are: 0 not at all, 1 as good as unknown.
    draws
        How often weights and data are drawn.
    seed
        Start of the draws; equal runs draw alike.
    pairs
        Pairwise judgements, for ``ahp``.
    needs
        Share of respondents who ask for what an indicator measures, by indicator, for
        ``needs``.
    """

    weights: str = "given"
    weight_doubt: float = 0.25
    draws: int = 4000
    seed: int = 2019
    pairs: tuple[PairSpec, ...] = ()
    needs: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class RuleSpec:
    """One ``[rule.<key>]``: another figure for a rule of the rule book.

    Attributes
    ----------
    key
        Name of the rule.
    value
        The figure, in the unit of the rule.
    code, clause
        Text that the figure comes from; empty if only the figure differs.
    """

    key: str
    value: float
    code: str = ""
    clause: str = ""


@dataclass(frozen=True)
class Assumptions:
    """``[assumptions]``: numbers that no data gives. Each can be changed in the study.

    Attributes
    ----------
    storeys_low, storeys_high
        Storeys of a house whose levels are not mapped (Lin 2019 saw 5 to 7 floors).
    storey_height_m
        Height of a storey, to turn a mapped height into storeys.
    context_ring_m
        How far around the boundary buildings and streets are read, so that the edge of a
        village is measured like its inside.
    sight_line_m
        How far a façade may be from the centreline before a side of a street counts as open.
    facade_error_m
        How far a façade may be from where its footprint has it. Footprints are drawn from the
        air, where roofs hide the walls.
    places_per_house_low, places_per_house_high
        Shops, services and facilities that a village has for each of its houses (Lin 2019 saw
        shops, workshops and express points along the main streets, homes elsewhere). Only used
        to guess how many are missing from the map.
    cluster_eps_m, cluster_min_places
        Reach and least size of a cluster of places (DBSCAN); with a reach of 0 it is the turn of
        the places' k-distance curve.
    cluster_most_eps_m
        Most that such a reach may be. Along a main street places stand a house front or two
        apart; at 60 m every dense village is one single cluster. Half of it stands in where
        there are too few places for a curve.
    """

    storeys_low: float = 3.0
    storeys_high: float = 7.0
    storey_height_m: float = 3.0
    context_ring_m: float = 150.0
    sight_line_m: float = 25.0
    facade_error_m: float = 0.3
    places_per_house_low: float = 0.1
    places_per_house_high: float = 0.5
    cluster_eps_m: float = 0.0
    cluster_min_places: int = 5
    cluster_most_eps_m: float = 60.0


@dataclass(frozen=True)
class GridSpec:
    """``[grid]``: measure all that the sources hold, square by square.

    Attributes
    ----------
    cell_m
        Side of a cell.
    tile_cells
        Cells along the side of a tile, the piece that is measured at a time; 0 to choose. No
        value depends on it.
    """

    cell_m: float = 500.0
    tile_cells: int = 0


@dataclass(frozen=True)
class Study:
    """All that a run needs to know before it looks at any data.

    Attributes
    ----------
    id, title_en, title_zh
        Name of the study.
    villages, markets, vehicles, criteria
        As in the file, completed from the gazetteer and the defaults.
    comparison
        How the villages are compared.
    changes
        What to change for a what-if, in this order.
    source
        Where the layers come from.
    raster
        The user's grids.
    assumptions
        Numbers that no data gives.
    rules
        Figures of the rule book that the study changes.
    grid
        Cells of a run over all that the sources hold; None if villages are measured.
    crs
        EPSG code or other text if the user wants a certain CRS; empty to choose by place.
    folder
        What relative paths start from.
    synthetic
        True if the places do not exist; every output says so.
    notes
        Things in the file that this version reads but does not use, in words.
    """

    id: str
    villages: tuple[VillageSpec, ...]
    title_en: str = ""
    title_zh: str = ""
    grid: GridSpec | None = None
    crs: str = ""
    markets: tuple[MarketSpec, ...] = ()
    vehicles: tuple[VehicleSpec, ...] = ()
    criteria: tuple[CriterionSpec, ...] = ()
    comparison: ComparisonSpec = field(default_factory=ComparisonSpec)
    changes: tuple[ChangeSpec, ...] = ()
    source: SourceSpec = field(default_factory=SourceSpec)
    raster: RasterSpec = field(default_factory=RasterSpec)
    assumptions: Assumptions = field(default_factory=Assumptions)
    rules: tuple[RuleSpec, ...] = ()
    folder: Path = field(default_factory=Path)
    synthetic: bool = False
    notes: tuple[str, ...] = ()

    def path(self, name: str) -> Path:
        """Path of a file that the study names, relative to the study's own folder."""
        return self.folder / Path(name).expanduser()
