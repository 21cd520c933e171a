// The console: shows what the server sends once a second at most, and hands over what is chosen.

import { showAgreement } from "./agreeing.js";
import { ask } from "./asking.js";
import {
  beginCare, closeCare, dropNotes, giveUpNote, leaveQuietly, restoreNotes, showCare, staleCare, togglePause, writeNote,
} from "./care.js";
import { fill, fillPanel, newCells, troubles } from "./cells.js";
import { by, make, setText } from "./dom.js";
import { drafted } from "./drafts.js";
import { showLeftNotes } from "./left_notes.js";
import { Live } from "./live.js";
import { closeMachine, showMachine, staleMachine } from "./machine.js";
import { post, signOut } from "./post.js";
import { showStudy } from "./study.js";
import { asking, beginWizard, closeWizard, offerWizard, showWizard, staleWizard } from "./wizard.js";

const TITLE = document.title;

const shown = new Map(); // participant -> { line, button, draft, asks, warns, cells, one }
let chosen = null; // a participant
let order = [];
let blinded = false;
let told = false; // the rows have come at least once
let out = false;

/** A row whose button stays the same element: what has the focus keeps it when the row is renewed. */
function newRow(one) {
  const button = make("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": "machine" },
    one.participant);
  const who = make("th", { scope: "row", role: "rowheader" }, button);
  if (one.test_only) who.append(make("span", { class: "tag" }, "test only"));
  const asks = make("span", { class: "tag asks", hidden: true });
  const warns = make("span", { class: "warns" });
  const draft = make("span", { class: "tag draft", hidden: true, title: "A note is not saved yet" }, "not saved");
  who.append(draft, asks, warns);
  const cells = newCells();
  const line = make("tr", { role: "row" }, who, ...Object.values(cells));
  line.addEventListener("click", (event) => {
    if (String(getSelection())) return; // marking text to copy is no choice
    choose(chosen === one.participant ? null : one.participant);
    // By mouse or finger the wizard's keys work at once; who uses the keyboard stays in the table.
    if (chosen === one.participant && event.detail > 0) by("machine").focus({ preventScroll: true });
  });
  return { line, button, draft, asks, warns, cells };
}

/** Who needs a person first, who is done last; within that by participant. */
function sorted(rows) {
  const rank = (one) => (one.ended ? 2 : troubles(one).length || one.wizard?.proposal ? 0 : 1);
  return [...rows].sort((a, b) => rank(a) - rank(b) || a.participant.localeCompare(b.participant));
}

function showRows(rows) {
  const wanted = sorted(rows);
  told = true;
  order = wanted.map((one) => one.participant);
  for (const [who, { line }] of shown) {
    if (order.includes(who)) continue;
    line.remove();
    shown.delete(who);
  }
  wanted.forEach((one, i) => {
    if (!shown.has(one.participant)) shown.set(one.participant, newRow(one));
    const entry = shown.get(one.participant);
    entry.one = one;
    entry.asks.hidden = !one.wizard?.proposal;
    setText(entry.asks, asking(one));
    setText(entry.warns, troubles(one).join("; "));
    entry.draft.hidden = !drafted().includes(one.participant);
    fill(entry.cells, one);
    place(entry.line, i);
  });
  if (chosen !== null && !shown.has(chosen)) choose(null);
  if (chosen !== null) show(shown.get(chosen).one);
  showLeft();
  by("table").hidden = rows.length === 0;
  setText(by("state"), count(wanted));
  by("state").className = "";
}

/** Move a line to its place; one that is there already is left alone, so that the focus stays. */
function place(line, i) {
  const there = by("rows").children[i];
  if (there === line) return;
  const focused = document.activeElement;
  by("rows").insertBefore(line, there ?? null);
  if (line.contains(focused)) focused.focus({ preventScroll: true });
}

function show(one) {
  fillPanel(one);
  showMachine(one);
  showWizard(one);
  showCare(one);
}

function choose(who) {
  chosen = who;
  for (const [other, { line, button }] of shown) {
    button.setAttribute("aria-expanded", String(other === who));
    line.classList.toggle("chosen", other === who);
  }
  closeWizard();
  closeCare();
  if (who === null) return closeMachine();
  show(shown.get(who).one);
  by("panel-title").scrollIntoView({ block: "nearest" });
  by("wizard").scrollIntoView({ block: "nearest" });
  return undefined;
}

/** What waits for the wizard is said in the line above the table and in the window's title. */
function count(rows) {
  const n = rows.length;
  const waiting = rows.filter((one) => one.wizard?.proposal).map((one) => one.participant);
  document.title = waiting.length ? `(${waiting.length}) ${TITLE}` : TITLE;
  const sessions = n === 0 ? "No session is running." : n === 1 ? "1 session" : `${n} sessions`;
  return waiting.length ? `${sessions}. Waiting for you: ${waiting.join(", ")}` : sessions;
}

