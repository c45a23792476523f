"use strict";
// Names on a map in a notebook, as on a page: `layers` are what folium drew, one list each of the
// group, the features in it, the kind, whether areas are filled, words and sizes of the classes.
const language = { pick: (text) => text };
const names = (map, layers) => {
  const crowds = layers.map(([group, json, kind, filled, words, sizes]) => {
    const [lon, lat, feature, part, ring, codes, values, texts] = [[], [], [0], [0], [0], [], [], []];
    json.eachLayer(({ feature: { geometry: { type, coordinates }, properties } }) => {
      const parts = type.startsWith("Multi") ? coordinates : [coordinates];
      for (const one of parts) {
        for (const corners of kind === "area" ? one : kind === "line" ? [one] : [[one]]) {
          // As on a page, rings are closed by whoever draws them.
          for (const [x, y] of kind === "area" ? corners.slice(0, -1) : corners) { lon.push(x); lat.push(y); }
          ring.push(lon.length);
        }
        part.push(ring.length - 1);
      }
      feature.push(part.length - 1);
      codes.push(properties.class);
      values.push(properties.name ? texts.push(properties.name) - 1 : -1);
    });
    const crowd = Object.create(drawing.Crowd.prototype);
    const classes = words.map((label, i) => ({ label, size: sizes[i] }));
    const layer = { kind, lettered: true, fillOpacity: Number(filled), classes, codes, strokePx: 1, names: { texts, values } };
    return Object.assign(crowd, { _map: map, group, layer, widest: 0, shapes: { count: codes.length, lon, lat, feature, part, ring } });
  });
  const written = new lettering(crowds);
  const { _project } = written;
  written._project = function project() {
    for (const crowd of crowds) { crowd._project(); crowd.factor = 1; }
    _project.call(this);
  };
  written.addTo(map);
  map.on("layeradd", ({ layer }) => { if (layer !== written) written.bringToFront(); });
  map.on("layerremove", () => written.redraw());
};
