import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import affinity
from shapely.geometry import Point, box
from support.sample_villages import outline_error_m, right_share, sample_village

from taobaogis.errors import CRSError, InputError
from taobaogis.form.parts import PARTS_SEE_M, village_parts
from taobaogis.form.parts_evidence import SPACING_M, Fabric
from taobaogis.form.parts_labels import OLD, _groups
from taobaogis.geometry.contacts import facade_contacts

GRID = 4547
CASES = [
    ("laocun", 2019, "as shipped"), ("xincun", 2019, "as shipped"), ("dajie", 2019, "as shipped"),
    ("laocun", 4, "as shipped"), ("xincun", 4, "as shipped"), ("dajie", 4, "as shipped"),
    # One pair of façades a little nearer than a street ties a row of loose houses to the core.
    ("laocun", 8, "as shipped"), ("xincun", 0, "as shipped"), ("xincun", 8, "as shipped"),
    ("xincun", 11, "small houses"), ("laocun", 11, "large houses"), ("xincun", 11, "small plots"),
    ("xincun", 11, "narrow streets"), ("xincun", 11, "wide streets"),
]  # fmt: skip


def plots(columns=8, rows=8, *, step=(16.0, 14.0), house=(10.0, 12.0)):
    shapes = [
        box(step[0] * x, step[1] * y, step[0] * x + house[0], step[1] * y + house[1])
        for x in range(columns)
        for y in range(rows)
    ]
    return gpd.GeoSeries(shapes, crs=GRID)


def around(houses, margin=3.0):
    return box(*houses.total_bounds).buffer(margin, join_style="mitre")


def is_a_partition(parts, boundary):
    shapes = parts.geometry.to_numpy()
    whole = shapely.union_all(shapes)
    return (
        bool((shapely.get_type_id(shapes) == 3).all())
        and bool(shapely.is_valid(shapes).all())
        and shapely.area(shapes).sum() == pytest.approx(boundary.area, rel=1e-9)
        and whole.symmetric_difference(boundary).area < 1e-6 * boundary.area
    )


@pytest.mark.parametrize(("name", "seed", "variant"), CASES)
def test_parts_of_made_up_villages_are_those_their_makers_meant(name, seed, variant):
    village = sample_village(name, seed, variant)
    parts = village_parts(village.buildings, village.boundary).parts
    assert is_a_partition(parts, village.boundary)
    assert right_share(parts, village) >= 0.95
    assert set(parts["part"]) == set(village.parts), "each part is found, and no other"
    for part in {"old", "new"} & set(village.parts):
        # Made in other proportions, a corner of the grid may look like something else.
        allowed_m = 15.0 if variant == "as shipped" else 20.0
        assert outline_error_m(parts, village, part) <= allowed_m


@pytest.mark.parametrize(
    ("gaps_m", "groups"),
    [
        ([1.0], 1),  # a lane for walkers joins
        ([5.0], 2),  # one pair across a way for vans does not
        ([5.0, 5.5], 1),  # two pairs do
        ([5.0, 6.5], 2),  # a street is a street
        ([], 2),
    ],
)
def test_one_pair_across_a_way_for_vans_does_not_make_one_core_of_two(gaps_m, groups):
    # Two rows of three houses wall to wall, and pairs from one row to the other.
    rows = [(0, 1, 0.0), (1, 2, 0.0), (3, 4, 0.0), (4, 5, 0.0)]
    pairs = [*rows, *((k, k + 3, gap) for k, gap in enumerate(gaps_m))]
    one, other, gap = map(np.array, zip(*pairs, strict=True))
    table = pd.DataFrame(index=range(6))
    fabric = Fabric(None, pd.DataFrame({"one": one, "other": other, "gap_m": gap, "border_m": 9.0}),
                    table)  # fmt: skip
    found = _groups(np.full(6, OLD), fabric)
    assert len(set(found)) == groups
    assert len(set(found[:3])) == len(set(found[3:])) == 1


