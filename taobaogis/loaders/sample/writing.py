"""The sample scene as files: an OSM extract and the villages' boundaries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import osmium
import shapely
from pyproj import Transformer

from taobaogis.crs import LONLAT
from taobaogis.errors import ExportError
from taobaogis.loaders.sample.scene import SEED, make_scene

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from taobaogis.loaders.sample.scene import SampleScene

__all__ = ["write_boundaries", "write_files", "write_osm"]

# OSM keeps coordinates in whole units of 1e-7 degrees, about a centimetre.
_UNITS = 10**7
_DECIMALS = 7
_GENERATOR = "taobaogis sample (synthetic)"


def write_files(folder: Path, *, seed: int = SEED) -> dict[str, Path]:
    """Write the files of the sample study, as they are shipped in ``data/sample``.

    Parameters
    ----------
    folder
        Where to write them; made if it is not there.
    seed
        Of `make_scene`.

    Returns
    -------
    paths
        ``osm`` and ``boundaries``.

    Raises
    ------
    ExportError
        If they cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the sample cannot be written to '{folder.name}' ({error}); name another folder."
        raise ExportError(message) from error
    paths = {"osm": folder / "sample.osm.pbf", "boundaries": folder / "sample-boundaries.geojson"}
    scene = make_scene(seed)
    write_osm(scene, paths["osm"])
    write_boundaries(scene, paths["boundaries"])
    return paths


def write_osm(scene: SampleScene, path: Path) -> None:
    """Write a scene as an OSM extract.

    Parameters
    ----------
    scene
        From `make_scene`.
    path
        Ends in ``.osm.pbf``; what was there is replaced.

    Raises
    ------
    ExportError
        If the file cannot be written.

    Notes
    -----
    Coordinates are rounded to 1e-7 degrees, so façades move by up to 6 mm. Streets that meet
    share a node; so do houses wall to wall. There is no date and no version of any writer in
    the file, so that the same scene gives the same bytes.
    """
    book = _Book(scene)
    header = osmium.io.Header()
    header.set("generator", _GENERATOR)
    header.set("sorting", "Type_then_ID")
    west, south, east, north = book.box
    corners = (osmium.osm.Location(west, south), osmium.osm.Location(east, north))
    header.add_box(osmium.osm.Box(*corners))
    try:
        with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
            for node in book.nodes():
                writer.add_node(node)
            for way in book.ways:
                writer.add_way(way)
            for relation in book.relations:
                writer.add_relation(relation)
    except (OSError, RuntimeError) as error:
        message = f"{path.name} could not be written ({error}); check the folder and its space."
        raise ExportError(message) from error


