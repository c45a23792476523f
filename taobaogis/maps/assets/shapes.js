"use strict";
// From the packed numbers of a page to what Leaflet draws. All features of a layer are one path to
// Leaflet: tens of thousands of objects of their own would take most of the time to open a page.
const drawing = (() => {
  // --- corners as numbers ---------------------------------------------------------------
  // Where each of `count` owners begins in what it owns; without a list each owns one.
  const starts = (list, count) => {
    const at = new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) at[i + 1] = at[i] + (list.length ? list[i] : 1);
    return at;
  };
  const degrees = (steps) => {
    const out = new Float64Array(steps.length);
    let whole = 0;
    for (let i = 0; i < steps.length; i++) out[i] = (whole += steps[i]) / 1e7;
    return out;
  };
  // Corners of all features: `ring` says where each ring begins among them, `part` where each
  // part begins among the rings, `feature` where each feature begins among the parts.
  const shapes = (geometry, count) => {
    const feature = starts(geometry.features, count);
    const part = starts(geometry.parts, feature[count]);
    const ring = starts(geometry.rings, part[feature[count]]);
    return { count, lon: degrees(geometry.x), lat: degrees(geometry.y), feature, part, ring };
  };
  const between = (at, i, read) => {
    const out = [];
    for (let k = at[i]; k < at[i + 1]; k++) out.push(read(k));
    return out;
  };
  // A feature as Leaflet takes it: parts, rings, corners.
  const latLngs = (s, i) =>
    between(s.feature, i, (p) => between(s.part, p, (r) => between(s.ring, r, (k) => [s.lat[k], s.lon[k]])));

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

  // --- all features of a layer as one path -----------------------------------------------
  const least = 0.3; // corners nearer to each other than this, in px, are drawn as one
  const within = (low, value, high) => Math.min(high, Math.max(low, value));
  const Crowd = L.Path.extend({
    initialize(layer) {
      this.layer = layer;
      this.shapes = shapes(layer.geometry, layer.count);
      L.setOptions(this, { weight: this.widest = layer.kind === "line" ? 0 : layer.strokePx });
      for (const { size } of layer.classes) if (layer.kind !== "area") this.widest = Math.max(this.widest, size * 2);
      this.hit = -1;
    },

    // Where features lie, in the pixels of zoom 0.
    _place() {
      const { count, lon, lat, feature, part, ring } = this.shapes;
      const { crs } = this._map.options;
      const [x, y] = [new Float64Array(lon.length), new Float64Array(lon.length)];
      const at = L.latLng(0, 0);
      for (let k = 0; k < lon.length; k++) {
        [at.lat, at.lng] = [lat[k], lon[k]];
        const p = crs.latLngToPoint(at, 0);
        [x[k], y[k]] = [p.x, p.y];
      }
      const box = new Float64Array(4 * count);
      const all = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = 0; i < count; i++) {
        let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
        for (let k = ring[part[feature[i]]]; k < ring[part[feature[i + 1]]]; k++) {
          if (x[k] < west) west = x[k];
          if (x[k] > east) east = x[k];
          if (y[k] < north) north = y[k];
          if (y[k] > south) south = y[k];
        }
        [box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3]] = [west, north, east, south];
        all[0] = Math.min(all[0], west);
        all[1] = Math.min(all[1], north);
        all[2] = Math.max(all[2], east);
        all[3] = Math.max(all[3], south);
      }
      Object.assign(this, { x, y, box, all });
    },
    _project() {
      if (!this.x) this._place();
      const zoom = this._map.getZoom();
      this.scale = this._map.options.crs.scale(zoom) / this._map.options.crs.scale(0);
      this.origin = this._map.getPixelOrigin();
      // Lines thicken as one comes nearer. A crowd of symbols hides the village seen from afar.
      this.factor = 1;
      if (this.layer.kind === "line") this.factor = within(0.45, 2 ** ((zoom - 17) * 0.6), 3);
      if (this.layer.kind === "point") this.factor = within(0.5, 2 ** ((zoom - 17) * 0.45), 1.15);
      const away = this.widest * this.factor + 2;
      const corner = (k) => L.point(this.all[k] * this.scale - this.origin.x, this.all[k + 1] * this.scale - this.origin.y);
      this._pxBounds = this.shapes.count ? L.bounds(corner(0).subtract([away, away]), corner(2).add([away, away])) : L.bounds([0, 0], [0, 0]);
    },
    _update() { this._updatePath(); },

    _updatePath() {
      const { _drawing: drawing_, _ctx: pen, _bounds: seen } = this._renderer;
      if (!drawing_ || !this.shapes.count) return;
      const { layer, shapes: { count, feature, part, ring }, x, y, box, scale, factor } = this;
      const [left, top] = [this.origin.x, this.origin.y];
      const away = this.widest * factor + 1;
      const [west, east] = [(seen.min.x + left - away) / scale, (seen.max.x + left + away) / scale];
      const [north, south] = [(seen.min.y + top - away) / scale, (seen.max.y + top + away) / scale];
      const { kind, fillOpacity, codes } = layer;
      const apart = (least / scale) ** 2;
      // Leaflet runs several crowds on one pen.
      pen.save();
      pen.lineJoin = "round";
      pen.lineCap = kind === "line" ? "round" : "butt";
      pen.globalAlpha = 1;
      pen.setLineDash(!layer.dashed ? [] : kind === "line" ? [5, 7] : [9, 7]);
      if (kind !== "line") { pen.strokeStyle = layer.stroke; pen.lineWidth = layer.strokePx; }
      let code = -1;
      for (let i = 0; i < count; i++) {
        const b = 4 * i;
        if (box[b] > east || box[b + 2] < west || box[b + 1] > south || box[b + 3] < north) continue;
        if (codes[i] !== code) {
          // Lines of one class are one stroke: where they cross there is nothing to see.
          if (kind === "line" && code >= 0) pen.stroke();
          code = codes[i];
          const { colour, size } = layer.classes[code];
          pen.fillStyle = colour;
          if (kind === "line") { pen.strokeStyle = colour; pen.lineWidth = size * factor; pen.beginPath(); }
        }
        const [from, to] = [part[feature[i]], part[feature[i + 1]]];
        if (kind === "point") {
          const { shape, size } = layer.classes[code];
          const s = size * factor;
          for (let k = ring[from]; k < ring[to]; k++) {
            const [px, py] = [x[k] * scale - left, y[k] * scale - top];
            pen.beginPath();
            if (shape === "square") pen.rect(px - s, py - s, 2 * s, 2 * s);
            else if (shape === "diamond") { pen.moveTo(px, py - s); pen.lineTo(px + s, py); pen.lineTo(px, py + s); pen.lineTo(px - s, py); pen.closePath(); }
            else pen.arc(px, py, s, 0, 2 * Math.PI);
            pen.fill();
            if (layer.strokePx) pen.stroke();
          }
          continue;
        }
        if (kind === "area") pen.beginPath();
        for (let r = from; r < to; r++) {
          let [lastX, lastY] = [x[ring[r]], y[ring[r]]];
          pen.moveTo(lastX * scale - left, lastY * scale - top);
          for (let k = ring[r] + 1; k < ring[r + 1]; k++) {
            const isEnd = kind === "line" && k === ring[r + 1] - 1;
            if (!isEnd && (x[k] - lastX) ** 2 + (y[k] - lastY) ** 2 < apart) continue;
            [lastX, lastY] = [x[k], y[k]];
            pen.lineTo(lastX * scale - left, lastY * scale - top);
          }
          if (kind === "area") pen.closePath();
        }
        if (kind === "line") continue;
        if (fillOpacity) { pen.globalAlpha = fillOpacity; pen.fill("evenodd"); pen.globalAlpha = 1; }
        if (layer.strokePx) pen.stroke();
      }
      if (kind === "line" && code >= 0) pen.stroke();
      pen.restore();
    },

    // Whether a feature covers a place, and how far off its nearest edge is; pixels of zoom 0.
    _measure(i, px, py) {
      const { layer, shapes: { feature, part, ring }, x, y } = this;
      let [inside, near] = [false, Infinity];
      for (let r = part[feature[i]]; r < part[feature[i + 1]]; r++) {
        const [from, to] = [ring[r], ring[r + 1]];
        // An area's last side leads back to its first corner; a lone corner is its own side.
        for (let k = from, j = layer.kind === "area" || to - from === 1 ? to - 1 : from; k < to; j = k++) {
          if ((y[k] > py) !== (y[j] > py) && px < ((x[j] - x[k]) * (py - y[k])) / (y[j] - y[k]) + x[k]) inside = !inside;
          const [dx, dy] = [x[k] - x[j], y[k] - y[j]];
          const along = dx || dy ? within(0, ((px - x[j]) * dx + (py - y[j]) * dy) / (dx * dx + dy * dy), 1) : 0;
          near = Math.min(near, Math.hypot(px - x[j] - along * dx, py - y[j] - along * dy));
        }
      }
      return [inside, near];
    },
    // Ground that an area takes, in square pixels of zoom 0.
    size(i) {
      const { shapes: { feature, part, ring }, x, y } = this;
      let all = 0;
      for (let p = feature[i]; p < feature[i + 1]; p++) {
        for (let r = part[p]; r < part[p + 1]; r++) {
          let twice = 0;
          for (let k = ring[r], j = ring[r + 1] - 1; k < ring[r + 1]; j = k++) twice += x[j] * y[k] - x[k] * y[j];
          all += (Math.abs(twice) / 2) * (r === part[p] ? 1 : -1);
        }
      }
      return all;
    },
    // Where in an area words have room, as far from its edges as can be; null if nowhere.
    roomiest(i, roomPx) {
      const [west, north, east, south] = this.box.subarray(4 * i, 4 * i + 4);
      const room = roomPx / this.scale;
      const middle = [(west + east) / 2, (north + south) / 2];
      let [inside, best] = this._measure(i, ...middle);
      if (inside && best >= room) return middle;
      let place = null;
      best = room;
      const steps = 12;
      for (let a = 1; a < steps; a++) {
        for (let b = 1; b < steps; b++) {
          const at = [west + ((east - west) * a) / steps, north + ((south - north) * b) / steps];
          const [covered, near] = this._measure(i, ...at);
          if (covered && near > best) [best, place] = [near, at];
        }
      }
      return place;
    },

    // The uppermost feature at a point of the map's layers, or -1.
    at(point) {
      const { layer, shapes: { count }, box, scale, factor } = this;
      const [px, py] = [(point.x + this.origin.x) / scale, (point.y + this.origin.y) / scale];
      const reach = this._renderer.options.tolerance;
      for (let i = count - 1; i >= 0; i--) {
        const size = layer.classes[layer.codes[i]].size * factor;
        const away = (reach + (layer.kind === "point" ? size + layer.strokePx / 2 : (layer.kind === "line" ? size : layer.strokePx) / 2)) / scale;
        const b = 4 * i;
        if (px < box[b] - away || px > box[b + 2] + away || py < box[b + 1] - away || py > box[b + 3] + away) continue;
        const [inside, near] = this._measure(i, px, py);
        // An area that is not filled would take the clicks meant for what lies inside it.
        if (near <= away || (inside && layer.kind === "area" && layer.fillOpacity > 0)) return i;
      }
      return -1;
    },
    _containsPoint(point) {
      const met = this.company.meet(point);
      this.hit = met && met[0] === this ? met[1] : -1;
      return this.hit >= 0;
    },

    // --- one feature -----------------------------------------------------------------------
    boundsOf(i) { return L.latLngBounds(latLngs(this.shapes, i).flat(2)); },
    getBounds() {
      const box = L.latLngBounds([]);
      const { lat, lon } = this.shapes;
      for (let k = 0; k < lat.length; k++) box.extend([lat[k], lon[k]]);
      return box;
    },
    // The feature's outline, to lie above it while it is told of; nothing for a point.
    outline(i) {
      const style = { color: "#111c24", weight: 3, fill: false, interactive: false };
      const parts = latLngs(this.shapes, i);
      if (this.layer.kind === "point") return null;
      if (this.layer.kind === "area" && this.layer.fillOpacity > 0) return L.polygon(parts, style);
      const lines = this.layer.kind === "area" ? parts.flat().map((r) => [...r, r[0]]) : parts.map((p) => p[0]);
      return L.polyline(lines, { ...style, weight: 2, dashArray: "2 5" });
    },
  });

  // All crowds of a map, from the bottom upwards, and which of them a pointer meets: a point or a
  // line before an area, the uppermost first; of filled areas the smallest, so that what covers
  // the ground does not take the clicks meant for a house on it.
  class Company {
    constructor(map, crowds) {
      Object.assign(this, { map, crowds, key: "", met: null });
      for (const crowd of crowds) crowd.company = this;
      map.on("layeradd layerremove", () => { this.key = ""; });
    }
    meet(point) {
      const { x, y } = this.map.getPixelOrigin();
      const key = [point.x, point.y, x, y, this.map.getZoom()].join();
      if (key === this.key) return this.met;
      let [met, least] = [null, Infinity];
      for (let c = this.crowds.length - 1; c >= 0; c--) {
        const crowd = this.crowds[c];
        if (!this.map.hasLayer(crowd) || !crowd.x) continue;
        const hit = crowd.at(point);
        if (hit < 0) continue;
        if (crowd.layer.kind !== "area" || !crowd.layer.fillOpacity) { met = [crowd, hit]; break; }
        const size = crowd.size(hit);
        if (size < least) [met, least] = [[crowd, hit], size];
      }
      Object.assign(this, { key, met });
      return met;
    }
  }

  return { shapes, latLngs, Crowd, Company };
})();
