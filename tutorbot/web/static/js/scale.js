// One item of a questionnaire: five numbers in a row, one tap.

import { make } from "./dom.js";
import { say } from "./words.js";

/** An item that wants a number. text: the question; low, high: what 1 and 5 mean. */
export function scale(name, text, { low, high }) {
  return item(text, [1, 2, 3, 4, 5].map((value) => choice(name, value, low, high)), low, high);
}

/** The same, but it can be passed over: that choice is empty. */
export function passable(name, text, { low, high }) {
  const pass = make("label", { class: "pass" }, make("input", { type: "radio", name, value: "" }), make("span", {}, say().pass));
  return item(text, [...[1, 2, 3, 4, 5].map((value) => choice(name, value, low, high)), pass], low, high);
}

function choice(name, value, low, high) {
  return make("label", {},
    make("input", { type: "radio", name, value, "aria-label": say().ratedOf(value, low, high) }),
    make("span", { "aria-hidden": "true" }, String(value)));
}

function item(text, choices, low, high) {
  return make("fieldset", {}, make("legend", {}, text), make("div", { class: "scale" }, ...choices),
    make("div", { class: "ends", "aria-hidden": "true" }, make("span", {}, low), make("span", {}, high)));
}
