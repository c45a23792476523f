"""Maps in notebooks: a `folium.Map` that works without the network; the only door to folium.

Folium points to servers that are slow or out of reach in China, and is blank without them. Here
every library it needs is put into the page, and whatever is not at hand is an error, not a gap.
"""

from __future__ import annotations

import copy
import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import folium
import geopandas as gpd
import shapely
from branca.element import Element, Figure, MacroElement
from folium.raster_layers import TileLayer, WmsTileLayer
from jinja2 import Template

from taobaogis.crs import LONLAT
from taobaogis.errors import ExportError, InputError, did_you_mean
from taobaogis.maps import pages, words
from taobaogis.maps.spec import village_map
from taobaogis.maps.values import name_pairs, value_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from taobaogis.maps.model import Label, MapLayer, MapSpec, Scale, Swatch
    from taobaogis.results import StudyResult, VillageResult

__all__ = ["OfflineMap", "map_of"]

Language = Literal["en", "zh"]

_SCRIPT = re.compile(r'<script[^>]*\ssrc="([^"]+)"[^>]*>\s*</script>')
_STYLE = re.compile(r'<link[^>]*\shref="([^"]+)"[^>]*/?>')
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:\">"
)
_ICONS = {"iconUrl": "marker-icon", "iconRetinaUrl": "marker-icon-2x", "shadowUrl": "marker-shadow"}
_LOOK = """
<style>
.tb-box, .tb-credit, div.leaflet-container { font: 13px/1.45 system-ui, sans-serif; }
div.leaflet-container { background: #fbfaf7; }
.leaflet-control-scale-line:not(:first-child) { display: none; }
.leaflet-control-layers label { font-size: 13px; }
.tb-box { position: absolute; left: 10px; top: 10px; z-index: 900; max-width: 230px;
  background: #fff; border-radius: 8px; padding: 8px 12px;
  box-shadow: 0 1px 7px rgba(40,50,60,.22); }
.tb-box b { display: block; font-size: 15px; }
.tb-box i { display: inline-block; width: 20px; height: 9px; margin-right: 8px;
  border-radius: 2px; }
.tb-warn { color: #7a4a00; background: #ffefcc; padding: 1px 6px; border-radius: 4px;
  font-weight: 600; display: inline-block; }
.tb-credit { position: absolute; left: 0; right: 0; bottom: 0; z-index: 900;
  background: rgba(255,255,255,.85); padding: 1px 10px 2px; color: #5d6b74; }
div.leaflet-bottom { bottom: 22px; }
div.leaflet-popup-content { margin: 10px 14px; }
.leaflet-popup-content th { text-align: left; font-weight: 400; color: #5d6b74;
  padding-right: 12px; }
.leaflet-popup-content td { text-align: right; overflow-wrap: anywhere; }
</style>"""


class OfflineMap(folium.Map):
    """A folium map whose page holds everything it needs.

    Anything that folium can add to a map may be added, as long as it needs no further library
    and no tiles.
    """

    default_js = [  # noqa: RUF012 - as in folium
        ("leaflet", "leaflet.js"),
        ("jquery", "jquery.slim.min.js"),
        ("shapes", "shapes.js"),
        ("labels", "labels.js"),
        ("names", "notebook.js"),
    ]
    default_css = [("leaflet_css", "leaflet.css")]  # noqa: RUF012 - as in folium

    def page(self) -> str:
        """HTML of the map as one file; equal maps give equal text.

        Raises
        ------
        InputError
            If something on the map needs tiles or a library that is not vendored.
        """
        # Folium adds to the tree whenever it renders it, so a copy is rendered.
        root = copy.deepcopy(_figure(self))
        for i, element in enumerate(_elements(root)):
            if isinstance(element, (TileLayer, WmsTileLayer)):
                message = "an offline map has no tiles; take the tile layer off, or use folium.Map."
                raise InputError(message)
            # Folium draws these at random.
            element._id = f"{i:06d}"  # noqa: SLF001 - no public way
        text = root.render()
        text = _SCRIPT.sub(lambda found: _script(found[1]), text)
        text = _STYLE.sub(lambda found: _style(found[1]), text)
        return text.replace("<head>", f"<head>{_POLICY}{_licences()}", 1)

    # To write to a stream, take `page`.
    def save(self, outfile: str | Path) -> None:  # type: ignore[override]
        """Write `page` to a file.

        Parameters
        ----------
        outfile
            Path to write to.

        Raises
        ------
        InputError
            As `page`.
        ExportError
            If the file cannot be written.
        """
        text = self.page()
        try:
            Path(outfile).write_text(text, encoding="utf-8")
        except OSError as error:
            message = f"'{Path(outfile).name}' could not be written ({error.strerror or error})."
            raise ExportError(message) from error

    def _repr_html_(self, **_: Any) -> str:  # noqa: ANN401 - as in folium
        """What a notebook shows: the page in a frame of its own."""
        return (
            f'<iframe srcdoc="{html.escape(self.page())}" title="taobaogis" '
            'style="width:100%;height:560px;border:1px solid #e2dfd8;border-radius:8px"></iframe>'
        )