def write_boundaries(scene: SampleScene, path: Path) -> None:
    """Write the boundaries of a scene's villages.

    Parameters
    ----------
    scene
        From `make_scene`.
    path
        GeoJSON in EPSG:4326, seven decimals; ``id``, ``name_en`` and ``name_zh`` of each village.

    Raises
    ------
    ExportError
        If the file cannot be written.
    """
    frame = scene.truth.boundaries
    shapes = shapely.transform(frame.geometry.to_numpy(), _to_lonlat(scene))
    shapes = shapely.transform(shapes, lambda xy: np.round(xy, _DECIMALS))
    features = [
        {
            "type": "Feature",
            "properties": {"id": row.id, "name_en": row.name_en, "name_zh": row.name_zh},
            "geometry": shapely.geometry.mapping(shape),
        }
        for row, shape in zip(frame.itertuples(), shapes, strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        message = f"{path.name} could not be written ({error}); check the folder and its space."
        raise ExportError(message) from error


def _to_lonlat(scene: SampleScene) -> Any:  # noqa: ANN401 - a function on coordinates
    transformer = Transformer.from_crs(scene.lines.crs, LONLAT, always_xy=True)
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


class _Book:
    """Elements of a scene with their numbers; nodes are shared by place within a kind."""

    def __init__(self, scene: SampleScene) -> None:
        self.ways: list[osmium.osm.mutable.Way] = []
        self.relations: list[osmium.osm.mutable.Relation] = []
        self._to_lonlat = _to_lonlat(scene)
        self._known: dict[tuple[str, int, int], int] = {}
        self._point_tags = [dict(tags) for tags in scene.points["tags"]]
        self._places = [xy for [xy] in self._units(scene.points.geometry.to_numpy())]
        self._add_lines(scene)
        self._add_areas(scene)
        routes = scene.routes
        for name, tags, listed in zip(
            routes["osm_id"], routes["tags"], routes["members"], strict=True
        ):
            members = [(ref[0], int(ref[1:]), role) for ref, role in listed]
            self._add_relation(name, members, tags)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all nodes, in degrees."""
        units = np.array(self._places)
        west, south = units.min(axis=0).tolist()
        east, north = units.max(axis=0).tolist()
        return west / _UNITS, south / _UNITS, east / _UNITS, north / _UNITS

    def nodes(self) -> Iterator[Any]:
        """Places first, then the corners of ways."""
        for number, (lon, lat) in enumerate(self._places, start=1):
            tagged = number <= len(self._point_tags)
            yield osmium.osm.mutable.Node(
                id=number,
                location=(lon / _UNITS, lat / _UNITS),
                tags=self._point_tags[number - 1] if tagged else {},
            )

    def _units(self, shapes: NDArray[Any]) -> list[list[tuple[int, int]]]:
        """Corners of each shape in whole units of OSM."""
        xy, owner = shapely.get_coordinates(shapes, return_index=True)
        units = np.rint(self._to_lonlat(xy) * _UNITS).astype(np.int64)
        cuts = np.flatnonzero(np.diff(owner)) + 1
        return [[(lon, lat) for lon, lat in part.tolist()] for part in np.split(units, cuts)]

    def _refs(self, kind: str, units: Sequence[tuple[int, int]]) -> list[int]:
        refs: list[int] = []
        for unit in units:
            number = self._known.get((kind, *unit))
            if number is None:
                self._places.append(unit)
                number = self._known[kind, *unit] = len(self._places)
            if not refs or refs[-1] != number:
                refs.append(number)
        return refs

    def _add_lines(self, scene: SampleScene) -> None:
        units = self._units(scene.lines.geometry.to_numpy())
        lines = scene.lines
        for name, tags, line in zip(lines["osm_id"], lines["tags"], units, strict=True):
            kind = "street" if "highway" in tags else "track"
            self._add_way(name, self._refs(kind, line), tags)

    def _add_areas(self, scene: SampleScene) -> None:
        rings, owner = shapely.get_rings(scene.areas.geometry.to_numpy(), return_index=True)
        refs = [self._refs("area", units) for units in self._units(rings)]
        names, tags = scene.areas["osm_id"].tolist(), scene.areas["tags"].tolist()
        rings_of: dict[str, list[list[int]]] = {}
        for number, ring in zip(owner.tolist(), refs, strict=True):
            if names[number].startswith("w"):
                self._add_way(names[number], ring, tags[number])
            else:
                rings_of.setdefault(names[number], []).append(ring)
        tags_of = dict(zip(names, tags, strict=True))
        for name, own in rings_of.items():
            members = []
            for nth, ring in enumerate(own):
                number = len(self.ways) + 1
                self._add_way(f"w{number}", ring, {})
                members.append(("w", number, "inner" if nth else "outer"))
            self._add_relation(name, members, {"type": "multipolygon", **tags_of[name]})

    def _add_way(self, name: str, refs: Sequence[int], tags: Mapping[str, str]) -> None:
        way = osmium.osm.mutable.Way(id=int(name[1:]), nodes=refs, tags=dict(tags))
        self.ways.append(way)

    def _add_relation(
        self, name: str, members: Sequence[tuple[str, int, str]], tags: Mapping[str, str]
    ) -> None:
        relation = osmium.osm.mutable.Relation(
            id=int(name[1:]), members=list(members), tags=dict(tags)
        )
        self.relations.append(relation)
