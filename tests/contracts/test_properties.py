"""Every public function is tried on random input, or stands below with what tries it instead.

The lists only get shorter: what is covered must leave them.
"""

import pytest
from contracts.property_cover import public_functions, tried

# By what tries them instead of a property.
FUNCTIONS = {
    # servers: the campaign of faults calls them, on real ones of this machine
    "taobaogis.loaders.http.fetch", "taobaogis.loaders.http.reachable",
    "taobaogis.loaders.overpass.fetch_overpass", "taobaogis.loaders.places.find_place",
    # whole runs: the same campaign, and whole runs whose every name is hostile
    "taobaogis.pipeline.measure_data", "taobaogis.pipeline.write_run",
    "taobaogis.loaders.assemble.load_study_data", "taobaogis.loaders.assemble.village_outlines",
    "taobaogis.loaders.assemble.changed_data", "taobaogis.loaders.inspect.inspect_study",
    # the first step of `screen_source` and `run_city`, which are tried on files
    "taobaogis.loaders.whole.load_whole_layers",
}  # fmt: skip


@pytest.fixture(scope="module")
def missing():
    return {name for name, takes in public_functions().items() if takes} - tried()


def test_every_public_function_has_a_property_test(missing):
    new = missing - FUNCTIONS
    assert not new, f"write a test with @given that calls {', '.join(sorted(new))}"


def test_what_is_covered_or_gone_leaves_the_list(missing):
    assert not FUNCTIONS - missing


def test_the_cover_sees_direct_calls_and_those_of_helpers():
    found = tried()
    assert "taobaogis.crs.swap_xy" in found
    assert "taobaogis.loaders.osm.read_osm_xml" in found
    assert "taobaogis.loaders.http.fetch" not in found
