"""A village's map as one HTML file that opens anywhere and asks nothing of the network."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
from markupsafe import Markup

from taobaogis.crs import LONLAT
from taobaogis.maps import pages, words
from taobaogis.maps.model import Label
from taobaogis.maps.packing import deflated, look, pack
from taobaogis.maps.spec import THEMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taobaogis.maps.backdrops import Backdrop
    from taobaogis.maps.model import MapLayer, MapSpec, Swatch
    from taobaogis.maps.tiles import Archive

    _Groups = list[tuple[Label, list[words.Shown]]]

__all__ = ["render_tiled_page", "render_village_page"]

_TEXTS: Mapping[str, Label] = {
    "backdrop": Label("Base map", "底图"),
    "figures": Label("Figures", "指标"),
    "lettering": Label("Names on the map", "地图上的名称"),
    "legend": Label("Layers and legend", "图层与图例"),
    "others": Label("All other figures", "其他指标"),
    "notes": Label("Notes", "说明"),
    "grades": Label("Grades", "可信度等级"),
    "noscript": Label(
        "The map needs JavaScript; the figures are readable without.",
        "地图需要启用 JavaScript；指标无需脚本即可阅读。",
    ),
}
_FRAME = ("page.js", "card.js", "panels.js")
_TO_TILES = Label("Map of tiles", "矢量瓦片地图")
_TO_PLAIN = Label("Plain map", "普通地图")


class _Engine(NamedTuple):
    """What draws a map: vendored files with what says their licences, and our own."""

    libraries: tuple[str, ...]
    licences: tuple[tuple[str, str], ...]
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    workers: bool = False
    letters: bool = False


_LEAFLET = _Engine(
    ("leaflet.js",),
    (("Leaflet 1.9.4 is part of this page under this licence:", "LEAFLET-LICENSE.txt"),),
    ("shapes.js", "labels.js", "backdrop.js", "village.js"),
    ("leaflet.css",),
    letters=True,
)
_MAPLIBRE = _Engine(
    ("maplibre-gl.js", "pmtiles.js"),
    (
        (
            "MapLibre GL JS 5.24.1 is part of this page under these licences:",
            "MAPLIBRE-LICENSE.txt",
        ),
        ("PMTiles 4.5.0 is part of this page under these licences:", "PMTILES-LICENSE.txt"),
    ),
    ("tiled.js",),
    ("maplibre-gl.css", "tiled.css"),
    workers=True,
    letters=True,
)
_FOR_COMPARISON = Label("For the comparison", "比较所用指标")


def render_village_page(spec: MapSpec, *, backdrop: Backdrop | None = None, tiled: str = "") -> str:
    """HTML page of a map.

    Parameters
    ----------
    spec
        From `taobaogis.maps.spec.village_map`.
    backdrop
        Map of others to show below; none by default, for the page then asks for it.
    tiled
        File beside it with the page of `render_tiled_page`, to lead there; empty for none.

    Returns
    -------
    html
        One file with script, style and data inside; equal maps give equal text. Its policy
        forbids every script but its own, and every request but those for the backdrop. Names from
        the data are written as text, never as markup.
    """
    packed = pack(spec, backdrop)
    return _rendered(
        spec,
        _LEAFLET,
        packed={"packed": packed.drawn, "values": packed.values},
        backdrop=backdrop,
        beside=(tiled, _TO_TILES) if tiled else None,
    )


def render_tiled_page(spec: MapSpec, tiles: Mapping[str, Archive], *, plain: str = "") -> str:
    """HTML page of a map whose features are too many to be held at once; it needs WebGL.

    Parameters
    ----------
    spec
        From `taobaogis.maps.spec.village_map`.
    tiles
        Of its layers, from `taobaogis.maps.tiles.archives`.
    plain
        File beside it with the page of `render_village_page`, for browsers without WebGL; empty
        if there is none.

    Returns
    -------
    html
        As that of `render_village_page`. The archives stand in the page: one that is opened from
        a disk may read no other file.
    """
    layers = [layer for layer in spec.layers if layer.key in tiles]
    bounds = gpd.GeoSeries([spec.boundary], crs=spec.crs).to_crs(LONLAT).total_bounds
    drawn = {
        "bounds": [round(float(degrees), 7) for degrees in bounds],
        "layers": [
            {
                **look(layer),
                "fields": tiles[layer.key].fields,
                "names": tiles[layer.key].names,
                "zooms": tiles[layer.key].zooms,
                "bounds": [round(float(v), 7) for v in layer.features.to_crs(LONLAT).total_bounds],
            }
            for layer in layers
        ],
        "plain": plain,
    }
    packed = {"packed": deflated(drawn)} | {
        f"tiles-{key}": base64.b64encode(archive.tiles).decode("ascii")
        for key, archive in tiles.items()
    }
    return _rendered(
        spec,
        _MAPLIBRE,
        packed=packed,
        beside=(plain, _TO_PLAIN) if plain else None,
    )


def _rendered(
    spec: MapSpec,
    engine: _Engine,
    *,
    packed: Mapping[str, str],
    backdrop: Backdrop | None = None,
    beside: tuple[str, Label] | None = None,
) -> str:
    """The page around a map, the same whatever draws it."""
    own = "".join(pages.inline_script(name) for name in (*_FRAME, *engine.scripts))
    run = [*(pages.inline_script(name) for name in engine.libraries), own]
    sheets = "".join(pages.inline_style(f) for f in (*engine.styles, "page.css", "village.css"))
    key_groups, other_groups = _grouped(spec)
    hosts = backdrop.hosts if backdrop else ()
    template = pages.environment().get_template("village.html.j2")
    return template.render(
        spec=spec,
        policy=pages.policy(*run, pictures=hosts, workers=engine.workers),
        backdrop=backdrop,
        beside=beside,
        letters=engine.letters,
        styles=Markup(sheets),  # noqa: S704 - our own files and vendored ones
        scripts=[Markup(script) for script in run],  # noqa: S704 - our own files and vendored ones
        licences=[
            Markup(f"{lead}\n{pages.asset(name)}")  # noqa: S704 - vendored files
            for lead, name in engine.licences
        ],
        packed=packed,
        themes=_themes(spec),
        legends={layer.key: _legend(layer) for layer in spec.layers},
        strip=_strip(spec),
        key_groups=key_groups,
        other_groups=other_groups,
        grades=words.GRADES,
        completeness=words.completeness_label(spec.indicators),
        texts=_TEXTS,
    )


def _themes(spec: MapSpec) -> list[tuple[Label, list[MapLayer]]]:
    """Layers below their headings, in the order in which a reader meets the themes."""
    found: dict[Label, list[MapLayer]] = {theme.name: [] for theme in THEMES}
    for layer in sorted(spec.layers, key=_place):
        found.setdefault(layer.theme, []).append(layer)
    return [(name, layers) for name, layers in found.items() if layers]


def _place(layer: MapLayer) -> int:
    """Order of the switches: lines, filled areas, points, outlines."""
    if layer.kind == "line":
        return 0
    if layer.kind == "area":
        return 1 if layer.fill_opacity else 3
    return 2


def _legend(layer: MapLayer) -> tuple[Swatch, ...]:
    """Classes to list; the one without value only if it occurs."""
    scale = layer.scale
    if scale.unknown is None:
        return scale.swatches
    occurs = (scale.codes(layer.features) == len(scale.swatches)).any()
    return scale.classes if occurs else scale.swatches


def _strip(spec: MapSpec) -> MapLayer | None:
    """Layer whose scale is kept in sight on a phone while it is on: the first of lines."""
    return next(
        (
            layer
            for layer in spec.layers
            if layer.kind == "line" and layer.visible and layer.scale.edges and len(layer.features)
        ),
        None,
    )


def _grouped(
    spec: MapSpec,
) -> tuple[_Groups, _Groups]:
    """Figures to show at once (of the comparison, and of the data), and the others."""
    key = set(spec.key_indicators)
    all_figures = [words.shown(indicator) for indicator in spec.indicators]
    data = [f for f in all_figures if f.group == "data" and f.key not in key]
    first = [
        (_FOR_COMPARISON, [f for f in all_figures if f.key in key]),
        (words.GROUPS["data"], data),
    ]
    shown = key | {figure.key for figure in data}
    return first, _by_group(figure for figure in all_figures if figure.key not in shown)


def _by_group(figures: Iterable[words.Shown]) -> _Groups:
    groups: dict[str, list[words.Shown]] = {}
    for figure in figures:
        groups.setdefault(figure.group, []).append(figure)
    return [(words.GROUPS[group], rows) for group, rows in groups.items()]
