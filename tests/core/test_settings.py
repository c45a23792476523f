import pytest

from taobaogis.errors import InputError
from taobaogis.settings import Settings


def test_the_environment_sets_what_it_names_and_nothing_else(monkeypatch, tmp_path):
    monkeypatch.setenv("TAOBAOGIS_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("TAOBAOGIS_OVERPASS_URLS", "http://a/api  http://b/api")
    monkeypatch.setenv("TAOBAOGIS_OFFLINE", "1")
    settings = Settings.from_environment()
    assert settings.cache_dir == tmp_path
    assert settings.overpass_urls == ("http://a/api", "http://b/api")
    assert settings.offline
    assert settings.nominatim_url == Settings.nominatim_url


def test_an_argument_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("TAOBAOGIS_OFFLINE", "1")
    assert not Settings.from_environment(offline=False).offline


@pytest.mark.parametrize(
    ("name", "value"), [("TAOBAOGIS_OFFLINE", "maybe"), ("TAOBAOGIS_TOTAL_TIMEOUT_S", "-3"),
                        ("TAOBAOGIS_TOTAL_TIMEOUT_S", "soon"), ("TAOBAOGIS_WORKERS", "-1"),
                        ("TAOBAOGIS_WORKERS", "all")]
)  # fmt: skip
def test_a_variable_that_cannot_be_meant_is_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=f"{name} is '{value}'"):
        Settings.from_environment()
