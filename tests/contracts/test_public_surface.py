import subprocess
import sys

import pytest

import taobaogis

HEAVY = ("numpy", "pandas", "shapely", "geopandas", "osmnx", "folium", "rasterio", "matplotlib")


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, taobaogis; print(*sorted(sys.modules))"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(output.stdout.split())
    assert not loaded & set(HEAVY)
    assert len([name for name in loaded if name.startswith("taobaogis")]) == 1


def test_the_table_of_names_is_the_public_surface():
    assert sorted(taobaogis.__all__) == list(taobaogis.__all__)
    assert set(taobaogis._HOME) == set(taobaogis.__all__)
    assert set(taobaogis.__all__) < set(dir(taobaogis))


@pytest.mark.parametrize("name", taobaogis.__all__)
def test_every_public_name_resolves(name):
    assert getattr(taobaogis, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'teleport'"):
        _ = taobaogis.teleport
