import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, Point, Polygon, box

from taobaogis.errors import CRSError, SchemaError
from taobaogis.schema import LAYERS, conform, empty_layer, validate


@pytest.mark.parametrize("kind", sorted(LAYERS))
def test_an_empty_layer_keeps_its_contract(kind):
    layer = empty_layer(kind, 4547)
    assert len(layer) == 0
    assert set(LAYERS[kind].columns) <= set(layer.columns)


def test_missing_columns_are_unknown_and_present_ones_are_cast():
    raw = gpd.GeoDataFrame(
        {"levels_tag": ["3", "many"], "extra": [1, 2]}, geometry=[box(0, 0, 9, 9)] * 2, crs=4547
    )
    layer = conform(raw, "buildings")
    assert layer["levels_tag"].tolist()[0] == 3.0
    assert np.isnan(layer["levels_tag"][1])
    assert layer["name"].tolist() == ["", ""]
    assert layer["height_tag_m"].isna().all()
    assert layer["extra"].tolist() == [1, 2]


def test_rows_without_usable_geometry_fall_away_and_are_counted():
    raw = gpd.GeoDataFrame(
        geometry=[box(0, 0, 9, 9), None, Polygon(), Point(0, 0)], crs=4547, index=[7, 7, 8, 9]
    )
    layer = conform(raw, "buildings")
    assert len(layer) == 1
    assert layer.attrs["dropped"] == 3
    assert layer.index.tolist() == [0]


def test_conform_leaves_its_input_alone():
    raw = gpd.GeoDataFrame({"levels_tag": ["3"]}, geometry=[box(0, 0, 9, 9)], crs=4547)
    before = raw.copy(deep=True)
    conform(raw, "buildings")
    assert raw.equals(before)


def test_everything_wrong_is_said_at_once():
    bad = gpd.GeoDataFrame(
        {"u": [1, 2]}, geometry=[LineString([(0, 0), (1, 1)]), Point(0, 0)], crs=4547, index=[1, 1]
    )
    with pytest.raises(SchemaError, match=r"lacks the columns.*repeated labels.*holds Point"):
        validate(bad, "streets")


def test_degrees_are_refused():
    with pytest.raises(CRSError, match="`pois` is in 'WGS 84'"):
        conform(gpd.GeoDataFrame(geometry=[Point(113, 23)], crs=4326), "pois")


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(SchemaError, match="Did you mean 'buildings'"):
        empty_layer("building", 4547)
