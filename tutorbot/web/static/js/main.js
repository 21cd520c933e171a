// Joins the parts of the participant page: one view comes from the server, the parts show it.

import { Board } from "./board.js";
import { Camera } from "./camera.js";
import { Chat } from "./chat.js";
import { CheckIn } from "./check_in.js";
import { by, icon, make, setAttribute, setText } from "./dom.js";
import { ConsentForm, ProbeForm, Reading, renderEnd } from "./forms.js";
import { Result } from "./result.js";
import { Sensing } from "./sensing.js";
import { Wire } from "./wire.js";
import { say, speak } from "./words.js";

const SHEETS = ["waiting", "consent", "baseline", "work", "ended"];
const WORKING = ["task", "probe"];

const code = decodeURIComponent(location.pathname.split("/").at(-1));
let view = null;
let phase = null;
let settled = []; // acknowledged, but perhaps not in a view yet
let cameraAnswer = null; // what the browser said since this page was loaded
let insisting = false; // the learner asked for the camera again; the server learns of it by its state
let left = false;
let barHeight = 0; // of the bar that sticks to a phone's lower edge
const versionKey = `tutorbot:${code}:consent`;

const wire = new Wire(code, { message, settled: onSettled, refused: onRefused, line: onLine, blocked: onBlocked });
const camera = new Camera((at, jpeg) => wire.frame(at, jpeg), onCamera);
const board = new Board(act);
const chat = new Chat(act, alarm);
const consent = new ConsentForm(act);
const reading = new Reading(act);
const result = new Result();
const probe = new ProbeForm(act);
const checkIn = new CheckIn(act, () => { if (view) render(); });
const sensing = new Sensing({
  pause: (on) => {
    if (on) stopCamera(); // at once, whatever the line does
    act("pause", { on });
  },
  cameraAgain: () => {
    cameraAnswer = null;
    insisting = true;
    render();
  },
  cameraOff: () => {
    stopCamera();
    // The text agreed to is gone from the view by now; its version was kept.
    act("consent", { participation: true, camera: false, version: sessionStorage.getItem(versionKey) ?? "withdrawn" });
  },
});

function act(type, fields) {
  const action = wire.act(type, fields);
  if (view) render();
  return action;
}

function message(m) {
  if (m.type === "view") {
    view = m.view;
    settled = [];
    render();
  } else if (m.type === "message") {
    chat.add(m);
  } else if (m.type === "problem") {
    if (m.about === "camera_refused") {
      camera.stop();
      onCamera("lost");
    }
    alarm(m.text, m.remedy);
  } else if (m.type === "frame_ack") {
    camera.answered();
  }
}

function onSettled(action) {
  settled.push(action);
  if (view) render();
}

function onRefused(action) {
  if (action.type === "say") chat.giveBack(action.text);
  if (view) render();
}

function onCamera(state) {
  cameraAnswer = state;
  if (state !== "on") insisting = false;
  wire.note("camera_state", { state });
  if (view) render();
}

/** The server's view with what the learner did since. */
function current() {
  const shown = structuredClone(view);
  for (const action of [...settled, ...wire.waiting]) {
    if (action.type === "place" && shown.phase === "task" && action.item_id === shown.task.item_id) {
      const card = shown.task.cards.find((one) => one.id === action.card_id);
      if (card) Object.assign(card, { box: action.box === "none" ? null : action.box, marked: null });
    } else if (action.type === "pause" && shown.sensing) {
      shown.sensing.paused = action.on;
      if (action.on) shown.check_in = null; // the server withdraws them too
    } else if (action.type === "end" || (action.type === "check_in" && action.probe_id === shown.check_in?.probe_id)) {
      shown.check_in = null;
    } else if (action.type === "consent" && !action.camera && phase !== "consent" && shown.sensing?.camera !== "refused") {
      shown.sensing.camera = "off";
      if (shown.baseline) shown.baseline.camera = false;
    }
  }
  return shown;
}

function render() {
  const shown = current();
  speak(shown.language ?? "en");
  setAttribute(document.documentElement, "lang", shown.language ?? "en");
  const working = WORKING.includes(shown.phase);
  const over = shown.phase === "ended" || shown.phase === "refused";
  const sheet = working ? "work" : over ? "ended" : shown.phase;
  for (const id of SHEETS) by(id).hidden = id !== sheet;
  by("task").hidden = shown.phase !== "task";
  by("probe").hidden = shown.phase !== "probe";
  renderTop(shown, working, over);
  runCamera(shown);
  if (shown.phase === "consent") {
    consent.render(shown.consent);
    sessionStorage.setItem(versionKey, shown.consent.version);
  }
  if (shown.phase === "baseline") reading.render(shown.baseline, baselineCamera());
  else reading.stop();
  if (shown.phase === "task") board.render(shown.task);
  if (shown.phase === "probe") {
    result.render(shown.task);
    probe.render(shown.probe);
  }
  if (over) {
    renderEnd(shown);
    wire.clear();
    if (by("end-dialog").open) by("end-dialog").close();
  }
  checkIn.render(shown.phase === "task" ? shown.check_in : null);
  const entered = phase !== shown.phase;
  phase = shown.phase;
  if (entered) focusHeading(shown.phase);
  // One frame later: words are spoken only in a live region that was there before them.
  if (working && entered) requestAnimationFrame(talk);
  else if (working) talk();
  measure();
}

