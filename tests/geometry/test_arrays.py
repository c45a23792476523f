from shapely.geometry import Point, Polygon
from support.lane_villages import layer

from taobaogis.geometry.arrays import geometries


def test_empty_geometries_count_as_missing_and_heights_are_dropped():
    rows = layer([Point(1, 2, 3), None, Polygon(), Point(4, 5)])
    flat = geometries(rows)
    assert [g is None for g in flat] == [False, True, True, False]
    assert not flat[0].has_z
    assert rows.geometry.iloc[0].has_z
    assert len(geometries(layer([]))) == 0