@pytest.mark.parametrize("angle", [17.0, 45.0, 90.0, 203.0])
def test_a_village_that_is_turned_and_shifted_has_the_same_parts(angle):
    village = sample_village("xincun", 2019)
    found = village_parts(village.buildings, village.boundary)

    def moved(shape):
        return affinity.translate(affinity.rotate(shape, angle, origin=(0, 0)), 1234.5, -987.6)

    buildings = village.buildings.set_geometry([moved(s) for s in village.buildings.geometry])
    turned = village_parts(buildings, moved(village.boundary))
    assert turned.columns["part"].tolist() == found.columns["part"].tolist()
    assert turned.parts["part"].tolist() == found.parts["part"].tolist()
    assert turned.parts["area_ha"].tolist() == pytest.approx(found.parts["area_ha"].tolist(), 5e-3)
    assert turned.parts["probability"].tolist() == pytest.approx(
        found.parts["probability"].tolist(), abs=0.01
    )


def test_the_order_of_the_houses_does_not_matter():
    village = sample_village("xincun", 2019)
    found = village_parts(village.buildings, village.boundary).columns["part"]
    mixed = village.buildings.sample(frac=1.0, random_state=3)
    again = village_parts(mixed, village.boundary).columns["part"]
    assert again.loc[found.index].tolist() == found.tolist()


def test_a_pure_grid_is_one_part():
    houses = plots()
    found = village_parts(houses, around(houses))
    assert found.parts["part"].tolist() == ["new"]
    assert found.parts["probability"].iloc[0] > 0.95
    assert (found.columns["part"] == "new").all()


@pytest.mark.parametrize(
    ("step", "house"), [((24.0, 12.0), (12.0, 10.0)), ((23.0, 13.0), (12.0, 9.0))]
)
def test_the_last_house_of_a_row_is_of_the_grid_though_three_of_its_sides_are_open(step, house):
    houses = plots(step=step, house=house)
    assert village_parts(houses, around(houses)).parts["part"].tolist() == ["new"]


def test_a_short_row_across_a_street_is_of_the_grid_and_loose_houses_beyond_are_not():
    grid = plots(columns=6, rows=6, step=(14.0, 20.0), house=(12.0, 12.0))
    row = [box(14 * x, 122, 14 * x + 12, 134) for x in (1, 2, 3)]
    loose = [box(14 * x, y, 14 * x + 12, y + 12) for x, y in ((1, 164), (4, 164))]
    houses = gpd.GeoSeries([*grid, *row, *loose], crs=GRID)
    found = village_parts(houses, around(houses)).columns["part"]
    assert found.tolist() == ["new"] * 39 + ["other"] * 2


@pytest.mark.parametrize("lane_m", [1.0, 2.0])
def test_a_grid_on_narrow_lanes_was_planned_all_the_same(lane_m):
    houses = plots(step=(10.0 + lane_m, 12.0 + lane_m))
    assert village_parts(houses, around(houses)).parts["part"].tolist() == ["new"]


@pytest.mark.parametrize("seed", [2019, 4])
def test_a_pure_core_is_one_part(seed):
    village = sample_village("laocun", seed)
    core = village.houses[village.houses["part"] == "old"].reset_index(drop=True)
    boundary = village.parts["old"].buffer(3.0)
    found = village_parts(core, boundary)
    assert found.parts["part"].tolist() == ["old"]
    assert found.parts.geometry.iloc[0].symmetric_difference(boundary).area < 1e-3


def test_houses_that_stand_loose_are_the_rest():
    houses = plots(step=(30.0, 32.0))
    assert village_parts(houses, around(houses)).parts["part"].tolist() == ["other"]


def test_a_ribbon_of_two_rows_along_a_street_is_no_planned_part():
    houses = plots(columns=40, rows=2)
    assert village_parts(houses, around(houses)).parts["part"].tolist() == ["other"]


def test_a_large_building_among_the_plots_is_of_their_part():
    houses = plots(columns=9, rows=9)
    hall = box(16 * 3, 14 * 3, 16 * 5 + 10, 14 * 5 + 12)
    kept = houses[~houses.intersects(hall)]
    with_hall = gpd.GeoSeries([*kept, hall.buffer(-1)], crs=GRID)
    found = village_parts(with_hall, around(houses))
    assert found.parts["part"].tolist() == ["new"]
    assert found.columns["part"].iloc[-1] == "new"


def test_grids_and_towers_meet_between_the_houses():
    houses = plots()
    towers = plots(columns=5, rows=3, step=(60.0, 60.0), house=(26.0, 26.0)).translate(180, 0)
    both = gpd.GeoSeries([*houses, *towers], crs=GRID)
    found = village_parts(both, around(both))
    assert found.parts["part"].tolist() == ["new", "other"]
    assert found.columns["part"].tolist() == ["new"] * 64 + ["other"] * 15
    assert is_a_partition(found.parts, around(both))
    assert not found.parts.boundary.crosses(both.union_all()).any(), "no house is cut"


