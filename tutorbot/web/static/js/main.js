// Joins the parts of the participant page: one view comes from the server, the parts show it.

import { Board } from "./board.js";
import { Camera } from "./camera.js";
import { Chat } from "./chat.js";
import { CheckIn } from "./check_in.js";
import { DeviceCheck } from "./device_check.js";
import { by, icon, make, setAttribute, setText } from "./dom.js";
import { Ending } from "./ending.js";
import { ConsentForm, ProbeForm, Reading } from "./forms.js";
import { Languages } from "./languages.js";
import { Questions } from "./questions.js";
import { Result } from "./result.js";
import { Rights } from "./rights.js";
import { Sensing } from "./sensing.js";
import { Wire } from "./wire.js";
import { language as languageInForce, say, speak, spell } from "./words.js";

const SHEETS = ["waiting", "consent", "device-check", "questions", "baseline", "work", "ended"];
const WORKING = ["task", "probe"];

const code = decodeURIComponent(location.pathname.split("/").at(-1));
let view = null;
let phase = null;
let place = null; // the phase, and in phase "questions" which of them
let settled = []; // acknowledged, but perhaps not in a view yet
let cameraAnswer = null; // what the browser said since this page was loaded
let insisting = false; // the learner asked for the camera again; the server learns of it by its state
let left = false;
let spelled = false;
let barHeight = 0; // of the bar that sticks to a phone's lower edge
const versionKey = `tutorbot:${code}:consent`;
const noticeKey = `tutorbot:${code}:notice`;

// Before the server has said which language the session is in: that of the address, or the browser's.
inLanguage(new URLSearchParams(location.search).get("lang") ?? (navigator.language || "en"));

const wire = new Wire(code, { message, settled: onSettled, refused: onRefused, line: onLine, blocked: onBlocked });
const camera = new Camera((at, jpeg) => wire.frame(at, jpeg), onCamera);
const board = new Board(act);
const chat = new Chat(act, alarm);
const consent = new ConsentForm(act);
const reading = new Reading(act);
const result = new Result();
const probe = new ProbeForm(act);
const questions = new Questions(act);
const deviceCheck = new DeviceCheck(act, (n) => wire.note("ping", { n }));
const ending = new Ending();
const languages = new Languages(act);
const rights = new Rights({
  withdraw: (purpose) => {
    if (purpose === "participation" || purpose === "camera") stopCamera(); // at once, whatever the line does
    if (purpose === "participation") questions.keep();
    act("withdraw", { purpose });
  },
  stop: () => by("end-dialog").showModal(),
});
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

let resting = false;
let before = null; // what had the focus when the break began

function act(type, fields, replaces) {
  const action = wire.act(type, fields, replaces);
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
    if (m.about === "paused" && !current()?.sensing?.paused) return; // it goes on by now
    if (m.about === "camera_refused") {
      camera.stop();
      onCamera("lost");
    }
    alarm(m.text, m.remedy, m.about);
  } else if (m.type === "frame_ack") {
    camera.answered();
  } else if (m.type === "pong") {
    deviceCheck.pong(m.n);
  }
}

function onSettled(action) {
  settled.push(action);
  if (view) render();
}

function onRefused(action) {
  if (action.type === "say") chat.giveBack(action.text);
  if (action.type === "answer") questions.refused(action);
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
    } else if (action.type === "answer" && asks(shown.questions, action)) {
      const item = shown.questions.items.find((one) => one.id === action.item_id);
      if (item) item.answer = action;
    } else if (withoutCamera(action) && shown.sensing?.camera !== "refused") {
      if (shown.sensing) shown.sensing.camera = "off";
      if (shown.baseline) shown.baseline.camera = false;
    }
  }
  return shown;
}

/** The camera was taken back by this action. */
function withoutCamera(action) {
  if (action.type === "withdraw") return action.purpose === "camera" || action.purpose === "participation";
  return action.type === "consent" && !action.camera && phase !== "consent";
}

