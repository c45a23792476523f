"use strict";
// A map of somebody else's below ours, if the page was made with one; see maps/backdrops.py.
const backdrop = (() => {
  // The public formulas of GCJ-02, as in datums.py. The projection shifts, so tiles that stand on
  // GCJ-02 are asked for where they belong and nothing of ours is moved.
  const [half, e2, r] = [6378245.0, 0.00669342162296594323, Math.PI];
  const wave = (a, b, c, t) => ((20 * Math.sin(6 * t * r) + 20 * Math.sin(2 * t * r)) * 2) / 3 + a + b + c;
  const shift = (lng, lat) => {
    const [x, y] = [lng - 105, lat - 35];
    const root = Math.sqrt(Math.abs(x));
    const north = wave(-100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root,
      ((20 * Math.sin(y * r) + 40 * Math.sin((y / 3) * r)) * 2) / 3,
      ((160 * Math.sin((y / 12) * r) + 320 * Math.sin((y * r) / 30)) * 2) / 3, x);
    const east = wave(300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root,
      ((20 * Math.sin(x * r) + 40 * Math.sin((x / 3) * r)) * 2) / 3,
      ((150 * Math.sin((x / 12) * r) + 300 * Math.sin((x / 30) * r)) * 2) / 3, x);
    const phi = (lat / 180) * r;
    const w = 1 - e2 * Math.sin(phi) ** 2;
    return [
      (east * 180) / ((half / Math.sqrt(w)) * Math.cos(phi) * r),
      (north * 180) / (((half * (1 - e2)) / (w * Math.sqrt(w))) * r),
    ];
  };
  const moved = (p) => { const [x, y] = shift(p.lng, p.lat); return L.latLng(p.lat + y, p.lng + x); };
  const unmoved = (p) => {
    let guess = p;
    for (let i = 0; i < 8; i++) {
      const there = moved(guess);
      guess = L.latLng(guess.lat + p.lat - there.lat, guess.lng + p.lng - there.lng);
    }
    return guess;
  };
  const sphere = L.Projection.SphericalMercator;
  const shifted = L.extend({}, L.CRS.EPSG3857, {
    projection: L.extend({}, sphere, {
      project: (p) => sphere.project(moved(p)),
      unproject: (p) => unmoved(sphere.unproject(p)),
    }),
  });
  const add = (map, given) => {
    if (!given) return;
    const pane = map.getPane("tilePane");
    const tiles = L.layerGroup(given.tiles.map((address) => L.tileLayer(address, {
      subdomains: given.subdomains, maxNativeZoom: given.maxZoom, maxZoom: 21,
    })));
    const box = document.getElementById("backdrop");
    const turn = () => { if (box.checked) tiles.addTo(map); else tiles.remove(); pane.hidden = !box.checked; };
    box.addEventListener("change", turn);
    turn();
  };
  return { add, crs: (given) => (given && given.datum === "gcj02" ? shifted : L.CRS.EPSG3857), moved, unmoved };
})();