def map_of(
    result: VillageResult,
    study: StudyResult,
    *layers: str,
    language: Language = "en",
) -> OfflineMap:
    """Map of a village to look at in a notebook and to add to.

    Parameters
    ----------
    result
        The village.
    study
        The run it belongs to.
    *layers
        Keys of the layers to show, and no others but the boundary; all layers if none is named,
        those of first sight switched on.
    language
        Of the labels.

    Returns
    -------
    map
        The layers of `taobaogis.maps.spec.village_map` that hold anything, each switchable.

    Raises
    ------
    InputError
        If there is no layer of a name.
    """
    spec = village_map(result, study)
    if layers:
        spec = _only(spec, layers)
    outline = _lonlat([spec.boundary], spec)[0]
    west, south, east, north = outline.bounds
    drawn = OfflineMap(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        prefer_canvas=True,
        zoom_control="bottomright",
        attribution_control=False,
    )
    groups = {
        layer.key: _group(layer, spec, language) for layer in spec.layers if len(layer.features)
    }
    for group in groups.values():
        group.add_to(drawn)
    drawn.fit_bounds([[south, west], [north, east]], padding=(20, 20))
    folium.Control("Scale", position="bottomleft", imperial=False).add_to(drawn)
    folium.LayerControl(collapsed=False).add_to(drawn)
    _Names(spec, groups, language).add_to(drawn)
    figure = _figure(drawn)
    figure.header.add_child(Element(_LOOK), name="look")
    figure.html.add_child(Element(_icons()), name="icons")
    figure.html.add_child(Element(_box(spec, language)), name="box")
    return drawn


class _Names(MacroElement):
    """What writes the names of what is drawn onto a map."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "names({{ this._parent.get_name() }}, {{ this.listed() }});"
        "{% endmacro %}"
    )

    def __init__(
        self, spec: MapSpec, groups: Mapping[str, folium.FeatureGroup], language: Language
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._layers = [
            (layer, groups[layer.key])
            for layer in spec.layers
            if layer.key in groups
            and (layer.kind == "point" or (layer.named_by is not None and layer.lettered))
        ]
        self._language = language

    def listed(self) -> str:
        """The layers as the script takes them; braces would be read as a template."""
        rows = []
        for layer, group in self._layers:
            below = group._children.values()  # noqa: SLF001 - no public way
            features = next(child for child in below if isinstance(child, folium.GeoJson))
            classes = layer.scale.classes
            told = [
                layer.kind,
                layer.fill_opacity > 0,
                [_in(swatch.label, self._language) for swatch in classes],
                [swatch.size_px for swatch in classes],
            ]
            text = json.dumps(told)[1:-1]
            for mark in "{}<":
                text = text.replace(mark, f"\\u{ord(mark):04x}")
            rows.append(f"[{group.get_name()}, {features.get_name()}, {text}]")
        return f"[{', '.join(rows)}]"


def _only(spec: MapSpec, keys: Sequence[str]) -> MapSpec:
    """Map with the layers asked for, all switched on, and the boundary."""
    known = [layer.key for layer in spec.layers]
    for key in keys:
        if key not in known:
            message = f"the map has no layer '{key}'. {did_you_mean(key, known)}"
            raise InputError(message.strip())
    chosen = (layer for layer in spec.layers if layer.key in {*keys, "boundary"})
    return replace(spec, layers=tuple(replace(layer, visible=True) for layer in chosen))


def _figure(drawn: folium.Map) -> Figure:
    figure = drawn.get_root()
    if not isinstance(figure, Figure):
        message = "the map is part of something else than a page; take it off and draw it alone."
        raise InputError(message)
    return figure


def _elements(element: Element) -> Iterator[Element]:
    """An element and all below it, in the order in which they were added."""
    yield element
    for part in ("header", "html", "script"):
        below = getattr(element, part, None)
        if isinstance(below, Element):
            yield from _elements(below)
    for child in element._children.values():  # noqa: SLF001 - no public way
        yield from _elements(child)


def _licences() -> str:
    texts = "\n".join(pages.asset(f"{name}-LICENSE.txt") for name in ("LEAFLET", "JQUERY"))
    return f"<!--\nLeaflet and jQuery are part of this page.\n\n{texts}-->"


def _script(name: str) -> str:
    return f"<script>{pages.inline_script(_vendored(name))}</script>"


def _style(name: str) -> str:
    return f"<style>{pages.inline_style(_vendored(name))}</style>"


def _vendored(name: str) -> str:
    try:
        pages.asset(name)
    except FileNotFoundError as error:
        message = f"an offline map cannot use '{name}'; take off what needs it, or use folium.Map."
        raise InputError(message) from error
    return name


def _escaped(text: str) -> str:
    """Text that is neither markup to a browser nor a template to folium, which reads it twice."""
    return html.escape(text).replace("{", "&#123;").replace("}", "&#125;")


def _icons() -> str:
    """Markers' pictures, which Leaflet would look for beside its style sheet."""
    links = ", ".join(f'{key}: "{pages.picture(name)}"' for key, name in _ICONS.items())
    return f"<script>L.Icon.Default.mergeOptions({{imagePath: '', {links}}});</script>"


