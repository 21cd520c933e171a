// The check before the start: what this device can do, measured here, with what could be done about it.
//
// A camera picture is looked at in this page alone: its mean brightness is worked out and the picture is dropped.

import { by, icon, make, setAttribute, setText } from "./dom.js";
import { say } from "./words.js";

const PINGS = 5;
const PING_MS = 3000; // no answer by then is none
const SLOW_MS = 400; // pilot value: beyond this the tutor's answers are felt to be late
const SMALLEST = [320, 480]; // CSS px; below that the board does not fit (pilot value)
const DARK = 50; // mean brightness, 0 to 255 (pilot values)
const BRIGHT = 225;
const LOOK_MS = 1200; // a camera needs about that long to set its exposure
const MARKS = { passed: "right", warned: "bulb", failed: "wrong", skipped: "ring", running: "ring", waiting: "ring" };

export class DeviceCheck {
  /** act(type, fields) sends what was found; ping(n) asks the server for an answer, which `pong` hands over. */
  constructor(act, ping) {
    this.act = act;
    this.ping = ping;
    this.rows = null;
    this.turn = 0;
    this.waiting = new Map();
    by("check-again").addEventListener("click", () => this.#run());
    by("check-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#finish();
    });
  }

  /** check: the view's part of the same name. pending: the learner has gone on already. */
  render(check, pending) {
    by("check-next").disabled = pending;
    const key = check.items.join(" ") + document.documentElement.lang;
    if (this.key === key) return;
    this.key = key;
    this.items = check.items;
    this.rows = new Map(check.items.map((name) => [name, this.#row(name)]));
    by("check-items").replaceChildren(...Array.from(this.rows.values(), ({ element }) => element));
    this.#run();
  }

  /** The check is over or interrupted: nothing of the camera stays on. */
  leave() {
    if (this.key === undefined) return;
    this.turn += 1;
    this.key = undefined;
    this.#dark();
  }

  /** The server's answer to a ping. */
  pong(n) {
    this.waiting.get(n)?.();
  }

  #row(name) {
    const words = say().checks;
    const state = make("strong", {});
    const mark = make("span", { class: "mark", "aria-hidden": "true" });
    const text = make("p", {});
    const remedy = make("p", { class: "remedy" });
    const element = make("li", { "data-check": name }, mark, make("div", {}, make("h2", {}, words.names[name], ": ", state), text, remedy));
    return { element, state, mark, text, remedy };
  }

  #show(name, outcome, text = "", remedy = "") {
    const row = this.rows.get(name);
    setAttribute(row.element, "data-outcome", outcome);
    setText(row.state, say().checks.states[outcome]);
    row.mark.replaceChildren(icon(MARKS[outcome]));
    setText(row.text, text);
    setText(row.remedy, remedy);
  }

  /** One thing was found out: shown, and told to the server. */
  #found(turn, name, outcome, detail, text, remedy = "") {
    if (turn !== this.turn) return;
    this.outcomes.set(name, outcome);
    this.#show(name, outcome, text, remedy);
    this.act("device_check", { check: name, outcome, detail });
    const all = this.items.every((one) => this.outcomes.has(one));
    const well = all && [...this.outcomes.values()].every((one) => one === "passed");
    setText(by("check-result"), all ? (well ? say().checks.ready : say().checks.goAnyway) : "");
  }