/** Mark whose note is typed and not kept; also of sessions that are not in the table at the moment. */
function markDrafts(participants) {
  for (const [who, { draft }] of shown) draft.hidden = !participants.includes(who);
  const n = participants.length;
  setText(by("unsaved"), n ? `${n === 1 ? "A note is" : `${n} notes are`} not saved yet: ${participants.join(", ")}` : "");
  showLeft();
}

/** Notes whose panel cannot be opened stand by themselves. */
function showLeft() {
  const left = out ? drafted() : told ? drafted().filter((who) => !shown.has(who)) : [];
  showLeftNotes(left, { out, give_up: giveUp });
}

async function giveUp(who) {
  const sure = await ask(`Give up the note about ${who}?`, "What you typed is not saved and would be lost.", "Give it up");
  if (sure) giveUpNote(who);
}

async function leave() {
  const open = drafted();
  const sure = open.length === 0 || await ask("Sign out without saving?",
    `What you typed about ${open.join(", ")} is not saved and would be lost.`, "Sign out");
  if (!sure) return;
  dropNotes();
  await signOut();
}

function hello(message) {
  blinded = message.blinded;
  restoreNotes(message.study_id);
  document.body.classList.toggle("is-blinded", blinded);
  by("blinded").hidden = !blinded;
  by("blind").hidden = false;
  setText(by("blind"), blinded ? "Show conditions" : "Hide conditions");
  offerWizard(message);
}

function system(message) {
  setText(by("system"), `Rasa: ${message.rasa ?? "unknown"}`);
  showStudy(message.study);
  by("agreement").hidden = !showAgreement(by("agreements"), message.agreement);
}

function line(state) {
  const text = {
    down: "The server does not answer. Trying again.",
    out: "Signed out.",
    restarted: "Signed out: the server seems to have been restarted. "
      + "Each start prints a new address and, unless it was given one to keep, a new password; ask whoever started it.",
  }[state];
  out = state === "out" || state === "restarted";
  showLeft();
  if (!text) return;
  setText(by("state"), text);
  by("state").className = "trouble";
  document.title = TITLE;
  if (out) {
    by("table").hidden = true;
    choose(null);
    const way = make("a", { href: "/console" }, "Sign in");
    way.addEventListener("click", leaveQuietly);
    by("state").append(" ", way);
  } else if (chosen !== null) {
    staleMachine(shown.get(chosen).one);
    staleWizard();
    staleCare();
  }
}

async function toggleBlind() {
  const sure = blinded
    ? await ask("Show the conditions?", "From then on you are no longer blinded. This is noted in the study's audit log.", "Show them")
    : true;
  if (!sure) return;
  const { error } = await post("/console/blind", { on: !blinded });
  setText(by("console-error"), error);
}

async function invite() {
  const { error, path } = await post("/console/invite", {});
  setText(by("console-error"), error);
  if (error) return;
  await ask("An observer's address", `${location.origin}${path} opens once, in one browser; its observer sees no condition and no estimate.`, "Done");
}

function step(by_) {
  if (order.length === 0) return;
  const at = order.indexOf(chosen);
  const next = order[(at < 0 ? (by_ > 0 ? 0 : order.length - 1) : at + by_ + order.length) % order.length];
  choose(next);
  shown.get(next).button.focus({ preventScroll: true });
}

function closePanel() {
  const last = shown.get(chosen);
  choose(null);
  last?.button.focus();
}

const KEYS = {
  "?": () => by("keys").showModal(),
  j: () => step(1),
  k: () => step(-1),
  n: () => { if (chosen !== null) writeNote(); },
  p: () => { if (chosen !== null) togglePause(); },
  Escape: () => { if (chosen !== null) closePanel(); },
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]")) return;
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (typing) {
    if (event.key === "Escape") by("machine").focus({ preventScroll: true });
    return;
  }
  const work = KEYS[event.key];
  if (!work || (event.shiftKey && event.key !== "?")) return;
  event.preventDefault();
  work();
});

by("close").addEventListener("click", closePanel);
by("blind").addEventListener("click", toggleBlind);
by("invite").addEventListener("click", invite);
by("help").addEventListener("click", KEYS["?"]);
by("keys-close").addEventListener("click", () => by("keys").close());
by("sign-out").addEventListener("click", leave);

beginWizard();
beginCare(markDrafts);
new Live({ hello, system, rows: showRows, line });