/** The conversation of the newest view. */
function talk() {
  if (!view) return;
  const shown = current();
  const pending = wire.waiting.filter((action) => action.type === "say").map((action) => action.text);
  chat.render(shown.messages ?? [], shown.tutor, pending.length === 0 && !shown.sensing?.paused);
  chat.renderPending(pending);
}

function renderTop(shown, working, over) {
  setText(by("session-label"), shown.session_label);
  by("test-banner").hidden = !shown.test_only && !shown.banner;
  setText(by("test-banner-text"), shown.banner ?? "Test only: nothing here is study data.");
  by("progress").hidden = !shown.task;
  if (shown.task) {
    setText(by("progress-text"), say().board(shown.task.n, shown.task.of));
    by("progress-bar").max = shown.task.of;
    by("progress-bar").value = shown.task.n;
  }
  const begun = working || shown.phase === "baseline";
  sensing.render(begun ? shown.sensing : null, cameraAnswer);
  by("end-now").hidden = over || shown.phase === "consent";
}

/** The camera runs when the server wants it, the learner has not stopped it and the browser has not said no. */
function runCamera(shown) {
  const state = shown.sensing?.camera;
  const asked = shown.phase === "baseline" ? shown.baseline?.camera === true && state !== "refused" : WORKING.includes(shown.phase) && state === "on";
  if (asked) insisting = false;
  const begun = shown.phase === "baseline" || WORKING.includes(shown.phase);
  const wanted = (asked || (insisting && begun)) && !shown.sensing?.paused;
  if (!wanted) {
    stopCamera();
  } else if (cameraAnswer === null || cameraAnswer === "on") {
    camera.start();
  }
}

function stopCamera() {
  camera.stop();
  insisting = false;
  if (cameraAnswer === "on") cameraAnswer = null;
}

function baselineCamera() {
  if (cameraAnswer !== null) return cameraAnswer;
  return camera.asking || camera.running ? "asking" : "off";
}

function focusHeading(name) {
  const heading = { consent: "consent-title", baseline: "baseline-title", task: "task-title", probe: "probe-title", ended: "ended-title", refused: "ended-title" }[name];
  scrollTo(0, 0);
  by(heading)?.focus({ preventScroll: true });
}

/** An alert: stays until it is closed; the same one is not stacked. */
function alarm(text, remedy) {
  const wanted = [text, remedy].filter(Boolean).join(" ");
  const alerts = by("alerts");
  for (const old of alerts.children) if (old.firstChild.textContent === wanted) old.remove();
  const close = make("button", { type: "button", class: "quiet", "aria-label": say().close }, icon("close"));
  const element = make("div", { class: "alert" }, make("p", {}, wanted), close);
  close.addEventListener("click", () => {
    element.remove();
    measure();
  });
  alerts.append(element);
  while (alerts.children.length > 3) alerts.firstChild.remove();
  measure();
}

function onLine(state) {
  setText(by("connection"), state === "up" ? "" : say().connectionLost);
  measure();
}

function onBlocked(reason) {
  camera.stop();
  const words = say();
  phase = null;
  view = null;
  checkIn.render(null);
  for (const id of SHEETS) by(id).hidden = id !== "waiting";
  setText(by("connection"), "");
  sensing.render(null);
  for (const id of ["progress", "end-now"]) by(id).hidden = true;
  setText(by("waiting-title"), words[`${reason}Title`]);
  setText(by("waiting-text"), words[`${reason}Text`]);
  setText(by("waiting-remedy"), words[`${reason}Remedy`]);
  by("waiting-retry").hidden = false;
  measure();
}

by("waiting-retry").addEventListener("click", () => location.reload());

// End now
by("end-now").addEventListener("click", () => by("end-dialog").showModal());
by("end-keep").addEventListener("click", () => by("end-dialog").close());
by("end-confirm").addEventListener("click", () => {
  by("end-dialog").close();
  stopCamera();
  act("end");
});

// Attention: whether this page is in front; never what else is.
function attend() {
  const away = document.hidden || !document.hasFocus();
  if (away === left || !WORKING.includes(phase)) return;
  left = away;
  wire.note("attention", { state: away ? "left" : "returned" });
}
document.addEventListener("visibilitychange", attend);
addEventListener("blur", attend);
addEventListener("focus", attend);

// What sticks to the edges must not hide what has the focus, nor come to hide it when it grows.
function measure() {
  const style = document.documentElement.style;
  const px = (element, position) => (getComputedStyle(element).position === position ? Math.ceil(element.getBoundingClientRect().height) : 0);
  style.setProperty("--obscured-top", `${px(by("top"), "sticky")}px`);
  const bottom = px(by("helpbar"), "fixed");
  style.setProperty("--obscured-bottom", `${bottom}px`);
  const focused = document.activeElement;
  if (bottom > barHeight && by("main").contains(focused) && !by("helpbar").contains(focused)) {
    const { top, bottom: end } = focused.getBoundingClientRect();
    const wasInSight = top < innerHeight - barHeight;
    if (wasInSight && end > innerHeight - bottom) focused.scrollIntoView({ block: "nearest" });
  }
  barHeight = bottom;
}
const watcher = new ResizeObserver(measure);
watcher.observe(by("top"));
watcher.observe(by("helpbar"));

wire.connect();