  async #run() {
    const turn = ++this.turn;
    this.#dark();
    this.outcomes = new Map();
    setText(by("check-result"), "");
    for (const name of this.items) this.#show(name, "running");
    if (this.items.includes("browser")) this.#browser(turn);
    if (this.items.includes("screen")) this.#screen(turn);
    if (this.items.includes("input")) this.#input(turn);
    if (this.items.includes("connection")) await this.#connection(turn);
    if (turn === this.turn && this.items.includes("camera")) await this.#camera(turn);
  }

  #browser(turn) {
    const words = say().checks;
    const needed = {
      dialog: typeof HTMLDialogElement !== "undefined" && "showModal" in HTMLDialogElement.prototype,
      inert: "inert" in HTMLElement.prototype,
      "structured clone": typeof structuredClone === "function",
      "session storage": storageWorks(),
      ":has()": CSS.supports("selector(:has(a))"),
    };
    if (this.items.includes("camera")) needed.camera = Boolean(navigator.mediaDevices?.getUserMedia);
    const missing = Object.keys(needed).filter((name) => !needed[name]).join(", ");
    if (missing) this.#found(turn, "browser", "failed", `missing: ${missing}`, words.browserFailed(missing), words.browserRemedy);
    else this.#found(turn, "browser", "passed", null, words.browserPassed);
  }

  #screen(turn) {
    const words = say().checks;
    const [width, height] = [Math.round(innerWidth), Math.round(innerHeight)];
    const detail = `${width}x${height} at ${devicePixelRatio.toFixed(2)}`;
    if (width < SMALLEST[0] || height < SMALLEST[1]) this.#found(turn, "screen", "warned", detail, words.screenWarned(width, height), words.screenRemedy);
    else this.#found(turn, "screen", "passed", detail, words.screenPassed(width, height));
  }

  /** What the button is pressed with, it will be worked with. */
  #input(turn) {
    const words = say().checks;
    const button = make("button", { type: "button", id: "check-press" }, words.inputButton);
    this.#show("input", "waiting", words.inputAsk);
    this.rows.get("input").remedy.replaceChildren(button);
    let by_ = "keyboard";
    button.addEventListener("pointerdown", (event) => { by_ = event.pointerType || "mouse"; });
    button.addEventListener("click", (event) => {
      if (event.detail === 0) by_ = "keyboard";
      const held = document.activeElement === button;
      this.#found(turn, "input", "passed", by_, words.inputPassed[by_] ?? words.inputPassed.mouse);
      if (held) by("check-next").focus({ preventScroll: true }); // the button is gone: focus must not be lost
    });
  }

  async #connection(turn) {
    const words = say().checks;
    const times = [];
    for (let n = 0; n < PINGS && turn === this.turn; n += 1) {
      const ms = await this.#roundTrip(turn * 100 + n);
      if (ms === null) break;
      times.push(ms);
    }
    if (turn !== this.turn) return;
    if (times.length < PINGS) {
      this.#found(turn, "connection", "failed", `${times.length} of ${PINGS} answers`, words.connectionFailed, words.connectionRemedy);
      return;
    }
    const median = Math.round(times.sort((a, b) => a - b)[Math.floor(PINGS / 2)]);
    if (median > SLOW_MS) this.#found(turn, "connection", "warned", `median ${median} ms`, words.connectionWarned(median), words.connectionRemedy);
    else this.#found(turn, "connection", "passed", `median ${median} ms`, words.connectionPassed(median));
  }

  /** ms from a ping to its answer; null: there was none. */
  #roundTrip(n) {
    return new Promise((done) => {
      const began = performance.now();
      const settle = (ms) => {
        clearTimeout(late);
        this.waiting.delete(n);
        done(ms);
      };
      const late = setTimeout(() => settle(null), PING_MS);
      this.waiting.set(n, () => settle(performance.now() - began));
      this.ping(n);
    });
  }

  async #camera(turn) {
    const words = say().checks;
    this.#show("camera", "running", words.cameraAsk);
    let stream;
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError");
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" } });
    } catch (error) {
      const denied = error.name === "NotAllowedError" || error.name === "SecurityError";
      if (denied) this.#found(turn, "camera", "failed", "denied", words.cameraDenied, words.cameraDeniedRemedy);
      else this.#found(turn, "camera", "failed", "absent", words.cameraAbsent, words.cameraAbsentRemedy);
      if (this.items.includes("light")) this.#found(turn, "light", "skipped", null, words.lightNone);
      return;
    }
    if (turn !== this.turn) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    this.stream = stream;
    const seen = await look(stream);
    this.#dark();
    if (turn !== this.turn) return;
    this.#found(turn, "camera", "passed", `${seen.width}x${seen.height}`, words.cameraPassed(seen.width, seen.height));
    if (this.items.includes("light")) this.#light(turn, seen.brightness);
  }

  #light(turn, brightness) {
    const words = say().checks;
    if (brightness === null) this.#found(turn, "light", "skipped", null, words.lightNone);
    else if (brightness < DARK) this.#found(turn, "light", "warned", "dark", words.lightDark, `${words.lightDarkRemedy} ${words.lightLocal}`);
    else if (brightness > BRIGHT) this.#found(turn, "light", "warned", "bright", words.lightBright, `${words.lightBrightRemedy} ${words.lightLocal}`);
    else this.#found(turn, "light", "passed", null, words.lightPassed, words.lightLocal);
  }

  /** The camera's light goes out. */
  #dark() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
  }

  #finish() {
    const turn = this.turn;
    for (const name of this.items) {
      if (!this.outcomes.has(name)) this.#found(turn, name, "skipped", null, "");
    }
    this.turn += 1;
    this.#dark();
    this.act("check_done");
  }
}

/** Size and mean brightness (0 to 255) of what a camera shows; null where it showed nothing. */
async function look(stream) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await Promise.race([video.play().catch(() => undefined), pause(LOOK_MS)]);
  await pause(LOOK_MS);
  const seen = { width: video.videoWidth, height: video.videoHeight, brightness: seenBrightness(video) };
  video.srcObject = null;
  return seen;
}

function seenBrightness(video) {
  if (video.videoWidth === 0) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [32, 24];
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.drawImage(video, 0, 0, 32, 24);
  const { data } = context.getImageData(0, 0, 32, 24);
  let sum = 0;
  // Rec. 709 luma.
  for (let i = 0; i < data.length; i += 4) sum += 0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2];
  return sum / (data.length / 4);
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

function storageWorks() {
  try {
    sessionStorage.setItem("tutorbot:check", "1");
    sessionStorage.removeItem("tutorbot:check");
    return true;
  } catch {
    return false;
  }
}
