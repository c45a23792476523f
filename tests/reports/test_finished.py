"""Tables of finished runs that somebody has altered are refused by file and line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taobaogis.errors import InputError
from taobaogis.reports.finished import read_indicators
from taobaogis.reports.tables import INDICATOR_COLUMNS

HEAD = "\ufeff" + ",".join(INDICATOR_COLUMNS)
ROW = "lane,form,street_width_median_m,3.5,m,3,4,A,12,median of 12 streets,small.osm,"


def run(folder, *rows, head=HEAD, encoding="utf-8"):
    folder.mkdir(exist_ok=True)
    (folder / "indicators.csv").write_bytes("\n".join([head, *rows, ""]).encode(encoding))
    return folder


def test_a_table_is_read_back(tmp_path):
    found = read_indicators([run(tmp_path / "a", ROW)])
    assert found["lane"]["street_width_median_m"].value == 3.5


def test_villages_of_several_runs_are_told_apart_by_their_folder(tmp_path):
    found = read_indicators([run(tmp_path / "a", ROW), run(tmp_path / "b", ROW)])
    assert list(found) == ["a/lane", "b/lane"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (ROW.replace("3.5", "nan"), "line 2: a value is not a finite number"),
        (ROW.replace("3.5", "inf"), "line 2: a value is not a finite number"),
        (ROW.replace("3.5", "wide"), "line 2: could not convert"),
        (ROW.replace(",A,", ",Z,"), "line 2: 'Z' is not a grade"),
        (ROW.replace("street_width_median_m", "beauty"), "line 2: 'beauty' is not an indicator"),
        ("lane,form", "line 2"),
        ('lane,"form', "cannot be read"),
    ],
)
def test_a_row_that_cannot_be_meant_is_named(tmp_path, row, says):
    with pytest.raises(InputError, match=says):
        read_indicators([run(tmp_path / "a", row)])


def test_a_table_in_another_encoding_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_indicators([run(tmp_path / "a", ROW.replace("lane", "里村"), encoding="gb18030")])


@given(at=st.integers(0, 400), bit=st.integers(0, 7))
def test_a_flipped_bit_is_an_input_error_or_finite_values(tmp_path_factory, at, bit):
    body = bytearray(f"{HEAD}\n{ROW}\n".encode())
    body[at % len(body)] ^= 1 << bit
    folder = tmp_path_factory.mktemp("run")
    (folder / "indicators.csv").write_bytes(body)
    try:
        found = read_indicators([folder])
    except InputError as error:
        assert str(error).isprintable()  # noqa: PT017 - either is right
    else:
        values = [i.value for of_one in found.values() for i in of_one.values()]
        assert all(value is None or abs(value) < float("inf") for value in values)