def test_too_few_houses_give_one_part_without_a_name_and_the_reason():
    houses = plots(columns=4, rows=4)
    found = village_parts(houses, around(houses))
    row = found.parts.iloc[0]
    assert len(found.parts) == 1
    assert (row["part"], row["n_buildings"]) == ("", 16)
    assert np.isnan(row["probability"])
    assert "only 16 of the 30 buildings" in row["why"]
    assert (found.columns["part"] == "").all()


def test_a_village_in_pieces_is_split_piece_by_piece():
    core = plots()
    far = gpd.GeoSeries([box(400, 0, 410, 12)], crs=GRID)
    houses = gpd.GeoSeries([*core, *far], crs=GRID)
    boundary = shapely.union_all([around(core), around(far)])
    parts = village_parts(houses, boundary).parts
    assert is_a_partition(parts, boundary)
    assert parts[parts.intersects(far[0])]["part"].tolist() == ["other"], "one house is no part"


def test_an_empty_layer_is_one_part_without_a_name():
    nothing = gpd.GeoSeries([], crs=GRID)
    found = village_parts(nothing, box(0, 0, 100, 100))
    assert found.parts["part"].tolist() == [""]
    assert found.parts["area_ha"].tolist() == [1.0]
    assert found.columns.empty


def test_houses_without_footprint_and_those_outside_have_no_part():
    houses = plots()
    beyond = box(300, 0, 310, 12)
    given = gpd.GeoSeries([None, *houses, beyond], crs=GRID)
    found = village_parts(given, around(houses))
    assert found.columns["part"].tolist() == ["", *["new"] * 64, ""]
    assert found.columns["part_probability"].isna().tolist() == [True, *[False] * 64, True]


def test_features_name_what_tells_a_part_from_the_rest_with_numbers():
    village = sample_village("xincun", 2019)
    parts = village_parts(village.buildings, village.boundary).parts.set_index("part")
    for part in ("old", "new", "other"):
        assert parts.loc[part, "features_en"].count("; ") == 2
        assert parts.loc[part, "features_zh"].count("；") == 2
        assert parts.loc[part, "features_en"].count("elsewhere") == 3
    assert "building line" in parts.loc["new", "features_en"]
    assert parts["probability"].between(0, 1).all()


def test_shares_of_ground_add_up_to_the_ground_with_houses():
    village = sample_village("xincun", 2019)
    found = village_parts(village.buildings, village.boundary)
    inside = found.belief.dropna()
    assert inside[["old", "new", "other"]].sum(axis=1).tolist() == pytest.approx([1] * len(inside))
    assert inside["ground_share"].sum() == pytest.approx(1.0)


def test_contacts_at_hand_give_the_same_parts():
    houses = plots()
    contacts = facade_contacts(houses.to_numpy(), spacing_m=SPACING_M, widest_m=200.0)
    found = village_parts(houses, around(houses), contacts=contacts)
    assert found.columns.equals(village_parts(houses, around(houses)).columns)


def test_contacts_of_other_buildings_are_refused():
    houses = plots()
    contacts = facade_contacts(houses.to_numpy()[:10], spacing_m=SPACING_M, widest_m=200.0)
    with pytest.raises(InputError, match="contacts are of 10 buildings"):
        village_parts(houses, around(houses), contacts=contacts)
    far = gpd.GeoSeries([*houses, box(0, 900, 10, 910)], crs=GRID)
    contacts = facade_contacts(far.to_numpy(), spacing_m=SPACING_M, widest_m=200.0)
    assert PARTS_SEE_M < 700
    with pytest.raises(InputError, match="64 of the 65 buildings are near"):
        village_parts(far, around(houses), contacts=contacts)


def test_degrees_are_refused():
    houses = gpd.GeoSeries([box(113.0, 23.0, 113.1, 23.1)], crs=4326)
    with pytest.raises(CRSError, match="buildings"):
        village_parts(houses, box(113, 23, 114, 24))


def test_a_boundary_without_area_is_refused():
    with pytest.raises(InputError, match="boundary has no area"):
        village_parts(plots(), Point(0, 0))
