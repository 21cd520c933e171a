// What is typed to the robot is what it hears: while it is typed, and when it is done.

import { by, setText } from "./dom.js";
import { say } from "./words.js";

const EVERY_MS = 300;

export class Ears {
  /** hear(text, final) tells the tutor, and says whether it could. */
  constructor(hear) {
    this.hear = hear;
    this.told = "";
    by("ears").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#done();
    });
    by("said").addEventListener("input", () => { this.timer ??= setTimeout(() => this.#meanwhile(), EVERY_MS); });
  }

  #meanwhile() {
    this.timer = undefined;
    const text = by("said").value.trim();
    if (text !== "" && text !== this.told) this.hear(text, false);
    this.told = text;
  }

  #done() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.told = "";
    const text = by("said").value.trim();
    if (text === "") return;
    if (!this.hear(text, true)) return setText(by("heard"), say().robot.unheard); // the words stay in the field
    by("said").value = "";
    return setText(by("heard"), say().robot.heard(text));
  }
}
