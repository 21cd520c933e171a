// How far two observers agree, in words.

import { make } from "./dom.js";

const PART = { affect: "affect", behaviour: "behaviour" };

function part(name, found) {
  if (!found || found.n === 0) return `${PART[name]}: no window both decided in`;
  const kappa = found.kappa === null ? "no kappa (one code throughout)" : `kappa ${found.kappa.toFixed(2)}`;
  return `${PART[name]}: ${kappa}, alike in ${Math.round(100 * found.share)} % of ${found.n}`;
}

/** Put the list into an element. Returns: true when there is any. */
export function showAgreement(list, agreements) {
  const key = JSON.stringify(agreements);
  if (list.dataset.shown !== key) {
    list.dataset.shown = key;
    list.replaceChildren(...agreements.map((one) => make("li", {},
      `${one.observers.join(" and ")}: ${Object.keys(PART).map((name) => part(name, one[name])).join("; ")}.`)));
  }
  return agreements.length > 0;
}
