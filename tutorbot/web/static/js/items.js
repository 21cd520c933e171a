// One item of a questionnaire as a control: what can be chosen or written, and what was.
//
// Each maker returns { element, first, read(), show(answer), fault() }: the part of the page, the control that takes
// the focus, what is entered ({ value, choice, text }), how to show an answer (null: none), and what is wrong with it.

import { make, setAttribute, setText } from "./dom.js";
import { number, say } from "./words.js";

export const MOST_CHARACTERS = 4000;
const COUNT_FROM = 3600;
const MOST_POINTS = 11; // a scale of more points is a slider
const NOTHING = { value: null, choice: null, text: null };

/** The control for an item. name: for its inputs; changed(final): tells that the learner did something. */
export function control(item, name, changed) {
  const kind = item.kind === "scale" && points(item).length > MOST_POINTS ? "slider" : item.kind;
  return { scale: row, slider, number: box, choice: radios, choices: ticks, text: area }[kind](item, name, changed);
}

/** Whether an answer says anything; an empty text does not. */
export function answered(answer) {
  if (!answer) return false;
  return answer.not_applicable === true || answer.value !== null || Boolean(answer.choice) || Boolean(answer.text?.trim());
}

function points({ low, high, step }) {
  const by = step || 1;
  const n = Math.round((high - low) / by) + 1;
  return Array.from({ length: Math.min(n, 1000) }, (_, i) => Number((low + i * by).toFixed(6)));
}

// Points side by side, with words under the ends; one below the other where every point has its own words.
function row(item, name, changed) {
  const anchors = item.anchors ?? {};
  const all = points(item);
  const named = all.filter((value) => anchors[value] !== undefined);
  const listed = all.length > 2 && named.length === all.length;
  const radios = all.map((value) => make("input", { type: "radio", name, value, "aria-label": anchors[value] ? `${number(value)}, ${anchors[value]}` : number(value) }));
  const labels = radios.map((radio, i) => make("label", {}, radio, make("span", { class: "point", "aria-hidden": "true" }, number(all[i])),
    ...(listed ? [make("span", { class: "meaning", "aria-hidden": "true" }, anchors[all[i]])] : [])));
  const element = make("div", { class: listed ? "scale listed" : "scale", "data-points": all.length }, ...labels);
  const parts = [element];
  if (!listed && named.length > 0) parts.push(ends(all, anchors));
  return radioControl(make("div", {}, ...parts), radios, changed, (radio) => ({ ...NOTHING, value: Number(radio.value) }), (radio, answer) => answer?.value === Number(radio.value));
}

function ends(all, anchors) {
  const words = all.map((value, i) => ({ text: anchors[value], at: i / (all.length - 1) })).filter(({ text }) => text);
  return make("div", { class: "ends", "aria-hidden": "true" }, ...words.map(({ text, at }) => make("span", { "data-at": at === 0 ? "low" : at === 1 ? "high" : "middle" }, text)));
}

function radios(item, name, changed) {
  const inputs = item.options.map((option) => make("input", { type: "radio", name, value: option.id }));
  const element = make("div", { class: "options" }, ...inputs.map((input, i) => make("label", { class: "tick" }, input, make("span", {}, item.options[i].label))));
  return radioControl(element, inputs, changed, (input) => ({ ...NOTHING, choice: input.value }), (input, answer) => answer?.choice === input.value);
}

function radioControl(element, inputs, changed, reading, shown) {
  for (const input of inputs) input.addEventListener("change", () => changed(true));
  return {
    element,
    get first() { return inputs.find((input) => input.checked) ?? inputs[0]; },
    read() {
      const input = inputs.find((one) => one.checked);
      return input ? reading(input) : { ...NOTHING };
    },
    show(answer) { for (const input of inputs) input.checked = shown(input, answer); },
    fault: () => null,
  };
}

function ticks(item, name, changed) {
  const inputs = item.options.map((option) => make("input", { type: "checkbox", name, value: option.id }));
  for (const input of inputs) input.addEventListener("change", () => changed(true));
  return {
    element: make("div", { class: "options" }, make("p", { class: "field-note" }, say().questions.several),
      ...inputs.map((input, i) => make("label", { class: "tick" }, input, make("span", {}, item.options[i].label)))),
    first: inputs[0],
    read() {
      const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
      return { ...NOTHING, choice: chosen.length > 0 ? chosen.join(" ") : null };
    },
    show(answer) {
      const chosen = (answer?.choice ?? "").split(" ");
      for (const input of inputs) input.checked = chosen.includes(input.value);
    },
    fault: () => null,
  };
}

