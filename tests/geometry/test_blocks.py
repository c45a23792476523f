import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, affinity, box

from taobaogis.geometry.blocks import enclosed_blocks

VILLAGE = box(0, 0, 200, 150)


@given(seed=st.integers(0, 500), n=st.integers(0, 12), turn=st.floats(0, 90))
@settings(max_examples=40)
def test_blocks_fill_the_village_without_overlap_however_it_is_turned(seed, n, turn):
    rng = np.random.default_rng(seed)
    ends = rng.uniform((-20, -20), (220, 170), (n, 2, 2))
    lines = affinity.rotate(shapely.multilinestrings(shapely.linestrings(ends)), turn,
                            origin=(100, 75))  # fmt: skip
    village = affinity.rotate(VILLAGE, turn, origin=(100, 75))
    found = enclosed_blocks(np.array(list(lines.geoms), dtype=object), village)
    assert shapely.area(found).sum() == pytest.approx(VILLAGE.area, abs=20)
    one, other = shapely.STRtree(found).query(found, predicate="intersects")
    shared = shapely.area(shapely.intersection(found[one], found[other]))[one != other]
    assert shared.sum() < 0.1


def test_a_dead_end_cuts_nothing_off_and_a_missing_line_nothing_at_all():
    lines = np.array([LineString([(100, -10), (100, 160)]), LineString([(100, 75), (150, 75)]),
                      None, LineString()], dtype=object)  # fmt: skip
    assert shapely.area(enclosed_blocks(lines, VILLAGE)).tolist() == [15_000, 15_000]


def test_a_village_without_streets_is_one_block():
    found = enclosed_blocks(np.empty(0, dtype=object), VILLAGE)
    assert len(found) == 1
    assert found[0].equals(VILLAGE)