/** Whether an answer, or the end of the answers, belongs to the questionnaire that is open. */
function asks(open, { instrument, part, block }) {
  return Boolean(open) && open.instrument === instrument && open.part === part && (open.block ?? null) === (block ?? null);
}

/** An action of that type is on its way. */
function pending(type, fits = () => true) {
  return wire.waiting.some((action) => action.type === type && fits(action));
}

function inLanguage(language) {
  if (speak(language) || !spelled) spell();
  spelled = true;
  setAttribute(document.documentElement, "lang", languageInForce());
}

function render() {
  const shown = current();
  inLanguage(shown.language ?? "en");
  const working = WORKING.includes(shown.phase);
  const over = shown.phase === "ended" || shown.phase === "refused";
  const sheet = working ? "work" : over ? "ended" : shown.phase === "check" ? "device-check" : shown.phase;
  for (const id of SHEETS) by(id).hidden = id !== sheet;
  by("task").hidden = shown.phase !== "task";
  by("probe").hidden = shown.phase !== "probe";
  renderTop(shown, working, over);
  rest(Boolean(shown.sensing?.paused));
  if (over) by("alerts").replaceChildren();
  runCamera(shown);
  if (shown.phase === "consent") {
    consent.render(shown.consent);
    sessionStorage.setItem(versionKey, shown.consent.version);
  }
  languages.render(shown.phase === "consent" ? shown.languages : null, shown.language);
  if (shown.phase === "check") deviceCheck.render(shown.check, pending("check_done"));
  else deviceCheck.leave();
  if (shown.phase === "questions") questions.render(shown.questions, pending("questions_done", (action) => asks(shown.questions, action)));
  else questions.leave();
  if (shown.phase === "baseline") reading.render(shown.baseline, baselineCamera(shown), ofRobot(shown));
  else reading.stop();
  if (shown.phase === "task") board.render(shown.task);
  if (shown.phase === "probe") {
    result.render(shown.task);
    probe.render(shown.probe);
  }
  if (over) {
    ending.render(shown);
    wire.clear();
    if (by("end-dialog").open) by("end-dialog").close();
  }
  checkIn.render(shown.phase === "task" ? shown.check_in : null);
  const waiting = wire.waiting.filter((action) => action.type === "withdraw").map((action) => action.purpose);
  rights.render(shown.rights ?? null, !over && shown.phase !== "consent", waiting);
  const stands = shown.phase === "questions" ? `questions ${shown.questions.instrument} ${shown.questions.part} ${shown.questions.block} ${shown.questions.step}` : shown.phase;
  const entered = place !== stands;
  place = stands;
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
  setText(by("test-banner-text"), shown.banner ?? say().testOnly);
  by("progress").hidden = !shown.task;
  if (shown.task) {
    setText(by("progress-text"), say().board(shown.task.n, shown.task.of));
    by("progress-bar").max = shown.task.of;
    by("progress-bar").value = shown.task.n;
  }
  renderSteps(shown.progress);
  renderNotice(shown.notice);
  const begun = working || shown.phase === "baseline";
  sensing.render(begun ? shown.sensing : null, cameraAnswer);
  by("end-now").hidden = over || shown.phase === "consent";
}

/** In a break nothing on the board or beside it can be used; what is written there stays. */
function rest(paused) {
  if (paused === resting) return;
  if (paused) before = document.activeElement;
  for (const part of document.querySelectorAll("[data-still]")) part.inert = paused;
  if (paused && before?.closest("[data-still]")) by("pause").focus({ preventScroll: true });
  if (!paused) {
    for (const alert of document.querySelectorAll(".alert[data-about='paused']")) alert.remove();
    if ([document.body, by("pause")].includes(document.activeElement)) before?.focus({ preventScroll: true });
  }
  resting = paused;
}

/** Where in the whole session this is. */
function renderSteps(progress) {
  by("steps").hidden = !progress;
  if (!progress) return;
  setText(by("steps-text"), say().step(progress.step, progress.of, progress.label ?? say().steps[progress.kind]));
  by("steps-bar").max = progress.of;
  by("steps-bar").value = progress.step;
}

