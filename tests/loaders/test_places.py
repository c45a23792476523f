import json
from dataclasses import replace

import geopandas as gpd
import pytest
import shapely

from taobaogis.errors import (
    InputError,
    PlaceNotFoundError,
    SourceDataError,
    SourceUnavailableError,
)
from taobaogis.loaders.places import find_place

SQUARE = [[113.0, 23.0], [113.01, 23.0], [113.01, 23.01], [113.0, 23.01], [113.0, 23.0]]
POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}


def found(number, geojson=None, kind="place", lon=113.005, lat=23.005, osm_type="node"):
    entry = {"osm_type": osm_type, "osm_id": number, "lat": str(lat), "lon": str(lon),
             "class": kind, "display_name": f"Place {number}"}  # fmt: skip
    return {**entry, "geojson": geojson} if geojson else entry


def answer_of(*entries):
    return json.dumps(entries).encode()


@pytest.fixture
def look_up(online, server, skipped):
    def ask(*entries, name="Lirendong"):
        server.says(200, answer_of(*entries))
        return find_place(name, online, clock=skipped.clock)

    return ask


@pytest.mark.shared_data
def test_a_recorded_answer_gives_the_district_with_its_boundary(
    online, server, skipped, shared_data
):
    server.says(200, (shared_data / "nominatim-panyu.json").read_bytes())
    place = find_place("Panyu District", online, clock=skipped.clock)
    assert place.osm_id == "r3287618"
    assert place.display_name.startswith("Panyu District, Guangzhou")
    assert place.boundary is not None
    assert place.boundary.contains(shapely.Point(place.lon, place.lat))
    area_m2 = gpd.GeoSeries([place.boundary], crs=4326).to_crs(4547).area.iloc[0]
    # The district office states about 530 km².
    assert area_m2 / 1e6 == pytest.approx(530, rel=0.03)
    assert place.provenance.licence == "ODbL-1.0"
    assert place.provenance.note == "fetched 2026-11-23T10:00:00Z"


def test_the_question_asks_for_polygons(look_up, server):
    look_up(found(1), name="  里仁洞 \n Guangzhou ")
    assert server.requests[0].path == (
        "/api?q=%E9%87%8C%E4%BB%81%E6%B4%9E+Guangzhou&format=json&polygon_geojson=1&limit=5"
    )


def test_the_second_time_no_server_is_needed(look_up, server, online, nobody, skipped):
    first = look_up(found(1, POLYGON))
    server.stop()
    other = replace(online, offline=True, nominatim_url=nobody)
    assert find_place(" Lirendong", other, clock=skipped.clock) == first
    assert len(server.requests) == 1


def test_a_question_to_the_server_is_followed_by_the_pause_its_policy_asks_for(look_up, skipped):
    look_up(found(1))
    assert skipped.pauses == [1.0]
    look_up(found(1))
    assert skipped.pauses == [1.0]


def test_a_place_without_a_polygon_has_a_point(look_up):
    place = look_up(found(1))
    assert (place.lon, place.lat, place.boundary) == (113.005, 23.005, None)
    assert place.osm_id == "n1"


def test_a_polygon_goes_before_a_point_of_the_same_place(look_up):
    place = look_up(found(1), found(2, POLYGON, "boundary", osm_type="relation"))
    assert place.osm_id == "r2"
    assert place.boundary.equals(shapely.geometry.shape(POLYGON))


def test_the_outline_of_a_house_does_not_stand_for_a_village(look_up):
    place = look_up(found(1), found(2, POLYGON, "amenity", osm_type="way"))
    assert (place.osm_id, place.boundary) == ("n1", None)


def test_a_house_that_was_meant_keeps_its_outline(look_up):
    place = look_up(found(2, POLYGON, "building", osm_type="way"), found(3, POLYGON, "boundary"))
    assert place.osm_id == "w2"
    assert place.boundary is not None


def test_a_polygon_of_a_namesake_far_away_is_left(look_up):
    place = look_up(found(1, lon=120.0), found(2, POLYGON, "boundary", osm_type="relation"))
    assert (place.osm_id, place.boundary) == ("n1", None)


def test_a_boundary_that_crosses_itself_is_mended(look_up):
    bow = [[113.0, 23.0], [113.01, 23.01], [113.01, 23.0], [113.0, 23.01], [113.0, 23.0]]
    place = look_up(found(1, {"type": "Polygon", "coordinates": [bow]}))
    assert place.boundary.is_valid
    assert place.boundary.area == pytest.approx(0.01 * 0.01 / 2)


def test_a_line_is_no_boundary(look_up):
    assert look_up(found(1, {"type": "LineString", "coordinates": SQUARE[:2]})).boundary is None


def test_an_unknown_name_says_how_to_mend_it_and_is_asked_again_next_time(look_up, server, online):
    for _ in range(2):
        with pytest.raises(
            PlaceNotFoundError, match=r"No place named 'Lirendong' is known to .*; add"
        ):
            look_up()
    assert len(server.requests) == 2
    assert not online.cache_dir.exists()


def test_an_empty_name_is_refused(look_up):
    with pytest.raises(InputError, match="name of a place is empty"):
        look_up(name=" \n")


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"<html>Bandwidth limit exceeded</html>", "something else than JSON .'Bandwidth limit"),
     (b'{"error": "busy"}', "sent no list of places"),
     (b"[1]", "without usable coordinates"), (b"[{}]", "without usable coordinates"),
     (answer_of(found(1, lat="x")), "without usable coordinates"),
     (answer_of(found(1, lat=123)), "without usable coordinates"),
     (answer_of(found("x")), "without usable coordinates"),
     (answer_of(found(1, {"type": "Polygon", "coordinates": [[[1, 2], [3]]]})), "without usable"),
     (answer_of(found(1, {"type": "Polygon"})), "without usable coordinates")]
)  # fmt: skip
def test_an_unusable_answer_is_an_error_and_not_cached(online, server, skipped, body, said):
    server.says(200, body)
    with pytest.raises(SourceDataError, match=said):
        find_place("Lirendong", online, clock=skipped.clock)
    assert not online.cache_dir.exists()


def test_without_the_server_the_error_names_lon_and_lat_and_the_three_ways(online, nobody):
    with pytest.raises(SourceUnavailableError, match=r"lon and lat.*sample.*pbf.*overpass-turbo"):
        find_place("Lirendong", replace(online, nominatim_url=nobody))
