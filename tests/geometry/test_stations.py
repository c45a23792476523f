import numpy as np
import pytest
from shapely.geometry import LineString

from taobaogis.geometry.stations import Stations, cut_into_cells

LINES = np.array(
    [LineString([(0, 0), (10, 0)]), None, LineString(), LineString([(5, 5), (5, 8), (9, 8)])],
    dtype=object,
)


def test_lengths_of_missing_lines_are_zero():
    assert Stations.of(LINES).length_m.tolist() == [10, 0, 0, 7]


def test_points_lie_on_their_own_line_and_never_beyond_its_ends():
    stations = Stations.of(LINES)
    xy = stations.points(np.array([0, 0, 0, 3, 3]), np.array([-1.0, 4, 11, 3, 5]))
    assert xy.tolist() == [[0, 0], [4, 0], [10, 0], [5, 8], [7, 8]]


def test_the_direction_in_a_bend_is_that_of_the_chord():
    along = Stations.of(LINES).directions(np.array([3, 3]), np.array([1.0, 3.0]), window_m=1.0)
    assert along == pytest.approx(np.array([[0, 1], [np.sqrt(0.5), np.sqrt(0.5)]]))


def test_a_line_that_turns_back_on_itself_still_has_a_direction():
    line = np.array([LineString([(0, 0), (3, 0), (0, 0)])], dtype=object)
    along = Stations.of(line).directions(np.array([0, 0]), np.array([3.0, 2.9]), window_m=3.0)
    assert np.hypot(*along.T) == pytest.approx([1, 1])
    assert abs(along[1, 0]) == pytest.approx(1)


def test_cells_tile_every_line_and_the_ends_are_short():
    cells = cut_into_cells(np.array([10.0, 0.0, 0.2]), spacing_m=4.0, end_m=0.1)
    assert cells.line.tolist() == [0, 0, 0, 0, 0, 2]
    assert cells.low_m[:2].tolist() == pytest.approx([0, 0.1])
    assert cells.length_m[:5].sum() == pytest.approx(10)
    assert cells.length_m.max() <= 4
    assert cells.length_m[5] == pytest.approx(0.2)


def test_no_lines_have_no_cells():
    assert len(cut_into_cells(np.zeros(0), spacing_m=2.0, end_m=0.1).line) == 0