/** What the study has to say to somebody who comes back: until it is closed, and once in this tab. */
function renderNotice(text) {
  const shown = text && sessionStorage.getItem(noticeKey) !== text ? text : "";
  setText(by("notice-text"), shown);
  by("notice-close").hidden = shown === "";
}

/** The camera runs when the server wants it, the learner has not stopped it and the browser has not said no. */
function runCamera(shown) {
  const state = shown.sensing?.camera;
  const asked = shown.phase === "baseline" ? shown.baseline?.camera === true && state !== "refused" : WORKING.includes(shown.phase) && state === "on";
  if (asked) insisting = false;
  const begun = shown.phase === "baseline" || WORKING.includes(shown.phase);
  const wanted = (asked || (insisting && begun)) && !shown.sensing?.paused && !ofRobot(shown);
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

/** The robot looks, so this device's camera stays shut whatever else is said. */
function ofRobot(shown) {
  return shown.sensing?.camera_of === "robot";
}

function baselineCamera(shown) {
  if (ofRobot(shown)) return { on: "on", off: "asking" }[shown.sensing.camera] ?? "off";
  if (cameraAnswer !== null) return cameraAnswer;
  return camera.asking || camera.running ? "asking" : "off";
}

function focusHeading(name) {
  const heading = { consent: "consent-title", check: "check-title", questions: "questions-title", baseline: "baseline-title", task: "task-title", probe: "probe-title", ended: "ended-title", refused: "ended-title" }[name];
  scrollTo(0, 0);
  by(heading)?.focus({ preventScroll: true });
}

/** An alert: stays until it is closed; the same one is not stacked. */
function alarm(text, remedy, about) {
  const wanted = [text, remedy].filter(Boolean).join(" ");
  const alerts = by("alerts");
  for (const old of alerts.children) if (old.firstChild.textContent === wanted) old.remove();
  const close = make("button", { type: "button", class: "quiet", "aria-label": say().close }, icon("close"));
  const element = make("div", { class: "alert", ...(about && { "data-about": about }) }, make("p", {}, wanted), close);
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

function onBlocked(reason, takeover) {
  camera.stop();
  deviceCheck.leave();
  questions.keep();
  questions.leave();
  rights.render(null);
  const words = say();
  phase = null;
  place = null;
  view = null;
  checkIn.render(null);
  for (const id of SHEETS) by(id).hidden = id !== "waiting";
  setText(by("connection"), "");
  sensing.render(null);
  for (const id of ["progress", "end-now", "steps"]) by(id).hidden = true;
  if (by("end-dialog").open) by("end-dialog").close();
  setText(by("waiting-title"), words[`${reason}Title`]);
  setText(by("waiting-text"), words[`${reason}Text`]);
  setText(by("waiting-remedy"), words[`${reason}Remedy`]);
  by("waiting-retry").hidden = reason === "moved";
  by("waiting-take").hidden = !takeover;
  by("waiting-title").focus({ preventScroll: true });
  measure();
}

by("waiting-retry").addEventListener("click", () => location.reload());
by("waiting-take").addEventListener("click", () => {
  for (const id of ["waiting-retry", "waiting-take"]) by(id).hidden = true;
  setText(by("waiting-title"), say().static.connecting);
  setText(by("waiting-text"), say().static.moment);
  setText(by("waiting-remedy"), "");
  wire.takeOver();
});
by("notice-close").addEventListener("click", () => {
  sessionStorage.setItem(noticeKey, by("notice-text").textContent);
  renderNotice(by("notice-text").textContent);
  measure();
});

// End now
by("end-now").addEventListener("click", () => by("end-dialog").showModal());
by("end-keep").addEventListener("click", () => by("end-dialog").close());
by("end-confirm").addEventListener("click", () => {
  by("end-dialog").close();
  stopCamera();
  questions.keep();
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
  style.setProperty("--steps", `${by("steps").hidden ? 0 : Math.ceil(by("steps").getBoundingClientRect().height) + 12}px`);
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
