"""Every public function is tried on random input."""

import pytest
from contracts.property_cover import public_functions, tried


@pytest.fixture(scope="module")
def missing():
    return {name for name, takes in public_functions().items() if takes} - tried()


def test_every_public_function_has_a_property_test(missing):
    assert not missing, f"write a test with @given that calls {', '.join(sorted(missing))}"


def test_the_cover_sees_direct_calls_and_those_of_helpers():
    found = tried()
    assert "taobaogis.crs.swap_xy" in found
    assert "taobaogis.loaders.osm.read_osm_xml" in found
    assert "taobaogis.loaders.http.fetch" in found
    assert "taobaogis.loaders.http.HttpAnswer" not in found, "it is only what a call gives"
