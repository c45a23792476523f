"use strict";
// What stands beside a map, whatever draws it: switches of layers, search by name, sheets on a phone.
const panels = (() => {
  const words = {
    search: ["Search by name", "按名称查找"],
    nothing: ["No name contains this.", "没有匹配的名称。"],
    more: ["and more: type on", "还有更多，请继续输入"],
  };
  const { make } = telling;
  const byId = (id) => document.getElementById(id);
  const phone = window.matchMedia("(max-width: 760px)");

  const sheet = (name) => {
    document.body.dataset.sheet = name;
    for (const button of byId("tabs").children) button.setAttribute("aria-expanded", String(button.dataset.sheet === name));
  };
  const close = () => sheet("");
  for (const button of byId("tabs").children) {
    button.addEventListener("click", () => sheet(document.body.dataset.sheet === button.dataset.sheet ? "" : button.dataset.sheet));
  }

  // `show(key, on)` draws a layer or not, `frame(key)` brings all of it into view.
  const turn = (key, on) => {
    const section = document.querySelector(`.layer[data-layer="${key}"]`);
    section.classList.toggle("off", !on);
    section.querySelector("input").checked = on;
    const strip = byId("strip");
    if (strip && strip.dataset.of === key) document.body.classList.toggle("no-strip", !on);
  };
  const switches = (show, frame) => {
    for (const section of document.querySelectorAll(".layer")) {
      const key = section.dataset.layer;
      section.querySelector("input").addEventListener("change", (event) => show(key, event.target.checked));
      const button = section.querySelector(".frame");
      if (!button) continue;
      button.addEventListener("click", () => {
        show(key, true);
        close();
        frame(key);
      });
    }
  };

  // `entries()` lists { name, layer } and is asked once, when one is first looked for.
  const most = 8;
  const fold = (text) => text.normalize("NFKD").toLowerCase().replace(/[\s'’·.,-]/g, "");
  const finder = (entries, go) => {
    const [box, found, note] = [byId("search"), byId("found"), byId("found-note")];
    let named = null;
    const search = () => {
      const asked = fold(box.value);
      found.replaceChildren();
      note.hidden = true;
      if (!asked) return;
      named = named || entries().map((entry) => ({ ...entry, folded: fold(entry.name.join(" ")) }));
      const hits = named.filter((entry) => entry.folded.includes(asked));
      hits.sort((a, b) => a.folded.indexOf(asked) - b.folded.indexOf(asked) || a.folded.length - b.folded.length);
      for (const entry of hits.slice(0, most)) {
        const button = make("button");
        button.type = "button";
        button.append(make("span", language.pick(entry.name)), make("span", language.pick(entry.layer.noun), "quiet"));
        button.addEventListener("click", () => { close(); go(entry, phone.matches ? null : box); });
        const item = make("li");
        item.append(button);
        found.append(item);
      }
      note.hidden = hits.length > 0 && hits.length <= most;
      note.textContent = language.pick(hits.length ? words.more : words.nothing);
    };
    box.addEventListener("input", search);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { box.value = ""; search(); }
      if (event.key === "Enter" && found.firstElementChild) found.firstElementChild.firstElementChild.click();
    });
    language.listen(() => { box.placeholder = language.pick(words.search); search(); });
  };

  // How much of the map the panel of figures hides on its right.
  const covered = () => (!phone.matches && byId("figures").firstElementChild.open ? byId("figures").offsetWidth + 34 : 24);
  return { byId, phone, close, turn, switches, finder, covered };
})();
