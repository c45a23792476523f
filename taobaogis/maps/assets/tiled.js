"use strict";
// The map of very many features: vector tiles that stand in the page, drawn by MapLibre.
(async () => {
  const started = performance.now();
  const words = {
    zoomIn: ["Zoom in", "放大"],
    zoomOut: ["Zoom out", "缩小"],
    close: ["Close", "关闭"],
    noGl: [
      "This browser cannot draw the map: it has no WebGL.",
      "此浏览器不支持 WebGL，无法显示地图。",
    ],
    plain: ["Open the plain map", "打开普通地图"],
  };
  const { make, unpack, bytes } = telling;
  const { byId, phone } = panels;
  const data = await unpack("packed");
  if (!document.createElement("canvas").getContext("webgl2")) {
    const link = make("a");
    link.href = data.plain;
    language.listen(() => { link.textContent = language.pick(words.plain); });
    telling.sorry(words.noGl, ...(data.plain ? [" ", link] : []));
    document.body.dataset.ready = "";
    return;
  }

  // --- tiles from the page itself ------------------------------------------------------------
  const protocol = new pmtiles.Protocol();
  maplibregl.addProtocol("pmtiles", protocol.tile);
  const sources = {};
  for (const { key, zooms } of data.layers) {
    const held = bytes(`tiles-${key}`).buffer;
    protocol.add(new pmtiles.PMTiles({
      getKey: () => key,
      getBytes: async (offset, length) => ({ data: held.slice(offset, offset + length) }),
    }));
    sources[key] = { type: "vector", tiles: [`pmtiles://${key}/{z}/{x}/{y}`], minzoom: zooms[0], maxzoom: zooms[1] };
  }

  // --- how layers look: as on the plain page, whose zoom is one more ---------------------------
  const grown = (power, low, high, size) => {
    const stops = [8, 10, 12, 14, 15, 16, 17, 18, 20];
    const at = (zoom) => Math.min(high, Math.max(low, 2 ** ((zoom + 1 - 17) * power)));
    return ["interpolate", ["exponential", 2 ** power], ["zoom"], ...stops.flatMap((zoom) => [zoom, ["*", at(zoom), size]])];
  };
  const byClass = (layer, read) => {
    const values = layer.classes.map(read);
    if (new Set(values).size === 1) return values[0];
    return ["match", ["get", "c"], ...values.slice(1).flatMap((value, i) => [i + 1, value]), values[0]];
  };
  const symbol = ({ colour, size, shape }, layer) => {
    const scale = 4;
    const half = (size + layer.strokePx) * scale;
    const canvas = make("canvas");
    canvas.width = canvas.height = Math.ceil(2 * half);
    const pen = canvas.getContext("2d");
    const s = size * scale;
    pen.translate(canvas.width / 2, canvas.height / 2);
    pen.beginPath();
    if (shape === "square") pen.rect(-s, -s, 2 * s, 2 * s);
    else if (shape === "diamond") { pen.moveTo(0, -s); pen.lineTo(s, 0); pen.lineTo(0, s); pen.lineTo(-s, 0); pen.closePath(); }
    else pen.arc(0, 0, s, 0, 2 * Math.PI);
    pen.fillStyle = colour;
    pen.fill();
    pen.strokeStyle = layer.stroke;
    pen.lineWidth = layer.strokePx * scale;
    if (layer.strokePx) pen.stroke();
    return pen.getImageData(0, 0, canvas.width, canvas.height);
  };
  const styles = (layer) => {
    const base = { source: layer.key, "source-layer": layer.key };
    const layout = { visibility: layer.visible ? "visible" : "none" };
    if (layer.kind === "point") {
      return [{ ...base, id: layer.key, type: "symbol", layout: {
        ...layout, "icon-image": ["concat", `${layer.key}:`, ["get", "c"]], "icon-allow-overlap": true, "icon-padding": 0,
        "icon-size": grown(0.45, 0.5, 1.15, 1),
      } }];
    }
    const colour = byClass(layer, (swatch) => swatch.colour);
    if (layer.kind === "line") {
      return [{ ...base, id: layer.key, type: "line", layout: { ...layout, "line-cap": "round", "line-join": "round" },
        paint: { "line-color": colour, "line-width": grown(0.6, 0.45, 3, byClass(layer, (swatch) => swatch.size)),
          ...(layer.dashed ? { "line-dasharray": [1.5, 2] } : {}) } }];
    }
    const edge = { ...base, id: `${layer.key} edge`, type: "line", layout: { ...layout, "line-join": "round" }, paint: {
      "line-color": layer.stroke,
      // Far off an edge would be all that is left of a small area.
      "line-width": layer.fillOpacity ? ["interpolate", ["linear"], ["zoom"], 13, 0, 15, layer.strokePx] : layer.strokePx,
      ...(layer.dashed ? { "line-dasharray": [4, 3] } : {}),
    } };
    if (!layer.fillOpacity) return [{ ...edge, id: layer.key }];
    return [{ ...base, id: layer.key, type: "fill", layout, paint: { "fill-color": colour, "fill-opacity": layer.fillOpacity, "fill-antialias": false } }, edge];
  };

  // --- names, drawn with the fonts of the machine, as no glyphs are named to be fetched ---------
  const least = { point: 16.25, area: 14, line: 13.5 }; // zoom from which names of a kind are written
  const fonts = ["system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC"];
  // What the legend calls it already need not stand on it.
  const written = (layer) => ["to-string", ["at", ["get", "n"], ["literal", layer.names.map((name) => {
    const text = language.pick(name);
    const told = layer.classes.some(({ label }) => language.pick(label).startsWith(text));
    return told || text.length > 28 ? "" : text;
  })]]];
  const called = new Map(data.layers.map((layer) => [layer, new Set(layer.names.map(([en, zh]) => `${en} ${zh}`))]));
  // Streets picked out of the streets bear the same names beside the same lines.
  const again = (layer) => data.layers.some((other) => other.kind === layer.kind && other.names.length > layer.names.length
    && [...called.get(layer)].every((name) => called.get(other).has(name)));
  const lettered = data.layers.filter((layer) => layer.lettered && layer.names.length && (layer.kind !== "area" || layer.fillOpacity) && !again(layer));
  const nameStyle = (layer) => ({
    id: `${layer.key} names`, type: "symbol", source: layer.key, "source-layer": layer.key,
    filter: ["has", "n"], minzoom: least[layer.kind],
    layout: {
      visibility: layer.visible ? "visible" : "none", "text-field": written(layer), "text-font": fonts, "text-size": 12,
      ...(layer.kind === "line" ? { "symbol-placement": "line", "symbol-spacing": 260, "text-max-angle": 25 } : {}),
      ...(layer.kind === "point" ? { "text-anchor": "left", "text-max-width": 20, "text-padding": 1, "text-offset": [(Math.max(...layer.classes.map(({ size }) => size)) * 1.15 + layer.strokePx + 4) / 12, 0] } : {}),
    },
    paint: { "text-color": "#22303a", "text-halo-color": "rgba(255, 255, 255, .92)", "text-halo-width": 1.5 },
  });

  // --- the map -------------------------------------------------------------------------------
  const layers = data.layers.flatMap(styles);
  // What stands higher is placed first: symbols, then the names that make way for them.
  const stack = [...layers.filter(({ type }) => type !== "symbol"), ...lettered.map(nameStyle), ...layers.filter(({ type }) => type === "symbol")];
  const map = new maplibregl.Map({
    container: "map",
    style: { version: 8, sources, layers: [{ id: "paper", type: "background", paint: { "background-color": "#fbfaf7" } }, ...stack] },
    attributionControl: false, dragRotate: false, pitchWithRotate: false, maxPitch: 0, maxZoom: 20, fadeDuration: 0,
    locale: { "Map.Title": language.pick(["Map", "地图"]) },
    canvasContextAttributes: { antialias: true, preserveDrawingBuffer: true },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.on("styleimagemissing", ({ id }) => {
    const [key, code] = id.split(":");
    const layer = data.layers.find((one) => one.key === key);
    if (layer && !map.hasImage(id)) map.addImage(id, symbol(layer.classes[Number(code)], layer), { pixelRatio: 4 });
  });
  const margin = () => ({ top: 24, left: 24, right: panels.covered(), bottom: phone.matches ? 84 : 44 });
  const box = (b) => [[b[0], b[1]], [b[2], b[3]]];
  map.fitBounds(box(data.bounds), { animate: false, padding: margin() });
  let touched = false;
  for (const kind of ["pointerdown", "wheel", "keydown"]) {
    byId("map").addEventListener(kind, () => {
      touched = true;
      byId("map").classList.toggle("by-pointer", kind === "pointerdown");
    }, { passive: true });
  }
  map.on("resize", () => { if (!touched) map.fitBounds(box(data.bounds), { animate: false, padding: margin() }); });

  const zoomer = make("div", undefined, "maplibregl-ctrl zoomer");
  const [plus, minus] = [make("button", "+"), make("button", "−")];
  plus.addEventListener("click", () => map.zoomIn());
  minus.addEventListener("click", () => map.zoomOut());
  for (const button of [plus, minus]) { button.type = "button"; zoomer.append(button); }
  map.addControl({ onAdd: () => zoomer, onRemove: () => zoomer.remove() }, "bottom-right");
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 140 }), "bottom-left");

  // --- what a click tells ----------------------------------------------------------------------
  const popup = new maplibregl.Popup({ maxWidth: "320px", focusAfterOpen: false });
  let opened = null;
  let back = null;
  const fill = () => {
    const { layer, feature, name } = opened;
    const { properties } = feature;
    const values = layer.fields.map((_, k) => properties[`f${k}`] ?? null);
    popup.setDOMContent(telling.card(layer, layer.fields, { name, code: properties.c, values }));
    const closer = popup.getElement() && popup.getElement().querySelector(".maplibregl-popup-close-button");
    if (closer) closer.setAttribute("aria-label", language.pick(words.close));
  };
  const nameAt = (layer, properties) => ("n" in properties ? layer.names[properties.n].slice(0, 2) : null);
  const open = (feature, at, from = null) => {
    const layer = data.layers.find((one) => one.key === feature.source);
    opened = { layer, feature, name: nameAt(layer, feature.properties) };
    touched = true;
    if (!popup.isOpen()) popup.setLngLat(at).addTo(map);
    popup.setLngLat(at);
    fill();
    const frame = popup.getElement();
    frame.setAttribute("role", "dialog");
    frame.setAttribute("aria-label", frame.querySelector("h3").textContent);
    frame.tabIndex = -1;
    frame.onkeydown = (event) => { if (event.key === "Escape") popup.remove(); };
    if (from) frame.focus({ preventScroll: true });
    back = from;
  };
  popup.on("close", () => {
    opened = null;
    if (back) back.focus({ preventScroll: true });
    back = null;
  });
  const ids = layers.map((layer) => layer.id).filter((id) => !id.endsWith(" edge"));
  // A point or a line before an area, the uppermost first; of filled areas the smallest, so that
  // what covers the ground does not take the clicks meant for a house on it.
  const byKey = new Map(data.layers.map((layer) => [layer.key, layer]));
  const ground = ({ geometry: { type, coordinates } }) => {
    let all = 0;
    for (const rings of type === "Polygon" ? [coordinates] : coordinates) {
      rings.forEach((ring, r) => {
        let twice = 0;
        for (let k = 0, j = ring.length - 1; k < ring.length; j = k++) twice += ring[j][0] * ring[k][1] - ring[k][0] * ring[j][1];
        all += Math.abs(twice) * (r ? -1 : 1);
      });
    }
    return all;
  };
  const under = (point, away) => {
    const found = map.queryRenderedFeatures(
      [[point.x - away, point.y - away], [point.x + away, point.y + away]], { layers: ids },
    );
    const isGround = (feature) => { const layer = byKey.get(feature.source); return layer.kind === "area" && layer.fillOpacity > 0; };
    const first = found.find((feature) => !isGround(feature));
    if (first) return first;
    const sizes = found.map(ground);
    return found[sizes.indexOf(Math.min(...sizes))];
  };
  const near = (point) => [0, 4, 8, 16, 32, 64].map((away) => under(point, away));
  map.on("click", (event) => {
    panels.close();
    const feature = under(event.point, 0) || under(event.point, 5);
    if (feature) open(feature, event.lngLat);
  });
  map.on("mousemove", (event) => { map.getCanvas().style.cursor = under(event.point, 2) ? "pointer" : ""; });
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const centre = map.project(map.getCenter());
    const feature = near(centre).find(Boolean);
    if (feature) open(feature, map.getCenter(), map.getCanvas());
  });

  // --- switches and search -----------------------------------------------------------------------
  const show = (key, on) => {
    for (const { id, source } of layers) if (source === key) map.setLayoutProperty(id, "visibility", on ? "visible" : "none");
    panels.turn(key, on);
    letter();
  };
  const letter = () => {
    for (const { key } of lettered) {
      const on = byId("lettering").checked && map.getLayoutProperty(key, "visibility") !== "none";
      map.setLayoutProperty(`${key} names`, "visibility", on ? "visible" : "none");
    }
  };
  byId("lettering").addEventListener("change", letter);
  const settled = () => new Promise((done) => { map.once("idle", done); });
  panels.switches(show, (key) => {
    touched = true;
    map.fitBounds(box(data.layers.find((one) => one.key === key).bounds), { animate: false, padding: margin(), maxZoom: 17 });
  });
  const entries = () => data.layers.flatMap((layer) => layer.names.map(([en, zh, lng, lat]) => ({ layer, name: [en, zh], lng, lat })));
  panels.finder(entries, async (entry, from) => {
    touched = true;
    show(entry.layer.key, true);
    map.jumpTo({ center: [entry.lng, entry.lat], zoom: 17.5, padding: { top: 60, left: 24, right: panels.covered(), bottom: 60 } });
    await settled();
    const at = map.project([entry.lng, entry.lat]);
    const feature = [0, 4, 12].map((away) => map.queryRenderedFeatures(
      [[at.x - away, at.y - away], [at.x + away, at.y + away]], { layers: [entry.layer.key] },
    ).find((one) => { const name = nameAt(entry.layer, one.properties); return name && name[0] === entry.name[0] && name[1] === entry.name[1]; })).find(Boolean);
    if (feature) open(feature, [entry.lng, entry.lat], from);
  });
  language.listen(() => {
    for (const [button, pair] of [[plus, words.zoomIn], [minus, words.zoomOut]]) {
      button.title = language.pick(pair);
      button.setAttribute("aria-label", button.title);
    }
    if (opened) fill();
    for (const layer of lettered) if (map.getLayer(`${layer.key} names`)) map.setLayoutProperty(`${layer.key} names`, "text-field", written(layer));
  });
  window.addEventListener("beforeprint", () => {
    Object.assign(byId("map").style, { position: "relative", width: "700px", height: "500px" });
    map.resize();
    map.fitBounds(box(data.bounds), { animate: false, padding: 16 });
    map.redraw();
  });
  window.addEventListener("afterprint", () => {
    Object.assign(byId("map").style, { position: "", width: "", height: "" });
    map.resize();
  });
  await settled();
  document.body.dataset.ready = String(Math.round(performance.now() - started));
})();
