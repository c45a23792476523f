// The sliders: the ranking again with the reader's own weights, by the rule of
// taobaogis.compare.ranking: a weighted mean of fixed scores, and no rank without all of them.
(() => {
  const panel = document.querySelector("#weights");
  if (!panel) return;
  const { weights, villages, seed } = JSON.parse(panel.dataset.ranking);
  const list = document.querySelector(".ranking");
  const rows = new Map([...list.children].map((row) => [row.dataset.village, row]));
  const first = [...list.children];
  const sliders = [...panel.querySelectorAll("input[type=range]")];
  const shares = [...panel.querySelectorAll(".share")];
  const given = sliders.map((slider) => slider.value);
  const clip = (u) => Math.min(1, Math.max(0, u));
  const DRAWS = 2000, SAME = 1e-12;

  // Small generator with a fixed start, so that equal weights show equal chances.
  const generator = (start) => () => {
    start = (start + 0x6d2b79f5) | 0;
    let t = Math.imul(start ^ (start >>> 15), 1 | start);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  const rank = (share) => {
    const judged = villages.map((village) => {
      if (village.values.some((v, j) => share[j] > 0 && v === null)) return { id: village.id };
      let total = 0, low = 0, high = 0;
      village.values.forEach((v, j) => {
        if (!(share[j] > 0)) return;
        const [a, m, b] = v.map(clip);
        total += share[j] * m; low += share[j] * Math.min(a, m, b); high += share[j] * Math.max(a, m, b);
      });
      return { id: village.id, total, low, high };
    });
    const ranked = judged.filter((v) => v.total !== undefined);
    for (const v of ranked) v.rank = 1 + ranked.filter((o) => o.total > v.total + SAME).length;
    ranked.sort((a, b) => a.rank - b.rank);
    return [...ranked, ...judged.filter((v) => v.total === undefined)];
  };

  const chances = (share, ranked) => {
    const random = generator(seed), count = new Map(ranked.map((v) => [v.id, 0]));
    const taking = villages.filter((village) => count.has(village.id));
    for (let draw = 0; draw < DRAWS; draw++) {
      const totals = taking.map((village) => village.values.reduce((sum, v, j) => {
        if (!(share[j] > 0)) return sum;
        const [a, m, b] = v, at = random() * 2 - 1;
        return sum + share[j] * clip(m + (at < 0 ? at * (m - a) : at * (b - m)));
      }, 0));
      const best = Math.max(...totals);
      totals.forEach((t, i) => { if (t > best - SAME) count.set(taking[i].id, count.get(taking[i].id) + 1); });
    }
    return count;
  };

  const percent = (x) => `${Math.round(x * 100)}\u2009%`;
  const show = () => {
    const raw = sliders.map((slider) => Number(slider.value));
    const sum = raw.reduce((a, b) => a + b, 0);
    const own = sliders.some((slider, j) => slider.value !== given[j]);
    // Untouched sliders stand for the very weights of the run, not for their rounding.
    const share = own ? raw.map((w) => (sum > 0 ? w / sum : 0)) : weights;
    share.forEach((w, j) => { shares[j].textContent = percent(w); });
    document.body.classList.toggle("own-weights", own && sum > 0);
    panel.querySelector(".none-left").hidden = sum > 0;
    if (sum <= 0) return;
    const found = rank(share);
    const count = own ? chances(share, found.filter((v) => v.rank)) : null;
    for (const v of found) {
      const row = rows.get(v.id);
      row.classList.toggle("without", v.rank === undefined);
      row.querySelector(".place").textContent = v.rank ?? "–";
      row.querySelector(".place").classList.toggle("none", v.rank === undefined);
      if (v.rank !== undefined) {
        const track = row.querySelector(".track");
        track.style.setProperty("--from", `${(100 * v.low).toFixed(1)}%`);
        track.style.setProperty("--to", `${(100 * v.high).toFixed(1)}%`);
        track.style.setProperty("--at", `${(100 * v.total).toFixed(1)}%`);
        row.dataset.total = v.total;
        row.querySelector(".total b").textContent = v.total.toFixed(2);
        row.querySelector(".total .range").textContent = `${v.low.toFixed(2)}–${v.high.toFixed(2)}`;
      }
      for (const chance of row.querySelectorAll(".chance b")) {
        chance.textContent = count
          ? (v.rank === undefined ? "" : percent(count.get(v.id) / DRAWS))
          : chance.dataset.given;
      }
      list.append(row);
    }
    if (!own) first.forEach((row) => list.append(row));
  };

  panel.hidden = false;
  for (const slider of sliders) slider.addEventListener("input", show);
  const all = (values) => { sliders.forEach((s, j) => { s.value = values[j]; }); show(); };
  panel.querySelector(".as-given").addEventListener("click", () => all(given));
  panel.querySelector(".alike").addEventListener("click", () => all(given.map(() => 50)));
  panel.querySelector(".known").addEventListener("click", () => all(given.map((w, j) => (
    villages.some((v) => v.values[j] !== null) && villages.every((v) => v.values[j] !== null || v.values.every((x) => x === null)) ? w : 0))));
})();
