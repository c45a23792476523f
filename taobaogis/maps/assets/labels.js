"use strict";
// Names on the map: of what is drawn, in the reader's language, where there is room.
const lettering = (() => {
  const size = 12;
  const apart = 260; // px between two places of the same name
  const least = { point: 17.25, area: 15, line: 14.5 }; // zoom from which names of a kind are written

  // Text along a line, if it is long and straight enough: its middle and its turn.
  const along = (xy, width) => {
    const ends = [0];
    for (let k = 1; k < xy.length; k++) ends.push(ends[k - 1] + Math.hypot(xy[k][0] - xy[k - 1][0], xy[k][1] - xy[k - 1][1]));
    const whole = ends[ends.length - 1];
    if (whole < width + 8) return null;
    const at = (far) => {
      let k = 1;
      while (k < ends.length - 1 && ends[k] < far) k++;
      const part = (far - ends[k - 1]) / (ends[k] - ends[k - 1] || 1);
      return [xy[k - 1][0] + part * (xy[k][0] - xy[k - 1][0]), xy[k - 1][1] + part * (xy[k][1] - xy[k - 1][1])];
    };
    const [a, b] = [at((whole - width) / 2), at((whole + width) / 2)];
    if (Math.hypot(b[0] - a[0], b[1] - a[1]) < 0.93 * width) return null;
    const turn = Math.atan2(b[1] - a[1], b[0] - a[0]);
    const upright = Math.abs(turn) > Math.PI / 2 ? turn - Math.sign(turn) * Math.PI : turn;
    return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, turn: upright };
  };

  return L.Path.extend({
    // `over` gives the elements that lie over the map.
    initialize(crowds, over = () => []) {
      this.crowds = crowds;
      this.over = over;
      this.font = `500 ${size}px ${getComputedStyle(document.body).fontFamily}`;
      L.setOptions(this, { interactive: false, weight: 0 });
    },
    _project() { this._pxBounds = L.bounds([-1e6, -1e6], [1e6, 1e6]); },
    _update() { this._updatePath(); },
    _containsPoint() { return false; },
    _isOn(crowd) { return this._map.hasLayer(crowd.group || crowd); },
    // Boxes of all symbols on the map: no name hides one.
    _symbols() {
      const { _bounds: seen } = this._renderer;
      const boxes = [];
      for (const { layer, shapes, box, scale, origin, factor } of this.crowds.filter((c) => c.layer.kind === "point" && this._isOn(c))) {
        for (let i = 0; i < shapes.count; i++) {
          const [x, y] = [box[4 * i] * scale - origin.x, box[4 * i + 1] * scale - origin.y];
          if (x < seen.min.x || x > seen.max.x || y < seen.min.y || y > seen.max.y) continue;
          const s = layer.classes[layer.codes[i]].size * factor;
          boxes.push([x - s, y - s, x + s, y + s]);
        }
      }
      return boxes;
    },
    // Boxes of what lies over the map: no name runs beneath it.
    _hidden() {
      const map = this._map.getContainer().getBoundingClientRect();
      const point = (x, y) => this._map.containerPointToLayerPoint([x - map.left, y - map.top]);
      return this.over().filter((element) => element.offsetWidth).map((element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        const [a, b] = [point(left, top), point(right, bottom)];
        return [a.x, a.y, b.x, b.y];
      });
    },
    _updatePath() {
      const { _drawing: drawing_, _ctx: pen, _bounds: seen } = this._renderer;
      if (!drawing_) return;
      const zoom = this._map.getZoom();
      const taken = zoom < least.point ? this._hidden() : [...this._hidden(), ...this._symbols()];
      const written = new Map();
      pen.save();
      pen.globalAlpha = 1; // as whoever drew before left it
      pen.setLineDash([]);
      pen.font = this.font;
      pen.textBaseline = "middle";
      pen.lineJoin = "round";
      pen.lineWidth = 3;
      pen.strokeStyle = "rgba(255, 255, 255, .92)";
      pen.fillStyle = "#22303a";
      const write = (text, place, width, align) => {
        const { x, y, turn } = place;
        const [c, s] = [Math.abs(Math.cos(turn)), Math.abs(Math.sin(turn))];
        const [w, h] = [(c * width + s * size) / 2 + 2, (s * width + c * size) / 2 + 2];
        const middle = align === "left" ? x + width / 2 : x;
        const box = [middle - w, y - h, middle + w, y + h];
        if (taken.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) return false;
        taken.push(box);
        pen.save();
        pen.translate(x, y);
        pen.rotate(turn);
        pen.textAlign = align;
        pen.strokeText(text, 0, 0);
        pen.fillText(text, 0, 0);
        pen.restore();
        return true;
      };
      // What lies higher is named first.
      for (const crowd of [...this.crowds].reverse()) {
        const { layer, shapes, x, y, box, scale, origin } = crowd;
        if (!layer.lettered || !this._isOn(crowd) || !layer.names.values.length || zoom < least[layer.kind]) continue;
        // What an outline stands for fills the map, and the title names it.
        if (layer.kind === "area" && !layer.fillOpacity) continue;
        const px = (k) => [x[k] * scale - origin.x, y[k] * scale - origin.y];
        for (let i = 0; i < shapes.count; i++) {
          const at = layer.names.values[i];
          if (at < 0) continue;
          const b = [box[4 * i] * scale - origin.x, box[4 * i + 1] * scale - origin.y, box[4 * i + 2] * scale - origin.x, box[4 * i + 3] * scale - origin.y];
          if (b[0] > seen.max.x || b[2] < seen.min.x || b[1] > seen.max.y || b[3] < seen.min.y) continue;
          const text = language.pick(layer.names.texts[at]);
          // What the legend calls it already need not stand on it.
          if (text.length > 28 || language.pick(layer.classes[layer.codes[i]].label).startsWith(text)) continue;
          const width = pen.measureText(text).width;
          let place = { x: (b[0] + b[2]) / 2, y: (b[1] + b[3]) / 2, turn: 0 };
          if (layer.kind === "line") {
            const r = shapes.part[shapes.feature[i]];
            const xy = [];
            for (let k = shapes.ring[r]; k < shapes.ring[r + 1]; k++) xy.push(px(k));
            place = along(xy, width);
          } else if (layer.kind === "area") {
            const room = b[2] - b[0] < 0.9 * width ? null : crowd.roomiest(i, size / 2);
            place = room && { x: room[0] * scale - origin.x, y: room[1] * scale - origin.y, turn: 0 };
          }
          if (!place) continue;
          const before = written.get(text) || [];
          if (before.some((p) => Math.hypot(p.x - place.x, p.y - place.y) < apart)) continue;
          const beside = layer.kind === "point";
          if (beside) place.x += layer.classes[layer.codes[i]].size * crowd.factor + 4;
          if (write(text, place, width, beside ? "left" : "center")) written.set(text, [...before, place]);
        }
      }
      pen.restore();
    },
  });
})();
