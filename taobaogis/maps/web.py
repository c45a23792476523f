"""A village's map as one HTML file that opens anywhere and asks nothing of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from taobaogis.maps import pages, words
from taobaogis.maps.model import Label
from taobaogis.maps.packing import pack
from taobaogis.maps.spec import THEMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from taobaogis.maps.backdrops import Backdrop
    from taobaogis.maps.model import MapLayer, MapSpec, Scale, Swatch

    _Groups = list[tuple[Label, list[words.Shown]]]

__all__ = ["render_village_page"]

_TEXTS: Mapping[str, Label] = {
    "all": Label("All villages", "全部村庄"),
    "backdrop": Label("Base map", "底图"),
    "figures": Label("Figures", "指标"),
    "legend": Label("Layers and legend", "图层与图例"),
    "others": Label("All other figures", "其他指标"),
    "notes": Label("Notes", "说明"),
    "grades": Label("Grades", "可信度等级"),
    "noscript": Label(
        "The map needs JavaScript; the figures are readable without.",
        "地图需要启用 JavaScript；指标无需脚本即可阅读。",
    ),
}
_SCRIPTS = ("page.js", "shapes.js", "backdrop.js", "village.js")
_FOR_COMPARISON = Label("For the comparison", "比较所用指标")


def render_village_page(spec: MapSpec, *, backdrop: Backdrop | None = None) -> str:
    """HTML page of a map.

    Parameters
    ----------
    spec
        From `taobaogis.maps.spec.village_map`.
    backdrop
        Map of others to show below; none by default, for the page then asks for it.

    Returns
    -------
    html
        One file with script, style and data inside; equal maps give equal text. Its policy
        forbids every script but its own, and every request but those for the backdrop. Names from
        the data are written as text, never as markup.
    """
    leaflet = pages.inline_script("leaflet.js")
    script = "".join(pages.inline_script(name) for name in _SCRIPTS)
    styles = "".join(pages.inline_style(f) for f in ("leaflet.css", "page.css", "village.css"))
    key_groups, other_groups = _grouped(spec)
    template = pages.environment().get_template("village.html.j2")
    return template.render(
        spec=spec,
        policy=pages.policy(leaflet, script, pictures=backdrop.hosts if backdrop else ()),
        backdrop=backdrop,
        styles=Markup(styles),  # noqa: S704 - our own file
        leaflet=Markup(leaflet),  # noqa: S704 - vendored file
        script=Markup(script),  # noqa: S704 - our own file
        licence=Markup(pages.asset("LEAFLET-LICENSE.txt")),  # noqa: S704 - vendored file
        packed=pack(spec, backdrop),
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


def _strip(spec: MapSpec) -> Scale | None:
    """Scale to keep in sight on a phone: the first visible one of lines."""
    return next(
        (
            layer.scale
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