def _group(layer: MapLayer, spec: MapSpec, language: Language) -> folium.FeatureGroup:
    group = folium.FeatureGroup(name=_in(layer.name, language), show=layer.visible)
    rows = _properties(layer, language)
    codes = layer.scale.codes(layer.features).tolist()
    # Written onto a canvas and never as markup; braces would be read as a template.
    named = [
        pair[language == "zh"].replace("{", "(").replace("}", ")") for pair in name_pairs(layer)
    ]
    shapes = _lonlat(layer.features.geometry, spec)
    features = [
        {
            "type": "Feature",
            "id": str(i),
            "properties": {**row, "class": code, "name": name},
            "geometry": shapely.geometry.mapping(shape),
        }
        for i, (row, code, name, shape) in enumerate(zip(rows, codes, named, shapes, strict=True))
    ]
    styles = [_look(layer, swatch) for swatch in layer.scale.classes]
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        style_function=lambda feature: styles[feature["properties"]["class"]],
        marker=folium.CircleMarker(fill=True) if layer.kind == "point" else None,
        popup=folium.GeoJsonPopup(fields=list(rows[0]), localize=False) if rows[0] else None,
    ).add_to(group)
    return group


def _properties(layer: MapLayer, language: Language) -> list[dict[str, str]]:
    """What a click tells, escaped: folium writes it into the page as markup."""
    at = 0 if language == "en" else 1
    columns: dict[str, list[str]] = {}
    if layer.named_by is not None:
        title = _in(layer.noun, language)
        columns[title] = [pair[at] for pair in name_pairs(layer)]
    for line in layer.fields:
        texts = value_pairs(line, layer.features[line.column])
        columns[_in(line.name, language)] = [pair[at] for pair in texts]
    escaped = {
        _escaped(name): [_escaped(text) or "–" for text in texts] for name, texts in columns.items()
    }
    return [{name: texts[i] for name, texts in escaped.items()} for i in range(len(layer.features))]


def _look(layer: MapLayer, swatch: Swatch) -> dict[str, Any]:
    if layer.kind == "line":
        return {"color": swatch.colour, "weight": swatch.size_px, "opacity": 1}
    look = {"color": layer.stroke, "weight": layer.stroke_px, "fillColor": swatch.colour}
    if layer.kind == "point":
        return {**look, "fillOpacity": 1, "radius": swatch.size_px}
    dashes = {"dashArray": "9 7"} if layer.dashed else {}
    filled = layer.fill_opacity > 0
    return {**look, **dashes, "fill": filled, "fillOpacity": layer.fill_opacity}


def _box(spec: MapSpec, language: Language) -> str:
    """Title, legend of the layer that matters most, warning and source line."""
    lines = [f"<b>{_escaped(_in(spec.title, language))}</b>"]
    if spec.banner is not None:
        lines.append(f'<span class="tb-warn">{_escaped(_in(spec.banner, language))}</span>')
    scale = _legend_of(spec)
    if scale is not None:
        title, unit = _in(scale.title, language), _in(scale.unit, language)
        lines.append(f"<div>{_escaped(f'{title} ({unit})' if unit else title)}</div>")
        lines += [
            f'<div><i style="background:{swatch.colour}"></i>'
            f"{_escaped(_in(swatch.label, language))}</div>"
            for swatch in scale.classes
        ]
    if spec.is_circle:
        lines.append(f'<div class="tb-warn">{_escaped(_in(words.CIRCLE, language))}</div>')
    credit = _escaped(spec.attribution)
    return f'<div class="tb-box">{"".join(lines)}</div><div class="tb-credit">{credit}</div>'


def _legend_of(spec: MapSpec) -> Scale | None:
    """Scale to explain: of the topmost layer of lines that is shown, or of areas, or of points."""
    shown = [m for m in reversed(spec.layers) if m.visible and len(m.features)]
    for kind in ("line", "area", "point"):
        for layer in shown:
            if layer.kind == kind and len(layer.scale.swatches) > 1:
                return layer.scale
    return None


def _in(label: Label, language: Language) -> str:
    return label.en if language == "en" else label.zh


def _lonlat(shapes: Any, spec: MapSpec) -> list[Any]:  # noqa: ANN401 - any sequence of shapes
    moved = gpd.GeoSeries(shapes, crs=spec.crs).to_crs(LONLAT)
    return list(shapely.transform(moved.to_numpy(), lambda xy: xy.round(7)))
