"use strict";
// What a page tells of a feature, and the texts packed into it; the same whatever draws the map.
const telling = (() => {
  const words = {
    grade: ["Grade", "可信度"],
    source: ["Source", "来源"],
  };
  const make = (tag, text, name) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (name) element.className = name;
    return element;
  };
  const bytes = (id) => {
    const text = atob(document.getElementById(id).textContent);
    const out = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out;
  };
  const unpack = async (id) => {
    const stream = new Blob([bytes(id)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  };
  const shown = (field, value) => {
    if (field.texts) return value === null || value < 0 ? "" : language.pick(field.texts[value]);
    if (value === null) return "";
    const unit = language.pick(field.unit);
    const text = value.toLocaleString("en", { minimumFractionDigits: field.decimals, maximumFractionDigits: field.decimals });
    return unit ? `${text.replace(/,/g, "\u2009")}\u00a0${unit}` : text.replace(/,/g, "\u2009");
  };
  // `name` is a pair or null, `code` the class, `values` one of each field or null.
  const card = (layer, fields, { name, code, values }) => {
    const box = make("div");
    box.append(make("h3", language.pick(name || layer.noun)));
    if (layer.byWord) box.append(make("p", language.pick(layer.classes[code].label), "kind"));
    else if (name) box.append(make("p", language.pick(layer.noun), "kind"));
    const table = make("table");
    fields.forEach((field, k) => {
      const text = shown(field, values[k]);
      if (!text) return;
      table.insertRow().append(make("th", language.pick(field.name)), make("td", text));
    });
    box.append(table);
    const from = [];
    if (layer.grade) from.push(`${language.pick(words.grade)} ${layer.grade}`);
    const source = language.pick(layer.source);
    if (source) from.push(`${language.pick(words.source)}: ${source}`);
    if (from.length) box.append(make("p", from.join(" · "), "from"));
    return box;
  };
  // Instead of a map: why there is none, in the reader's language.
  const sorry = (...parts) => {
    const message = make("p", undefined, "message");
    language.listen(() => { message.replaceChildren(...parts.map((part) => (Array.isArray(part) ? language.pick(part) : part))); });
    document.getElementById("map").append(message);
  };
  return { make, bytes, unpack, card, sorry };
})();
