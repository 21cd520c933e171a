// The study's two questions in the middle of a board: a small dialog over it, from the study and not from the tutor.
//
// Not modal: what is sensed, the break and End now stay within reach; board and conversation rest until it is gone.

import { by, setText } from "./dom.js";
import { passable } from "./scale.js";
import { say } from "./words.js";

const NAMES = ["confused", "frustrated"];
const BEHIND = ["work", "foot"]; // what rests meanwhile
const WRITING_MS = 1500; // the last key is no older than this: the learner is in the middle of a word

export class CheckIn {
  /** act(type, fields) sends what the learner does; ready() is called when a question that had to wait may come. */
  constructor(act, ready) {
    this.act = act;
    this.ready = ready;
    this.asked = null;
    this.wroteAt = -Infinity;
    this.pressed = false;
    const form = by("check-in-form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    form.addEventListener("change", () => setText(by("check-in-error"), ""));
    by("check-in-pass").addEventListener("click", () => this.#answer(null, null));
    by("check-in").addEventListener("keydown", (event) => this.#key(event));
    by("say").addEventListener("input", () => { this.wroteAt = performance.now(); });
    addEventListener("pointerdown", () => { this.pressed = true; }, true);
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => this.#released(), true);
    for (const id of ["end-dialog", "rights-dialog"]) by(id).addEventListener("close", () => this.ready());
  }

  /** checkIn: the view's two questions; null when none are open. */
  render(checkIn) {
    clearTimeout(this.later);
    if (!checkIn) {
      this.#close();
    } else if (this.asked === checkIn.probe_id) {
      this.#show();
    } else if (this.#busy()) {
      this.later = setTimeout(this.ready, 250);
    } else {
      this.#ask(checkIn);
      this.#show();
    }
  }

  /** In the middle of a word, a drag the question about the end or the rights: nobody asks just then. */
  #busy() {
    return this.pressed || performance.now() - this.wroteAt < WRITING_MS || by("end-dialog").open || by("rights-dialog").open;
  }

  // The click or drop that belongs to it comes first.
  #released() {
    setTimeout(() => { this.pressed = false; });
  }

  #ask(checkIn) {
    this.asked = checkIn.probe_id;
    setText(by("check-in-error"), "");
    by("check-in-items").replaceChildren(...NAMES.map((name) => passable(name, checkIn[`${name}_text`], checkIn)));
  }

  #show() {
    const dialog = by("check-in");
    if (dialog.open) return;
    this.before = document.activeElement;
    this.scrolled = scrollY;
    by("check-in-cover").hidden = false;
    dialog.show();
    for (const id of BEHIND) by(id).inert = true;
    by("check-in-title").focus();
  }

  #close() {
    const dialog = by("check-in");
    if (!dialog.open) return;
    const held = dialog.contains(document.activeElement) || document.activeElement === document.body;
    for (const id of BEHIND) by(id).inert = false;
    dialog.close();
    by("check-in-cover").hidden = true;
    if (!held) return; // the learner is at the break or at the end
    scrollTo(0, this.scrolled);
    const back = this.before?.isConnected && this.before !== document.body ? this.before : by("task-title");
    back.focus({ preventScroll: true });
    if (document.activeElement !== back) by("task-title").focus({ preventScroll: true });
  }

  // 1 to 5 answer the question one is at, or else the first one that is open.
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !/^[1-5]$/.test(event.key)) return;
    const name = NAMES.includes(event.target.name) ? event.target.name : this.#missing();
    if (!name) return;
    event.preventDefault();
    const radio = by("check-in-form").querySelector(`input[name=${name}][value="${event.key}"]`);
    radio.focus();
    radio.click();
  }

  #missing() {
    const answers = new FormData(by("check-in-form"));
    return NAMES.find((name) => !answers.has(name));
  }

  #send() {
    const missing = this.#missing();
    if (missing) {
      setText(by("check-in-error"), say().rateOrPass);
      by("check-in-form").querySelector(`input[name=${missing}]`).focus();
      return;
    }
    const answers = new FormData(by("check-in-form"));
    this.#answer(...NAMES.map((name) => Number(answers.get(name)) || null));
  }

  #answer(confused, frustrated) {
    this.act("check_in", { probe_id: this.asked, confused, frustrated });
  }
}
