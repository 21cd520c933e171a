// A questionnaire: every answer is sent as it is given, and going on names what is missing.

import { answered, control } from "./items.js";
import { by, make, setAttribute, setText } from "./dom.js";
import { say } from "./words.js";

const WRITING_MS = 800; // after the last key a text is saved

export class Questions {
  /** act(type, fields, replaces) sends what the learner does. */
  constructor(act) {
    this.act = act;
    this.key = null;
    this.rows = [];
    by("questions-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#goOn();
    });
    by("open-keep").addEventListener("click", () => {
      by("open-dialog").close();
      this.#open()[0]?.control.first.focus();
    });
    by("open-go").addEventListener("click", () => {
      by("open-dialog").close();
      this.#finish();
    });
    addEventListener("pagehide", () => this.keep());
  }

  /** questions: the view's part of the same name. pending: the learner has gone on, the server has not said so yet. */
  render(questions, pending) {
    const { instrument, part, block, step, items } = questions;
    const key = JSON.stringify([instrument, part, block, step, items.map(({ id }) => id), document.documentElement.lang]);
    this.questions = questions;
    if (this.key !== key) {
      this.key = key;
      this.#lay();
    }
    by("questions-next").disabled = pending;
  }

  /** What is being written is sent now. */
  keep() {
    if (this.key !== null) this.#flush();
  }

  /** The questions are over or interrupted. */
  leave() {
    if (this.key === null) return;
    for (const row of this.rows) clearTimeout(row.timer);
    this.key = null;
    this.rows = [];
    if (by("open-dialog").open) by("open-dialog").close();
  }

  /** The server would not take an answer: it is marked, and sent again on going on. */
  refused(action) {
    const found = this.rows.find(({ item }) => item.id === action.item_id);
    if (!found || action.instrument !== this.questions.instrument || found.sent !== JSON.stringify(found.answer)) return;
    found.sent = null;
    this.#error(found, say().questions.notSaved);
  }

  #lay() {
    const { title, instruction, items } = this.questions;
    this.shownAt = performance.now();
    const words = say().questions;
    this.allOptional = items.every(({ required }) => !required);
    setText(by("questions-title"), title || words.untitled);
    setText(by("questions-instruction"), instruction);
    setText(by("questions-optional"), this.allOptional ? words.allOptional : "");
    this.rows = items.map((item, i) => this.#row(item, i, items.length));
    by("questions-items").replaceChildren(...this.rows.map(({ element }) => element));
    this.#missing([]);
  }

  #row(item, index, of) {
    const words = say().questions;
    const name = `q-${index}`;
    const row = { item, timer: undefined };
    row.control = control(item, name, (final) => this.#changed(row, final));
    row.error = make("p", { class: "field-error", id: `${name}-error` });
    const legend = make("legend", {}, make("span", { class: "vh" }, words.number(index + 1, of)), item.text);
    if (!item.required && !this.allOptional) legend.append(" ", make("span", { class: "optional" }, `(${say().optional})`));
    row.element = make("fieldset", { class: "item", "data-item": item.id, "aria-describedby": `${name}-error` }, legend, row.control.element);
    if (item.may_not_apply) row.element.append(this.#notApplying(row, words));
    if (!item.required) row.element.append(this.#clearing(row, words));
    row.element.append(row.error);
    row.answer = item.answer ? { value: null, choice: null, text: null, not_applicable: false, ...item.answer } : nothing();
    row.sent = JSON.stringify(row.answer);
    this.#show(row);
    return row;
  }

  #notApplying(row, words) {
    row.notApply = make("input", { type: "checkbox" });
    row.notApply.addEventListener("change", () => {
      this.#take(row, { ...nothing(), not_applicable: row.notApply.checked });
      this.#show(row);
      this.#send(row);
    });
    return make("label", { class: "tick not-apply" }, row.notApply, make("span", {}, words.notApply));
  }

  #clearing(row, words) {
    row.clear = make("button", { type: "button", class: "quiet clear", "aria-label": words.clearOf(row.item.text) }, words.clear);
    row.clear.addEventListener("click", () => {
      this.#take(row, nothing());
      this.#show(row);
      this.#send(row);
      row.control.first.focus();
    });
    return row.clear;
  }

  #changed(row, final) {
    this.#take(row, { ...row.control.read(), not_applicable: false });
    if (row.notApply) row.notApply.checked = false;
    const fault = row.control.fault();
    if (fault === null || final) this.#error(row, fault ?? "");
    clearTimeout(row.timer);
    if (final) this.#send(row);
    else row.timer = setTimeout(() => this.#send(row), WRITING_MS);
  }

  #take(row, answer) {
    row.answer = answer;
    this.#error(row, "");
    row.clear?.classList.toggle("unseen", !answered(answer)); // its place stays: nothing below moves
    if (!by("questions-missing").hidden) this.#missing(this.#required());
  }

  #show(row) {
    row.control.show(row.answer.not_applicable ? null : row.answer);
    if (row.notApply) row.notApply.checked = row.answer.not_applicable;
    row.clear?.classList.toggle("unseen", !answered(row.answer));
  }

  #send(row) {
    clearTimeout(row.timer);
    const now = JSON.stringify(row.answer);
    if (row.sent === now) return;
    row.sent = now;
    const { instrument, part, block } = this.questions;
    const fields = { instrument, part, block, item_id: row.item.id, ...row.answer, response_ms: Math.round(performance.now() - this.shownAt) };
    this.act("answer", fields, (old) => old.type === "answer" && ["instrument", "part", "block", "item_id"].every((name) => old[name] === fields[name]));
  }

  #flush() {
    for (const row of this.rows) this.#send(row);
  }

  #required() {
    return this.rows.filter(({ item, answer }) => item.required && !answered(answer));
  }

  #open() {
    return this.rows.filter(({ item, answer }) => !item.required && !answered(answer));
  }

  #goOn() {
    const words = say().questions;
    const wrong = this.rows.find((row) => row.control.fault() !== null);
    const missing = this.#required();
    for (const row of missing) this.#error(row, row.control.fault() ?? (row.item.may_not_apply ? words.neededOrNot : words.needed));
    if (wrong) this.#error(wrong, wrong.control.fault());
    this.#missing(missing);
    const first = this.rows.find((row) => row === wrong || missing.includes(row));
    if (first) {
      first.control.first.focus({ preventScroll: true });
      first.element.scrollIntoView({ block: "nearest" });
      return;
    }
    const open = this.#open().length;
    if (open === 0) {
      this.#finish();
      return;
    }
    setText(by("open-text"), words.open(open));
    by("open-dialog").showModal();
  }

  #finish() {
    this.#flush();
    const { instrument, part, block } = this.questions;
    this.act("questions_done", { instrument, part, block });
  }

  /** Name what is missing beside the button, each as a way to it. */
  #missing(rows) {
    const box = by("questions-missing");
    box.hidden = rows.length === 0;
    if (rows.length === 0) return box.replaceChildren();
    const ways = rows.map((row) => {
      const way = make("button", { type: "button", class: "quiet" }, row.item.text);
      way.addEventListener("click", () => row.control.first.focus());
      return make("li", {}, way);
    });
    return box.replaceChildren(make("p", { class: "field-error" }, say().questions.missing(rows.length)), make("ul", { role: "list" }, ...ways));
  }

  #error(row, text) {
    setText(row.error, text);
    row.element.classList.toggle("faulty", text !== "");
    const first = row.control.first;
    if (first.type !== "radio" && first.type !== "checkbox") setAttribute(first, "aria-invalid", text ? "true" : null);
  }
}

function nothing() {
  return { value: null, choice: null, text: null, not_applicable: false };
}
