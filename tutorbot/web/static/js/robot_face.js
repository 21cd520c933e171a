// The robot's face and arms: what it shows stands in attributes of the drawing, and robot.css moves them.

import { by, setText } from "./dom.js";
import { say } from "./words.js";

const GESTURE_MS = 2600; // the longest motion in robot.css is over by then
const TOLD_MS = 5000; // the words for it stay longer
const RHYTHM = [1, 3, 2, 3, 1, 2];
const BEAT_MS = 130;

export class Face {
  constructor() {
    this.figure = by("face");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.speaking = false;
  }

  /** Eyes open, or shut. */
  wake(awake) {
    this.figure.dataset.awake = awake ? "yes" : "no";
    if (!awake) this.rest();
    this.#describe();
  }

  /** As at the beginning. */
  rest() {
    this.endLips();
    this.#endGesture();
    setText(by("doing"), "");
    Object.assign(this.figure.dataset, { expression: "neutral", look: "learner" });
    this.#describe();
  }

  express(name) {
    this.figure.dataset.expression = name;
    this.#describe();
  }

  look(at) {
    this.figure.dataset.look = at;
    this.#describe();
  }

  /** Begin a motion; its words stand below, for who does not see it and for who wants nothing to move. */
  gesture(name) {
    this.#endGesture();
    this.figure.getBoundingClientRect(); // so that the same motion begins anew
    this.figure.dataset.gesture = name;
    this.motion = setTimeout(() => this.#endGesture(), GESTURE_MS);
    this.#tell(say().robot.gestures[name]);
  }

  touched() {
    this.#tell(say().robot.touched);
  }

  /** The mouth moves steadily until a voice tells its words. */
  beginLips() {
    this.endLips();
    this.speaking = true;
    this.#describe();
    let n = 0;
    this.#open(1);
    if (!this.still.matches) this.rhythm = setInterval(() => this.#open(RHYTHM[n++ % RHYTHM.length]), BEAT_MS);
  }

  /** A word of so many letters begins. */
  word(letters) {
    if (!this.speaking || this.still.matches) return;
    clearInterval(this.rhythm);
    const beats = Math.max(1, Math.min(6, Math.round(letters / 3)));
    let n = 0;
    this.#open(3);
    this.rhythm = setInterval(() => this.#open(n < beats ? RHYTHM[n++ % RHYTHM.length] : 1), BEAT_MS);
  }

  endLips() {
    clearInterval(this.rhythm);
    this.speaking = false;
    this.#open(0);
    this.#describe();
  }

  #open(how) {
    this.figure.dataset.lips = how;
  }

  #endGesture() {
    clearTimeout(this.motion);
    delete this.figure.dataset.gesture;
  }

  #tell(words) {
    clearTimeout(this.told);
    setText(by("doing"), words);
    this.told = setTimeout(() => setText(by("doing"), ""), TOLD_MS);
  }

  /** What the drawing shows, in words. */
  #describe() {
    const words = say().robot;
    const { awake, expression, look } = this.figure.dataset;
    const parts = [words.expressions[expression], words.looks[look], ...(this.speaking ? [words.speaks] : [])];
    setText(by("mood"), awake === "yes" ? parts.join(", ") : words.sleeps);
  }
}