// A slider that nobody has touched is no answer: it says so, and its thumb is hidden.
function slider(item, name, changed) {
  const words = say().questions;
  const anchors = item.anchors ?? {};
  const input = make("input", { type: "range", name, min: item.low, max: item.high, step: item.step || 1, "aria-label": item.text });
  const output = make("p", { class: "slider-value", "aria-hidden": "true" });
  let touched = false;
  const render = () => {
    input.classList.toggle("untouched", !touched);
    const value = number(Number(input.value));
    const anchor = anchors[input.value];
    setText(output, touched ? words.chosen(value) : words.notYet);
    setAttribute(input, "aria-valuetext", touched ? (anchor ? `${value}, ${anchor}` : value) : words.notYet);
  };
  const touch = (final) => {
    touched = true;
    render();
    changed(final);
  };
  input.addEventListener("input", () => touch(false));
  input.addEventListener("change", () => touch(true));
  // Where the thumb stands already no change is told: a press or Enter means that very place.
  input.addEventListener("click", () => { if (!touched) touch(true); });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault(); // Enter would send the whole form
    if (!touched) touch(true);
  });
  const middle = Number(item.low) + (Number(item.high) - Number(item.low)) / 2;
  const all = [item.low, item.high];
  return {
    element: make("div", { class: "slider" }, output, input, ends(all, { [item.low]: anchors[item.low] ?? number(item.low), [item.high]: anchors[item.high] ?? number(item.high) })),
    first: input,
    read: () => ({ ...NOTHING, value: touched ? Number(input.value) : null }),
    show(answer) {
      touched = answer?.value !== null && answer?.value !== undefined;
      input.value = String(touched ? answer.value : middle);
      render();
    },
    fault: () => null,
  };
}

function box(item, name, changed) {
  const words = say().questions;
  const limited = item.low !== null && item.low !== undefined && item.high !== null && item.high !== undefined;
  const note = make("p", { class: "field-note", id: `${name}-range` }, limited ? words.range(number(item.low), number(item.high)) : "");
  const input = make("input", { type: "text", inputmode: "decimal", name, autocomplete: "off", "aria-label": item.text, "aria-describedby": `${name}-range ${name}-error` });
  input.addEventListener("input", () => changed(false));
  input.addEventListener("change", () => changed(true));
  const written = () => input.value.trim().replace(",", ".");
  const fault = () => {
    const text = written();
    if (text === "") return null;
    const value = Number(text);
    if (!/^[-+]?\d+(\.\d+)?$/.test(text) || !Number.isFinite(value)) return limited ? words.badNumber(number(item.low), number(item.high)) : words.badNumberAny;
    if (limited && (value < item.low || value > item.high)) return words.badNumber(number(item.low), number(item.high));
    const steps = item.step ? (value - (item.low ?? 0)) / item.step : 0;
    return Math.abs(steps - Math.round(steps)) > 1e-6 ? words.badStep(number(item.step)) : null;
  };
  return {
    element: make("div", { class: "written" }, input, note),
    first: input,
    read: () => ({ ...NOTHING, value: written() === "" || fault() ? null : Number(written()) }),
    show(answer) { input.value = answer?.value === null || answer?.value === undefined ? "" : number(answer.value); },
    fault,
  };
}

function area(item, name, changed) {
  const input = make("textarea", { name, rows: 3, maxlength: MOST_CHARACTERS, "aria-label": item.text, "aria-describedby": `${name}-count ${name}-error` });
  const note = make("p", { class: "field-note", id: `${name}-count` });
  const count = () => setText(note, input.value.length > COUNT_FROM ? say().counted(input.value.length, MOST_CHARACTERS) : "");
  input.addEventListener("input", () => {
    count();
    changed(false);
  });
  input.addEventListener("change", () => changed(true));
  return {
    element: make("div", { class: "written" }, input, note),
    first: input,
    read: () => ({ ...NOTHING, text: input.value.trim() === "" ? null : input.value }),
    show(answer) {
      input.value = answer?.text ?? "";
      count();
    },
    fault: () => null,
  };
}
