"""A village and its layers, as the measures see them: everything in one metric CRS."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import shapely

from taobaogis.crs import require_metres
from taobaogis.errors import CRSError
from taobaogis.indicators import NO_WORDS, Words
from taobaogis.schema import LAYERS, empty_layer, validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

    from taobaogis.geometry.grid import Grid
    from taobaogis.provenance import Provenance
    from taobaogis.study import VillageSpec

__all__ = ["Layers", "Village"]


@dataclass(frozen=True)
class Layers:
    """The layers of one area, each valid by its contract, all in one CRS.

    Attributes
    ----------
    crs
        Metric CRS of every frame.
    frames
        Frame by kind; every kind of `taobaogis.schema.LAYERS` is there, maybe empty.
    provenance
        Origin by kind; only of kinds that a source was asked for.
    extent
        Area over which the source holds data; None if it is not known to end anywhere.
    """

    crs: CRS
    frames: Mapping[str, gpd.GeoDataFrame]
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    extent: BaseGeometry | None = None

    def __post_init__(self) -> None:
        """Fill in missing kinds and check the rest."""
        frames = {
            kind: self.frames[kind] if kind in self.frames else empty_layer(kind, self.crs)
            for kind in LAYERS
        }
        for kind, frame in frames.items():
            validate(frame, kind)
            found = require_metres(frame, kind)
            if not found.equals(self.crs):
                message = f"`{kind}` is in '{found.name}', the layers are in '{self.crs.name}'."
                raise CRSError(message)
        object.__setattr__(self, "frames", frames)

    def __getitem__(self, kind: str) -> gpd.GeoDataFrame:
        """Frame of a kind."""
        return self.frames[kind]

    def source(self, kind: str) -> str:
        """Name of where a kind came from, with its date where known; empty if not asked for."""
        origin = self.provenance.get(kind)
        if origin is None:
            return ""
        return f"{origin.source} ({origin.as_of})" if origin.as_of else origin.source

    def within(self, area: BaseGeometry) -> Layers:
        """Layers with the features that touch an area; none is cut.

        Parameters
        ----------
        area
            Polygon in `crs`.

        Returns
        -------
        layers
            Frames keep the index of the whole, so that results can be joined back.
        """
        frames = {
            kind: frame.loc[sorted(frame.index[frame.sindex.query(area, predicate="intersects")])]
            for kind, frame in self.frames.items()
        }
        return replace(self, frames=frames)


@dataclass(frozen=True)
class Village:
    """A candidate village.

    Attributes
    ----------
    spec
        What the study says of it: names, goods, user's figures.
    boundary
        Polygon in the CRS of `layers`.
    boundary_basis
        Who drew the boundary, in words, e.g. ``"circle of 500 m radius"``.
    is_circle
        True if nobody drew a boundary and a circle stands in.
    position_doubt_m
        How far the true place may be from where it is drawn.
    layers
        Features that touch the boundary or the ring of context around it.
    outside
        Why the source cannot serve this village; empty if it can.
    reference
        Footprints of a second source in the same CRS, to tell how complete the buildings are;
        None if there is none.
    rasters
        Cells of the study's rasters under the village and its surroundings, by the name of
        their entry in ``[raster]``; one that is not given or does not reach here is missing.
        Their origin stands in ``layers.provenance`` under the same name.
    whole_buildings
        Whether the study says that no house is missing from the buildings.
    tenure
        Outlines with the column ``tenure`` (``collective`` or ``state``), if the study has any.
    """

    spec: VillageSpec
    boundary: BaseGeometry
    boundary_basis: str
    is_circle: bool
    position_doubt_m: float
    layers: Layers
    outside: Words = NO_WORDS
    reference: gpd.GeoDataFrame | None = None
    rasters: Mapping[str, Grid] = field(default_factory=dict)
    whole_buildings: bool = False
    tenure: gpd.GeoDataFrame | None = None

    @property
    def id(self) -> str:
        """Identifier, unique within the study."""
        return self.spec.id

    @property
    def area_ha(self) -> float:
        """Area within the boundary in hectares."""
        return float(self.boundary.area) / 1e4

    def inside(self, kind: str) -> gpd.GeoDataFrame:
        """Features of a kind that belong to the village.

        A polygon or a point belongs to it if its representative point lies within the
        boundary; a line if any of it does (cut it with `shapely.intersection` to measure).

        Parameters
        ----------
        kind
            A key of `taobaogis.schema.LAYERS`.

        Returns
        -------
        frame
            Rows of the village's layer, index kept.
        """
        frame = self.layers[kind]
        if frame.empty:
            return frame
        shapely.prepare(self.boundary)
        if kind in {"streets", "routes", "barriers"}:
            return frame[shapely.intersects(self.boundary, frame.geometry.to_numpy())]
        points = frame.geometry.representative_point()
        return frame[shapely.intersects_xy(self.boundary, points.x, points.y)]
