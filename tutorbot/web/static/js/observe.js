// The observer's page: one learner after the other in a fixed order, at most 20 seconds each (after BROMP 2.0).

import { showAgreement } from "./agreeing.js";
import { by, make, setAttribute, setText } from "./dom.js";
import { newId } from "./ids.js";
import { Live } from "./live.js";
import { post, signOut } from "./post.js";

const LONGEST_S = 20;
const NAME = "tutorbot:observe:name";
const AGAIN_MS = 3000;
const AFFECTS = [
  ["engaged", "Engaged", "1"], ["confused", "Confused", "2"], ["frustrated", "Frustrated", "3"], ["bored", "Bored", "4"],
  ["delighted", "Delighted", "5"], ["surprised", "Surprised", "6"], ["neutral", "Neutral", "7"], ["other", "Other", "8"],
  ["unclear", "Unclear", "9"],
];
const BEHAVIOURS = [
  ["on_task", "On task", "a"], ["on_task_conversation", "On task, talking", "s"], ["off_task", "Off task", "d"],
  ["gaming", "Gaming the system", "f"], ["other", "Other", "g"], ["unclear", "Unclear", "h"],
];

let observer = null;
let sessions = []; // in the fixed order
let at = null; // participant whose turn it is
let look = null; // { participant, began_ms, affect, behaviour } while looking
let ticking = null;
const waiting = []; // observations that the server does not have yet
let sending = false;

function buttons(holder, codes, part) {
  for (const [code, text, key] of codes) {
    const button = make("button", { type: "button", "aria-pressed": "false", "data-code": code },
      `${text} `, make("kbd", {}, key));
    button.addEventListener("click", () => pick(part, code));
    by(holder).append(button);
  }
}

function pick(part, code) {
  if (look === null) return;
  look[part] = look[part] === code ? null : code;
  mark();
  if (look.affect && look.behaviour) decided();
}

function mark() {
  for (const [holder, part] of [["affects", "affect"], ["behaviours", "behaviour"]]) {
    for (const button of by(holder).children) {
      button.setAttribute("aria-pressed", String(look?.[part] === button.dataset.code));
      setAttribute(button, "aria-disabled", look === null ? "true" : null);
    }
  }
}

function watched() {
  return sessions.filter((one) => !one.over);
}

function current() {
  return sessions.find((one) => one.participant === at);
}

/** The next in the order after the one whose turn it is; those who cannot be watched are passed over. */
function next() {
  const order = watched();
  const from = order.findIndex((one) => one.participant > (at ?? ""));
  const turned = from < 0 ? order : [...order.slice(from), ...order.slice(0, from)];
  at = (turned.find((one) => one.can_watch) ?? turned[0])?.participant ?? null;
}

function start() {
  if (look !== null || !current()?.can_watch) return;
  look = { participant: at, began_ms: performance.now(), affect: null, behaviour: null };
  clearInterval(ticking);
  ticking = setInterval(tick, 200);
  setText(by("kept"), "");
  mark();
  show();
  tick();
}

function tick() {
  if (look === null) return;
  const seconds = (performance.now() - look.began_ms) / 1000;
  by("bar").value = Math.min(LONGEST_S, seconds);
  setText(by("seconds"), `${Math.min(LONGEST_S, Math.floor(seconds))} of ${LONGEST_S} s`);
  if (seconds >= LONGEST_S) {
    look.affect ??= "unclear";
    look.behaviour ??= "unclear";
    decided();
  }
}

function decided() {
  const now = performance.now();
  const { participant, began_ms, affect, behaviour } = look;
  waiting.push({
    client_id: newId(), participant, observer, affect, behaviour,
    lasted_s: Math.min(LONGEST_S, (now - began_ms) / 1000), decided_ms: now,
  });
  setText(by("kept"), `${participant}: ${name(AFFECTS, affect)}, ${name(BEHAVIOURS, behaviour)}.`);
  stop();
  next();
  show();
  by("start").focus();
  hand();
}

