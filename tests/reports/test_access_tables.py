"""Markets and lines as tables, from measured villages to the cells of the workbook."""

import io
from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from taobaogis.compare.ranking import compare_villages
from taobaogis.indicators import measured
from taobaogis.maps.model import Label
from taobaogis.reports.access_tables import AccessTables, access_tables
from taobaogis.reports.content import Report, ReportVillage
from taobaogis.reports.sheets import Sheets
from taobaogis.reports.workbook import comparison_xlsx
from taobaogis.reports.workbook_sections import access_sheets
from taobaogis.study import CriterionSpec


def plain_report():
    width = measured("street_width_median_m", 3.0, method="", source="", n=9)
    values = {"v": {"street_width_median_m": width}}
    return Report(
        title=Label("T", "题"),
        villages={"v": ReportVillage("v", Label("V", "村"), values["v"])},
        comparison=compare_villages(values, [CriterionSpec("street_width_median_m", 6, 1.5)]),
    )


def sheets_of(markets):
    """Names of the sheets that such markets make."""
    pytest.importorskip("xlsxwriter")
    sheets = Sheets("T", "")
    access_sheets(sheets, replace(plain_report(), access=AccessTables(markets=markets)), "")
    names = [sheet.name for sheet in sheets.book.worksheets()]
    if names:
        sheets.content()
    return names


def village(**layers):
    return SimpleNamespace(village=SimpleNamespace(id="v"), layers=layers)


def markets():
    rows = {
        "name_en": ["Tea", "=Cloth", "Far cloth"], "name_zh": ["茶", "布", "远布"],
        "right_goods": [False, True, True], "distance_m": [500.0, 2000.0, 9000.0],
        "network_m": [700.0, 2600.0, None], "detour_ratio": [1.4, 1.3, None],
        "walk_min": [9.0, 35.0, None], "walk_low_min": [8.0, 31.0, None],
        "walk_high_min": [11.0, 44.0, None], "transit_min": [None, 21.4, None],
        "transit_low_min": [None, 15.0, None], "transit_high_min": [None, 31.0, None],
        "transit_30min_share": [None, 0.91, None], "transit_en": ["", "bus 1", ""],
        "transit_zh": ["", "公交1", ""], "transit_reason": ["no line", "", "no line"],
        "transit_reason_zh": ["无线路", "", "无线路"],
    }  # fmt: skip
    return gpd.GeoDataFrame(rows, geometry=[Point(0, 0)] * 3, crs=4547)


def lines():
    row = {
        "line": "地铁3号线", "name_en": "3号线", "name_zh": "3号线", "mode": "subway",
        "state": "one_direction", "stops": 16, "stops_near": 2, "missing_stops": 1, "hops": 15,
        "straight_hops": 3, "one_direction": True, "health_en": "mapped in one direction only",
        "health_zh": "仅测绘单方向",
    }  # fmt: skip
    table = [{**row, "track": True}, {**row, "track": False}]
    return gpd.GeoDataFrame(table, geometry=[LineString([(0, 0), (1, 1)])] * 2, crs=4547)


def test_right_markets_come_first_and_what_is_not_known_is_none():
    tables = access_tables([village(markets=markets())])
    assert [m.name_en for m in tables.markets] == ["=Cloth", "Far cloth", "Tea"]
    assert [m.right for m in tables.markets] == [True, True, False]
    near, far, _ = tables.markets
    assert near.minutes == (35, 31, 44, None, None, None, None, None, None, 21.4, 15, 31)
    assert (far.network_m, far.half_hour_share, far.trip_zh) == (None, None, "无线路")
    assert near.trip_en == "bus 1"


def test_a_line_stands_once_though_its_gaps_are_a_row_of_their_own():
    (line,) = access_tables([village(transit_lines=lines())]).lines
    assert (line.mode_zh, line.line, line.missing_stops, line.straight_hops) == (
        "地铁", "3号线", 1, 3,
    )  # fmt: skip
    assert line.state_en == "mapped in one direction only"


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 50), st.none() | st.floats(0, 300)), max_size=12
    ),
    st.randoms(use_true_random=False),
)
def test_rows_do_not_depend_on_the_order_of_the_layer(rows, random):
    table = {
        "name_en": [str(n) for n in range(len(rows))],
        "right_goods": [right for right, _, _ in rows],
        "distance_m": [60.0 * far + n for n, (_, far, _) in enumerate(rows)],
        "walk_min": [minutes for _, _, minutes in rows],
    }
    frame = gpd.GeoDataFrame(table, geometry=[Point(0, 0)] * len(rows), crs=4547)
    mixed = frame.sample(frac=1, random_state=random.randrange(1000))
    told = access_tables([village(markets=frame)]).markets
    assert told == access_tables([village(markets=mixed)]).markets
    assert [(not m.right, m.distance_m) for m in told] == sorted(
        (not m.right, m.distance_m) for m in told
    )
    for market in told:
        assert market.minutes[0] == rows[int(market.name_en)][2]
    assert sheets_of(told) == (["Markets 市场"] if rows else [])


@pytest.mark.parametrize("layers", [{}, {"markets": markets()[["geometry"]]},
                                    {"transit_lines": lines()[:0]}])  # fmt: skip
def test_without_layers_there_are_no_rows(layers):
    tables = access_tables([village(**layers)])
    assert tables.markets == tables.lines == ()


def test_the_workbook_has_a_sheet_for_each():
    pytest.importorskip("xlsxwriter")
    plain = plain_report()
    tables = access_tables([village(markets=markets(), transit_lines=lines())])
    book = openpyxl.load_workbook(io.BytesIO(comparison_xlsx(replace(plain, access=tables))))
    head, first, *_ = book["Markets 市场"].iter_rows(values_only=True)
    found = dict(zip(head, first, strict=True))
    assert found["Market"] == "=Cloth", "a text and no formula"
    assert found["By bus or rail 公交, min"] == 21.4
    assert found["Within half an hour 半小时内"] == 0.91
    head, first, *rest = book["Lines 线路"].iter_rows(values_only=True)
    assert dict(zip(head, first, strict=True))["Stops missing 缺失站点"] == 1
    assert not rest
    bare = openpyxl.load_workbook(io.BytesIO(comparison_xlsx(plain)))
    assert not {"Markets 市场", "Lines 线路"} & set(bare.sheetnames)
