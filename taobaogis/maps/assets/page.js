"use strict";
// The switch between the languages, on every page. Both are in the page; a style sheet hides one.
const language = (() => {
  const root = document.documentElement;
  const listeners = [];
  const set = (code) => {
    root.lang = code === "zh" ? "zh-Hans" : "en";
    root.dataset.lang = code;
    for (const button of document.querySelectorAll(".languages button")) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === code));
    }
    for (const link of document.querySelectorAll("a[data-home], a[data-map]")) {
      link.hash = `lang=${code}`;
    }
    for (const listener of listeners) listener(code);
  };
  for (const button of document.querySelectorAll(".languages button")) {
    button.addEventListener("click", () => set(button.dataset.lang));
  }
  const asked = /lang=(en|zh)/.exec(location.hash);
  const own = (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  set(asked ? asked[1] : own);
  return {
    now: () => root.dataset.lang,
    pick: (pair) => pair[root.dataset.lang === "zh" ? 1 : 0],
    listen: (listener) => { listeners.push(listener); listener(root.dataset.lang); },
  };
})();
