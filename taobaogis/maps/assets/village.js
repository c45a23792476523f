"use strict";
// The map of a village: layers and switches, search, what a click tells, panels.
(async () => {
  const started = performance.now();
  const words = {
    zoomIn: ["Zoom in", "放大"],
    zoomOut: ["Zoom out", "缩小"],
    old: [
      "This browser is too old to unpack the map. Chrome 80, Firefox 113 or Safari 16.4 can.",
      "浏览器版本过旧，无法显示地图。请使用 Chrome 80、Firefox 113、Safari 16.4 或更新版本。",
    ],
  };
  const { make, unpack } = telling;
  const { byId, phone } = panels;
  const { shapes, latLngs, Crowd, Company } = drawing;
  // Values are unpacked when the map stands, or when one is asked for.
  let told = null;
  const values = () => { told = told || unpack("values"); return told; };
  const nameOf = (layer, i) => {
    const at = layer.names.values.length ? layer.names.values[i] : -1;
    return at < 0 ? null : layer.names.texts[at];
  };
  const classOf = (layer, i) => layer.classes[layer.codes[i]].label;
  const card = (layer, i, fields) => telling.card(layer, fields, {
    name: nameOf(layer, i), code: layer.codes[i], values: fields.map((field) => field.values[i]),
  });

  // --- the map ---------------------------------------------------------------------------
  let data;
  try {
    data = await unpack("packed");
  } catch (error) {
    telling.sorry(words.old);
    throw error;
  }
  const renderer = L.canvas({ padding: 0.3, tolerance: 5 });
  const map = L.map("map", {
    attributionControl: false, zoomControl: false, fadeAnimation: false, renderer, preferCanvas: true,
    zoomSnap: 0.25, minZoom: 7, maxZoom: 21, wheelPxPerZoomLevel: 90, crs: backdrop.crs(data.backdrop),
  });
  backdrop.add(map, data.backdrop);
  const zoomer = L.control.zoom({ position: "bottomright" }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 140, position: "bottomleft" }).addTo(map);

  const outline = latLngs(shapes(data.boundary, 1), 0);
  const bounds = L.latLngBounds(outline.flat(2));
  const frame = () => {
    map.fitBounds(bounds, {
      animate: false, paddingTopLeft: [24, 24], paddingBottomRight: [panels.covered(), phone.matches ? 84 : 44],
    });
  };
  frame();
  // A window that changes before anybody has touched the map still shows the whole village.
  let touched = false;
  for (const kind of ["pointerdown", "wheel", "keydown"]) {
    byId("map").addEventListener(kind, () => {
      touched = true;
      byId("map").classList.toggle("by-pointer", kind === "pointerdown");
    }, { passive: true });
  }
  window.addEventListener("resize", () => { map.invalidateSize(false); if (!touched) frame(); });

  const crowds = new Map(data.layers.map((layer) => [layer.key, new Crowd(layer)]));
  const company = new Company(map, [...crowds.values()]);
  let onPaper = false;
  const names = new lettering([...crowds.values()], () => (onPaper ? [] : [byId("figures"), ...document.querySelectorAll("#map .completeness")]));
  byId("figures").firstElementChild.addEventListener("toggle", () => { if (map.hasLayer(names)) names.redraw(); });
  const around = bounds.pad(40);
  const world = [around.getNorthWest(), around.getNorthEast(), around.getSouthEast(), around.getSouthWest()];
  const veil = L.polygon([world, ...outline.map((part) => part[0])], {
    stroke: false, fillColor: "#fbfaf7", fillOpacity: 0.55, interactive: false,
  });
  const mark = L.layerGroup().addTo(map);

  const firstAbove = data.layers.findIndex((layer) => layer.aboveVeil);
  const restack = () => {
    for (const [i, layer] of data.layers.entries()) {
      if (i === firstAbove) veil.addTo(map).bringToFront();
      const crowd = crowds.get(layer.key);
      if (map.hasLayer(crowd)) crowd.bringToFront();
    }
    if (map.hasLayer(names)) names.bringToFront();
  };
  const show = (key, on) => {
    const crowd = crowds.get(key);
    if (on) crowd.addTo(map); else crowd.remove();
    panels.turn(key, on);
    restack();
  };
  for (const layer of data.layers) if (layer.visible) crowds.get(layer.key).addTo(map);
  const letter = () => { if (byId("lettering").checked) names.addTo(map); else names.remove(); };
  byId("lettering").addEventListener("change", letter);
  letter();
  restack();

  const popup = L.popup({ maxWidth: 300, minWidth: 190, maxHeight: 340, autoPanPaddingTopLeft: [24, 24] });
  let opened = null;
  let back = null;
  // Opened by key, what is told takes the focus, and gives it back to `from` when it closes.
  const open = async (crowd, i, at, from = null) => {
    const { layer } = crowd;
    const fields = (await values())[data.layers.indexOf(layer)];
    opened = [layer, i, fields];
    touched = true;
    mark.clearLayers();
    const outlined = crowd.outline(i);
    if (outlined) mark.addLayer(outlined);
    if (layer.key === "markets") {
      mark.addLayer(L.polyline([bounds.getCenter(), at], { color: "#55626b", weight: 1.6, dashArray: "3 6", interactive: false }));
    }
    popup.options.autoPanPaddingBottomRight = [phone.matches ? 24 : byId("figures").offsetWidth + 34, 24];
    popup.setContent(card(...opened)).setLatLng(at);
    map.openPopup(popup);
    const frameOf = popup.getElement();
    frameOf.setAttribute("role", "dialog");
    frameOf.setAttribute("aria-label", frameOf.querySelector("h3").textContent);
    frameOf.tabIndex = -1;
    frameOf.onkeydown = (event) => { if (event.key === "Escape") map.closePopup(); };
    if (from) frameOf.focus({ preventScroll: true });
    back = from;
  };
  map.on("popupclose", () => {
    mark.clearLayers();
    opened = null;
    if (back) back.focus({ preventScroll: true });
    back = null;
  });
  byId("map").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== byId("map")) return;
    const middle = map.latLngToLayerPoint(map.getCenter());
    // The cross need not be quite on it.
    for (const away of [0, 8, 16, 32, 64]) {
      for (let turn = 0; turn < (away ? 8 : 1); turn++) {
        const at = middle.add([away * Math.cos((turn * Math.PI) / 4), away * Math.sin((turn * Math.PI) / 4)]);
        const met = company.meet(at);
        if (met) { open(...met, map.layerPointToLatLng(at), byId("map")); return; }
      }
    }
  });
  for (const crowd of crowds.values()) {
    crowd.on("click", (event) => { L.DomEvent.stopPropagation(event); open(crowd, crowd.hit, event.latlng); });
    if (window.matchMedia("(hover: hover)").matches) {
      const { layer } = crowd;
      let shown = -1;
      crowd.bindTooltip(() => {
        shown = crowd.hit;
        const name = nameOf(layer, shown);
        const kind = layer.classes.length > 1 ? classOf(layer, shown) : layer.noun;
        return make("span", name ? language.pick(name) : language.pick(kind));
      }, { sticky: true, direction: "top", opacity: 1 });
      crowd.on("mousemove", () => { if (crowd.hit !== shown) crowd.getTooltip().update(); });
    }
  }

  // Something far off is shown together with the village.
  const look = (box, zoom) => {
    const all = box.intersects(bounds.pad(1)) ? box : L.latLngBounds([box, bounds]);
    const right = phone.matches ? 60 : byId("figures").offsetWidth + 50;
    map.fitBounds(all, { maxZoom: zoom, paddingTopLeft: [60, 90], paddingBottomRight: [right, 90], animate: false });
  };

  // --- switches and search -----------------------------------------------------------------
  panels.switches(show, (key) => look(crowds.get(key).getBounds(), 18));
  // Every name of every layer, and the features that bear it.
  const entries = () => {
    const index = new Map();
    for (const layer of data.layers) {
      for (let i = 0; i < layer.names.values.length; i++) {
        const name = nameOf(layer, i);
        if (!name) continue;
        const key = `${layer.key} ${name[0]} ${name[1]}`;
        if (!index.has(key)) index.set(key, { layer, name, features: [] });
        index.get(key).features.push(i);
      }
    }
    return [...index.values()];
  };
  panels.finder(entries, (entry, from) => {
    show(entry.layer.key, true);
    const crowd = crowds.get(entry.layer.key);
    const around = L.latLngBounds([]);
    for (const i of entry.features) around.extend(crowd.boundsOf(i));
    look(around, 18.5);
    open(crowd, entry.features[0], crowd.boundsOf(entry.features[0]).getCenter(), from);
  });
  map.on("click", panels.close);
  // The sheet's size is not known before it is printed, so the map is given the one of the style.
  window.addEventListener("beforeprint", () => {
    onPaper = true;
    Object.assign(byId("map").style, { position: "relative", width: "700px", height: "500px" });
    map.invalidateSize(false);
    map.fitBounds(bounds, { animate: false, padding: [16, 16] });
  });
  window.addEventListener("afterprint", () => {
    onPaper = false;
    Object.assign(byId("map").style, { position: "", width: "", height: "" });
    map.invalidateSize(false);
    frame();
  });

  language.listen(() => {
    const [plus, minus] = [zoomer._zoomInButton, zoomer._zoomOutButton];
    plus.title = language.pick(words.zoomIn);
    minus.title = language.pick(words.zoomOut);
    plus.setAttribute("aria-label", plus.title);
    minus.setAttribute("aria-label", minus.title);
    if (opened) popup.setContent(card(...opened));
    if (map.hasLayer(names)) names.redraw();
  });
  document.body.dataset.ready = String(Math.round(performance.now() - started));
  setTimeout(values, 1500);
})();
