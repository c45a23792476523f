"""``taobaogis doctor``: whether everything is there that maps and measures need."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from taobaogis.errors import SourceError, TaobaoGISWarning

__all__ = ["command"]

_PACKAGES = ("taobaogis", "geopandas", "shapely", "pyproj", "pyogrio", "rasterio", "osmium",
             "osmnx", "folium", "matplotlib")  # fmt: skip


def command(
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not try whether servers answer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check fonts, projections, cache, network and versions."""
    import platform  # noqa: PLC0415 - so that --help answers at once
    from importlib import metadata  # noqa: PLC0415

    findings = {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _PACKAGES},
        "projection": _projection(),
        "font": _font(),
        "cache": _cache(),
        "network": "not tried" if offline else _network(),
    }
    if as_json:
        print(json.dumps(findings, ensure_ascii=False, indent=2))
        return
    for name, finding in findings.items():
        print(f"{name:12} {finding}")


def _projection() -> str:
    """Known shift of a known point: a foreign PROJ_DATA in the environment breaks it."""
    from pyproj import Transformer  # noqa: PLC0415 - so that --help answers at once
    from pyproj.exceptions import ProjError  # noqa: PLC0415

    try:
        easting, _ = Transformer.from_crs(4326, 4547, always_xy=True).transform(114.0, 23.0)
    except ProjError as error:
        return f"broken ({error}); unset PROJ_DATA and PROJ_LIB"
    fine = abs(easting - 500000.0) < 0.01  # noqa: PLR2004 - false easting of the zone
    return "fine" if fine else "broken: unset PROJ_DATA and PROJ_LIB"


def _font() -> str:
    import warnings  # noqa: PLC0415

    from taobaogis.maps.static.sheet import font_family  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TaobaoGISWarning)  # said below, in the same words
        return font_family() or "none with Chinese; figures are labelled in English only"


def _cache() -> str:
    import shutil  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    from taobaogis.settings import Settings  # noqa: PLC0415

    folder = Settings.from_environment().cache_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return f"{folder} cannot be written ({error.strerror}); set TAOBAOGIS_CACHE_DIR"
    free_gb = shutil.disk_usage(folder).free / 1e9
    return f"{folder} ({free_gb:.0f} GB free)"


def _network() -> str:
    from taobaogis.loaders.http import reachable  # noqa: PLC0415
    from taobaogis.settings import Settings  # noqa: PLC0415

    settings = Settings.from_environment()
    try:
        url = reachable(settings, settings.overpass_urls)
    except SourceError as error:
        return f"no Overpass server answers: {error}"
    return f"{url} answers"
