"""What a map shows, as plain values: one description for screen, paper and notebook."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

    from taobaogis.indicators import Indicator
    from taobaogis.study import VehicleSpec

__all__ = ["Field", "Label", "MapLayer", "MapSpec", "Scale", "Swatch", "Trust"]

GeometryKind = Literal["area", "line", "point"]
Shape = Literal["circle", "square", "diamond"]


@dataclass(frozen=True)
class Label:
    """The same words in English and Chinese."""

    en: str
    zh: str

    @classmethod
    def same(cls, text: str) -> Label:
        """Words that read the same in both languages, such as numbers and names."""
        return cls(text, text)

    def begun(self) -> Label:
        """The same with a capital first, as entries of a legend begin.

        Examples
        --------
        >>> Label("nothing missing", "数据完整").begun().en
        'Nothing missing'

        What is the same in both languages stays so, and is written once:

        >>> Label.same("walk").begun()
        Label(en='Walk', zh='Walk')
        """
        begun = self.en[:1].upper() + self.en[1:]
        return Label(begun, begun if self.zh == self.en else self.zh)


NOTHING = Label("", "")


@dataclass(frozen=True)
class Swatch:
    """How one class is drawn.

    Attributes
    ----------
    label
        Words of the legend.
    colour
        ``#rrggbb``; the line of a line, the filling of areas and points.
    size_px
        Width of a line, radius of a point; areas take no notice.
    shape
        Of points.
    """

    label: Label
    colour: str
    size_px: float = 1.0
    shape: Shape = "circle"


@dataclass(frozen=True)
class Scale:
    """How a column becomes classes.

    A number ``v`` is in class ``i`` if ``edges[i-1] <= v < edges[i]``; a word is in the class of
    its place in `keys`. What is null or in no class is in the class `unknown`.

    Attributes
    ----------
    swatches
        One a class, in the order of the legend.
    unknown
        Drawn where there is no value; None if every feature has the one class.
    column
        Column that decides; empty if all features are alike.
    edges
        Ascending bounds between the classes of a number.
    keys
        Values of a column of words.
    title, unit
        What the column is called in the legend.
    """

    swatches: tuple[Swatch, ...]
    unknown: Swatch | None = None
    column: str = ""
    edges: tuple[float, ...] = ()
    keys: tuple[str, ...] = ()
    title: Label = NOTHING
    unit: Label = NOTHING

    def __post_init__(self) -> None:
        """Refuse a scale whose classes and bounds do not match."""
        wanted = 1
        if self.edges:
            wanted = len(self.edges) + 1
        elif self.column:
            wanted = len(self.keys)
        if len(self.swatches) != wanted or (self.edges and self.keys):
            message = f"scale of '{self.column}': {len(self.swatches)} colours for {wanted} classes"
            raise ValueError(message)
        if list(self.edges) != sorted(set(self.edges)):
            message = f"scale of '{self.column}': the bounds {self.edges} do not ascend"
            raise ValueError(message)
        if self.column and self.unknown is None:
            message = f"scale of '{self.column}': say how a missing value is drawn"
            raise ValueError(message)

    @property
    def classes(self) -> tuple[Swatch, ...]:
        """All classes; the one without value is the last."""
        return self.swatches if self.unknown is None else (*self.swatches, self.unknown)

    def codes(self, features: gpd.GeoDataFrame) -> NDArray[np.int64]:
        """Place of each feature's class in `classes`.

        Parameters
        ----------
        features
            Frame that has `column`, if the scale has one.

        Returns
        -------
        codes
            One a row.
        """
        if not self.column:
            return np.zeros(len(features), dtype=np.int64)
        unknown = len(self.swatches)
        if not self.edges:
            place = {key: i for i, key in enumerate(self.keys)}
            values = (place.get(str(v), unknown) for v in features[self.column])
            return np.fromiter(values, dtype=np.int64, count=len(features))
        numbers = pd.to_numeric(features[self.column], errors="coerce").to_numpy(dtype=float)
        codes = np.searchsorted(np.asarray(self.edges), numbers, side="right")
        return np.where(np.isfinite(numbers), codes, unknown).astype(np.int64)


@dataclass(frozen=True)
class Field:
    """One line of what a click on a feature tells.

    Attributes
    ----------
    column
        Column of the features.
    name, unit
        Words before and after the value.
    decimals
        Digits after the point; None for words.
    factor
        What a number is multiplied with before it is shown, e.g. 100 for a share in percent.
    words
        What coded words mean.
    """

    column: str
    name: Label
    unit: Label = NOTHING
    decimals: int | None = None
    factor: float = 1.0
    words: Mapping[str, Label] = field(default_factory=dict)


class Trust(NamedTuple):
    """Source of a layer, and its grade; empty if it was not graded."""

    source: Label = NOTHING
    grade: str = ""


UNGRADED = Trust()


@dataclass(frozen=True, eq=False)
class MapLayer:
    """One switchable layer.

    Attributes
    ----------
    key
        Unique within the map.
    name
        Words of the switch.
    noun
        What one feature is called that has no name of its own.
    kind
        What the geometry is.
    features
        Geometry in the CRS of the map, with every column that `scale` and `fields` name.
    scale
        Classes and colours.
    fields
        What a click tells.
    named_by
        Columns that hold a feature's English and Chinese name; empty if features have none.
    lettered
        Whether those names are written on the map as well; not of areas that lie over each other.
    stroke
        Colour of the edge of areas and points.
    fill_opacity
        Of areas, in [0, 1]; 0 draws an outline only.
    stroke_px
        Width of that edge.
    dashed
        Whether the edge, or a line, is broken, as of something uncertain or walked.
    visible
        Whether it is shown at first.
    trust
        Where the data came from and how far they can be relied on.
    if_empty
        What to say if there are no features.
    theme, level
        Heading above its switch, and how high it lies; set by `taobaogis.maps.spec`.
    """

    key: str
    name: Label
    noun: Label
    kind: GeometryKind
    features: gpd.GeoDataFrame
    scale: Scale
    fields: tuple[Field, ...] = ()
    named_by: tuple[str, str] | None = None
    lettered: bool = True
    stroke: str = "#8a8378"
    fill_opacity: float = 0.9
    stroke_px: float = 0.8
    dashed: bool = False
    visible: bool = True
    trust: Trust = UNGRADED
    if_empty: Label = Label("none on the map", "地图上没有")
    theme: Label = NOTHING
    level: int = 0


@dataclass(frozen=True, eq=False)
class MapSpec:
    """A whole map of one village.

    Attributes
    ----------
    key
        Id of the village.
    title, subtitle
        Names of the village and the study.
    crs
        Metric CRS of every geometry.
    boundary
        What the map shows first; what lies outside it is toned down.
    is_circle
        True if nobody drew the boundary and a circle stands in.
    layers
        From the bottom upwards.
    indicators
        Numbers about the village, in the order in which they are shown.
    key_indicators
        Keys of those to show at once.
    notes
        What a reader has to know, in words.
    attribution
        Line to print wherever the map is shown.
    banner
        Warning that must not be missed; None if there is none.
    home
        Relative address of the comparison; empty if there is none.
    home_name
        What is found there.
    vehicles
        Of the study, whose widths are marked on plots.
    tables
        What is drawn as curves and not on the ground, by name.
    """

    key: str
    title: Label
    subtitle: Label
    crs: CRS
    boundary: BaseGeometry
    is_circle: bool
    layers: tuple[MapLayer, ...]
    indicators: tuple[Indicator, ...] = ()
    key_indicators: tuple[str, ...] = ()
    notes: tuple[Label, ...] = ()
    attribution: str = ""
    banner: Label | None = None
    home: str = ""
    home_name: Label = Label("All villages", "全部村庄")
    vehicles: tuple[VehicleSpec, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a map whose layers contradict each other."""
        keys = [layer.key for layer in self.layers]
        if len(set(keys)) != len(keys):
            message = f"map of '{self.key}': two layers share a name among {keys}"
            raise ValueError(message)
        for layer in self.layers:
            if layer.features.crs != self.crs:
                message = f"map of '{self.key}': the layer '{layer.key}' is in another CRS"
                raise ValueError(message)

    def layer(self, key: str) -> MapLayer:
        """Layer by its key; KeyError if the map has none of that name."""
        for layer in self.layers:
            if layer.key == key:
                return layer
        raise KeyError(key)
