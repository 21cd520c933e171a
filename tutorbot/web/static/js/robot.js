// The robot's page: a body for the tutor. It does what it is told now, and says when it is done.
//
// A page is the robot once somebody pressed Start on it: browsers speak only after a click, and a page that is merely
// open takes the robot from no other.

import { by, setText } from "./dom.js";
import { Developer, developing } from "./robot_developer.js";
import { Ears } from "./robot_ears.js";
import { Face } from "./robot_face.js";
import { RobotLine } from "./robot_line.js";
import { localVoice, Speech } from "./robot_speech.js";
import { language, nameOf, say, speak, spell } from "./words.js";

const MUTED = "tutorbot:robot:muted";
const coarse = matchMedia("(pointer: coarse)");

const asked = new URLSearchParams(location.search).get("lang");
const face = new Face();
const speech = new Speech({ lips: face, note: tellVoice });
let where = "offline"; // here, elsewhere, nowhere, offline or unknown
let started = false; // Start was pressed here, and nobody took the robot elsewhere since
let next = null; // an utterance that was handed over and waits for its "go"

const line = new RobotLine({
  message: (message) => orders[message.type]?.(message),
  up: () => {},
  down: () => stand("offline"),
  unknown: () => stand("unknown"),
});
const developer = new Developer((n, what, on) => line.send("ask", { n, what, on }));
new Ears((text, final) => where === "here" && line.send("heard", { text, final, language: language() }));

const orders = {
  robot: (message) => stand(message.where),
  beat: () => line.send("beat"),
  say(message) {
    next = message;
    line.send("done", { n: message.n });
  },
  go({ n }) {
    if (next?.n !== n) return;
    const { text, language: spoken } = next;
    next = null;
    if (asked === null) write(spoken);
    speech.speak(text, spoken, (voiced) => line.send("ended", { n, voiced }));
  },
  stop({ n }) {
    hush();
    line.send("done", { n });
  },
  hush,
  gesture: (message) => moved(message, () => face.gesture(message.name)),
  express: (message) => moved(message, () => face.express(message.name)),
  look: (message) => moved(message, () => face.look(message.name)),
  tell: (message) => developer.told(message),
  asked: (message) => developer.answered(message),
  problem: ({ text, remedy }) => setText(by("note"), `${text} ${remedy}`),
};

function moved({ n }, move) {
  move();
  line.send("done", { n });
}

function hush() {
  next = null;
  speech.cut();
}

/** What this page is now. */
function stand(now) {
  if (now === where && now !== "nowhere") return undefined; // another page came or went
  if (now === "elsewhere") started = false;
  if (now === "nowhere" && started) return start(false); // the line was lost and is back
  if (now !== "here") hush();
  where = now;
  return show();
}

function start(take) {
  started = true;
  return line.send("start", { take, developer: developing });
}

/** Bring the page to what it is. */
function show() {
  const words = say().robot;
  const awake = where === "here";
  const held = by("asleep").contains(document.activeElement) || document.activeElement === document.body;
  face.wake(awake);
  by("asleep").hidden = awake;
  by("ears").hidden = !awake;
  by("head").disabled = !awake;
  by("start").hidden = !["elsewhere", "nowhere"].includes(where);
  if (!awake) {
    by("bubble").hidden = true;
    setText(by("words"), "");
    setText(by("note"), "");
    const { title, text } = words.asleep[where];
    setText(by("asleep-title"), title);
    setText(by("asleep-text"), text);
  } else {
    if (held && !coarse.matches) by("said").focus(); // on a tablet the keyboard would cover the robot
    if (!speech.muted) tellVoice(localVoice(language()) ? "" : "noVoice", language());
  }
  setText(by("line"), words.line[where]);
  by("line").dataset.where = where;
}

/** Why there is no voice; "" takes it away. */
function tellVoice(what, spoken) {
  setText(by("note"), what === "" ? "" : say().robot[what](nameOf(spoken.split("-")[0], language())));
}

/** The page's own words in the language of the session. */
function write(tag) {
  const changed = speak(tag);
  document.documentElement.lang = language();
  if (!changed) return;
  spell(document, say().robot.static);
  show();
}

function mute(on) {
  speech.mute(on);
  by("mute").setAttribute("aria-pressed", String(on));
  try {
    sessionStorage.setItem(MUTED, on ? "yes" : "no");
  } catch {
    // Storage switched off: it holds as long as the page does.
  }
  if (!on && where === "here") tellVoice(localVoice(language()) ? "" : "noVoice", language());
}

function wasMuted() {
  try {
    return sessionStorage.getItem(MUTED) === "yes";
  } catch {
    return false;
  }
}

by("start").addEventListener("click", () => {
  speech.permit(language());
  start(true);
});
by("mute").addEventListener("click", () => mute(!speech.muted));
by("head").addEventListener("click", (event) => {
  // A press of a key has no place; one of the hand counts on the head alone.
  if (event.detail > 0 && !event.target.closest(".skull")) return;
  if (line.send("touched", { where: "head" })) face.touched();
});
window.speechSynthesis?.getVoices(); // browsers look for them only when asked
window.speechSynthesis?.addEventListener?.("voiceschanged", () => {
  if (where === "here" && speech.now === null && !speech.muted) tellVoice(localVoice(language()) ? "" : "noVoice", language());
});

speak(asked ?? navigator.language ?? "en");
document.documentElement.lang = language();
spell(document, say().robot.static);
mute(wasMuted());
show();
line.connect();
