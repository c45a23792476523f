"use strict";
// From the packed text of a page to shapes that Leaflet draws: corners, symbols, styles.
const drawing = (() => {
  // --- unpacking -------------------------------------------------------------------------
  const unpack = async () => {
    const text = atob(document.getElementById("packed").textContent);
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  };
  const shapes = (geometry, count) => {
    const { x, y, rings, parts, features } = geometry;
    let [vertex, ring, part, lon, lat] = [0, 0, 0, 0, 0];
    const times = (n, read) => { const out = []; while (n-- > 0) out.push(read()); return out; };
    const point = () => {
      lon += x[vertex];
      lat += y[vertex++];
      return [lat / 1e7, lon / 1e7];
    };
    const number = (list, at) => (list.length ? list[at] : 1);
    const readRing = () => times(number(rings, ring++), point);
    const readPart = () => times(number(parts, part++), readRing);
    return Array.from({ length: count }, (_, i) => times(number(features, i), readPart));
  };

  // --- corners where they are: Leaflet rounds them to whole pixels, which makes houses crooked -
  const exact = function exact(latlng) {
    return this.project(L.latLng(latlng))._subtract(this.getPixelOrigin());
  };
  const rounded = L.Polyline.prototype._projectLatlngs;
  L.Polyline.include({
    _projectLatlngs(...given) {
      const map = this._map;
      map.latLngToLayerPoint = exact;
      rounded.apply(this, given);
      delete map.latLngToLayerPoint;
    },
  });
  L.Polyline.mergeOptions({ smoothFactor: 0.3 });

  // --- symbols that Leaflet does not have ------------------------------------------------
  const Symbol_ = L.CircleMarker.extend({
    _updatePath() {
      const r = this._renderer;
      if (this.options.shape === "circle") { r._updateCircle(this); return; }
      if (!r._drawing || this._empty()) return;
      const { x, y } = this._point;
      const s = this._radius;
      const pen = r._ctx;
      pen.beginPath();
      if (this.options.shape === "square") pen.rect(x - s, y - s, 2 * s, 2 * s);
      else { pen.moveTo(x, y - s); pen.lineTo(x + s, y); pen.lineTo(x, y + s); pen.lineTo(x - s, y); pen.closePath(); }
      r._fillStroke(pen, this);
    },
  });
  const styleOf = (layer, swatch) => {
    if (layer.kind === "line") {
      return { color: swatch.colour, weight: swatch.size, opacity: 1, lineCap: "round", lineJoin: "round", base: swatch.size, dashArray: layer.dashed ? "5 7" : null };
    }
    const edge = { color: layer.stroke, weight: layer.strokePx, opacity: 1 };
    if (layer.kind === "point") {
      return { ...edge, fillColor: swatch.colour, fillOpacity: 1, radius: swatch.size, base: swatch.size, shape: swatch.shape };
    }
    return {
      ...edge, fill: layer.fillOpacity > 0, lineJoin: "round", fillColor: swatch.colour, fillOpacity: layer.fillOpacity,
      dashArray: layer.dashed ? "9 7" : null,
    };
  };
  const draw = (layer, parts, options) => {
    if (layer.kind === "area" && layer.fillOpacity > 0) return L.polygon(parts, options);
    // A polygon would take the clicks meant for what lies inside it.
    if (layer.kind === "area") return L.polyline(parts.flat().map((r) => [...r, r[0]]), options);
    if (layer.kind === "line") return L.polyline(parts.map((p) => p[0]), options);
    return new Symbol_(parts[0][0][0], options);
  };

  return { unpack, shapes, styleOf, draw };
})();
