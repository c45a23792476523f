"""The sample study: three made-up urban villages and a city around them, from a seed.

Nothing of it exists. It is written as an OSM extract and read by the same loader as any other,
so that everybody can try the toolkit at once, offline; and it keeps the truth that no real map
has, so that measures can be tested against it.
"""

from __future__ import annotations

from taobaogis.loaders.sample.scene import SampleScene, SampleTruth, make_scene
from taobaogis.loaders.sample.writing import write_boundaries, write_files, write_osm

__all__ = [
    "SampleScene",
    "SampleTruth",
    "make_scene",
    "write_boundaries",
    "write_files",
    "write_osm",
]
