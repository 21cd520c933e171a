// The page's own words, by language; a language that is missing falls back to English.
//
// What stands in participant.html and robot.html carries `data-say="key"` (or `data-say-label`, for its name) and is put into the
// language by `spell`. Keys lead into the tables words.en.js and words.de.js, which have the same shape.

import { de } from "./words.de.js";
import { en } from "./words.en.js";

const all = { en, de };
let words = en;
let tag = "en";

/** Choose the language of the page; "de-AT" falls back to "de", then to English. True when the words changed. */
export function speak(language) {
  const before = words;
  const base = language.split("-")[0];
  words = all[base] ?? en;
  tag = all[base] ? language : "en";
  return words !== before;
}

/** The words in force. */
export function say() {
  return words;
}

/** The language in force, e.g. "de-AT"; numbers and dates are written as it is usual there. */
export function language() {
  return tag;
}

/** A number as one writes it: "2.5", "2,5". */
export function number(value) {
  return new Intl.NumberFormat(tag, { maximumFractionDigits: 6, useGrouping: false }).format(value);
}

/** The name of a language in that language: "Deutsch"; or in another one: "German". */
export function nameOf(language, inLanguage = language) {
  const name = new Intl.DisplayNames([inLanguage], { type: "language" }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(inLanguage) + name.slice(1);
}

/** Put all that stands in the page itself into the language in force. table: this page's, of the words in force. */
export function spell(root = document, table = words.static) {
  for (const element of root.querySelectorAll("[data-say]")) {
    const text = find(element.dataset.say, table);
    if (element.textContent !== text) element.textContent = text;
  }
  for (const element of root.querySelectorAll("[data-say-label]")) element.setAttribute("aria-label", find(element.dataset.sayLabel, table));
  document.title = table.title;
}

function find(key, table) {
  const text = table[key];
  if (typeof text !== "string") throw new Error(`there are no words for ${key}`);
  return text;
}