function name(codes, code) {
  return codes.find(([known]) => known === code)[1].toLowerCase();
}

function stop() {
  clearInterval(ticking);
  look = null;
  mark();
}

function skip() {
  if (at === null) return;
  stop();
  setText(by("kept"), `${at}: passed over, nothing was kept.`);
  next();
  show();
}

/** Hand over what waits, oldest first; what was refused is said and dropped, what had no answer waits. */
async function hand() {
  if (sending) return;
  sending = true;
  while (waiting.length > 0) {
    const { decided_ms, ...fields } = waiting[0];
    const answer = await post("/console/observation", { ...fields, ago_s: Math.min(3600, (performance.now() - decided_ms) / 1000) });
    if (answer.lost) {
      setText(by("error"), `${waiting.length} not stored yet; the server does not answer. Trying again.`);
      setTimeout(hand, AGAIN_MS);
      break;
    }
    waiting.shift();
    setText(by("error"), answer.error && `${fields.participant}: ${answer.error}`);
  }
  sending = false;
}

function show() {
  const order = watched();
  by("rotation").replaceChildren(...order.map((one) => make("li", {
    class: [one.participant === at ? "now" : "", one.can_watch ? "" : "away"].filter(Boolean).join(" ") || null,
    "aria-current": one.participant === at ? "step" : null,
  }, one.participant, one.can_watch ? "" : " (not at work)")));
  const one = current();
  setText(by("next"), look ? `Looking at ${look.participant}` : at ? `Next: ${at}` : "Nobody to look at yet");
  setText(by("hint"), look ? "Code the first affect you see, and the behaviour. Without a decision in 20 s it is unclear."
    : one && !one.can_watch ? "Not at work just now; wait, or pass over." : "");
  by("timer").hidden = look === null;
  setAttribute(by("start"), "aria-disabled", look === null && one?.can_watch ? null : "true");
  setAttribute(by("skip"), "aria-disabled", at === null ? "true" : null);
}

function rows(list) {
  sessions = [...list].sort((a, b) => a.participant.localeCompare(b.participant));
  setText(by("state"), `${watched().length} to look at`);
  by("state").className = "";
  if (look === null && (!current() || current().over)) next();
  if (observer !== null) show();
}

function line(state) {
  const text = {
    down: "The server does not answer. You can go on; what you code is kept here and sent later.",
    out: "Signed out.",
    restarted: "Signed out: the server seems to have been restarted.",
  }[state];
  if (!text) return;
  setText(by("state"), text);
  by("state").className = "trouble";
}

async function begin(event) {
  event.preventDefault();
  const wanted = by("name").value.trim();
  const { error } = await post("/console/observer-name", { observer: wanted });
  setText(by("error"), error);
  if (error) return;
  observer = wanted;
  sessionStorage.setItem(NAME, wanted);
  setText(by("who"), `as ${wanted}`);
  by("name-form").hidden = true;
  by("round").hidden = false;
  mark();
  show();
  by("next").focus();
}

const KEYS = new Map([
  ...AFFECTS.map(([code, , key]) => [key, () => pick("affect", code)]),
  ...BEHAVIOURS.map(([code, , key]) => [key, () => pick("behaviour", code)]),
  [" ", start], ["x", skip],
]);

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.repeat || observer === null) return;
  if (event.target.closest?.("input, textarea, select")) return;
  if (event.key === " " && event.target.closest?.("button") && event.target.id !== "start") return;
  const work = KEYS.get(event.key);
  if (!work) return;
  event.preventDefault();
  work();
});

buttons("affects", AFFECTS, "affect");
buttons("behaviours", BEHAVIOURS, "behaviour");
by("start").addEventListener("click", start);
by("skip").addEventListener("click", skip);
by("sign-out").addEventListener("click", signOut);
by("name-form").addEventListener("submit", begin);
by("name").value = sessionStorage.getItem(NAME) ?? "";
new Live({
  hello() {},
  system(message) { by("no-agreement").hidden = showAgreement(by("agreements"), message.agreement); },
  rows,
  line,
}, { observe: true });
