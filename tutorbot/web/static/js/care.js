// Pause, end and note: what can be done to every session.

import { ask } from "./asking.js";
import { breaks, where } from "./cells.js";
import { by, setText } from "./dom.js";
import { draftOf, drafted, dropDrafts, openDrafts, setDraft } from "./drafts.js";
import { send } from "./post.js";
import { time } from "./times.js";

const WRITER = "tutorbot:console:writer";
const NO_ANSWER = "the server did not answer. Look at the table whether it was done, or try again.";

let one = null; // the row that is shown
let fresh = false; // it is what the server said last
let busy = false;
let told = () => {}; // what to do when a note is begun, kept or given up
let settled = false; // nothing would be lost: leave without a question

/** Listen, once. changed: called when other participants than before have a note that is not kept yet. */
export function beginCare(changed) {
  told = changed;
  by("pause").addEventListener("click", pause);
  by("restart").addEventListener("click", restart);
  by("end").addEventListener("click", end);
  by("note-text").addEventListener("input", draft);
  by("note").addEventListener("submit", (event) => {
    event.preventDefault();
    keep();
  });
  by("note-text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) keep();
  });
  by("writer").value = localStorage.getItem(WRITER) ?? "";
}

/** Show a row's controls. */
export function showCare(row) {
  const other = one?.participant !== row.participant;
  one = row;
  fresh = true;
  if (other) {
    by("note-text").value = draftOf(row.participant)?.text ?? "";
    setText(by("care-said"), "");
    setText(by("care-error"), "");
    about();
  }
  by("pause").firstChild.textContent = held() ? "Go on " : "Pause ";
  const broken = breaks(row);
  by("stands").hidden = broken.length === 0 || Boolean(row.ended);
  setText(by("stands"), [...broken, `It stands here: ${where(row).join(", ")}.`, ways(row)].join(" "));
  enable();
}

/** The server is silent: nothing can be done. */
export function staleCare() {
  fresh = false;
  enable();
}

export function closeCare() {
  one = null;
}

/** Put the cursor into the note. */
export function writeNote() {
  by("note-text").focus();
}

export function togglePause() {
  pause();
}

/** Show again what was typed about this study in this tab and not kept. */
export function restoreNotes(study) {
  openDrafts(study);
  if (one !== null && draftOf(one.participant) && by("note-text").value === "") {
    by("note-text").value = draftOf(one.participant).text;
  }
  noted();
}

/** Forget all of them. */
export function dropNotes() {
  dropDrafts();
  noted();
}

export function giveUpNote(participant) {
  setDraft(participant, null);
  noted();
}

/** The tab keeps the notes over the way to the sign-in page: the browser need not ask. */
export function leaveQuietly() {
  settled = true;
  noted();
}

function ways({ paused }) {
  if (paused) return "Choose how it goes on: from there, with the block anew, or not at all.";
  return "It goes on from there; you can also begin the block anew or end the session.";
}

function held() {
  return one !== null && ["experimenter", "robot"].includes(one.paused);
}

function over() {
  return !fresh || one === null || Boolean(one.ended) || ["ended", "refused", "consent"].includes(one.phase);
}

function enable() {
  for (const id of ["pause", "restart", "end"]) {
    if (busy || over() || (id === "restart" && !restartable())) by(id).setAttribute("aria-disabled", "true");
    else by(id).removeAttribute("aria-disabled");
  }
}

function restartable() {
  return one !== null && ["task", "probe"].includes(one.phase) && one.paused !== "learner";
}

async function act(path, fields, said) {
  const { participant } = one;
  busy = true;
  enable();
  setText(by("care-error"), "");
  const wrong = await send(path, { participant, ...fields }, NO_ANSWER);
  busy = false;
  if (one?.participant === participant) {
    setText(by("care-error"), wrong && `${participant}: ${wrong}`);
    setText(by("care-said"), wrong ? "" : said);
    enable();
  }
  return wrong === "";
}

async function pause() {
  if (busy || over()) return;
  const on = !held();
  await act("/console/pause", { on }, on ? "Paused. The participant is told so." : "Goes on.");
}

async function restart() {
  if (busy || over() || !restartable()) return;
  const { participant, block } = one;
  const sure = await ask(`Begin block ${block} of ${participant} anew?`,
    "The board under way is broken off, and the block runs again from its first board. What was done stays in the log.",
    "Begin it anew");
  if (sure && one?.participant === participant && !over()) await act("/console/restart", {}, "The block begins anew.");
}

async function end() {
  if (busy || over()) return;
  const { participant } = one;
  const sure = await ask(`End the session of ${participant}?`,
    "It cannot be gone on with. The participant is thanked and told that you ended it.", "End it");
  if (sure && one?.participant === participant && !over()) await act("/console/end", {}, "Ended.");
}

function draft() {
  if (one === null) return;
  const text = by("note-text").value;
  const known = draftOf(one.participant);
  const begun = known ?? { began_ms: Date.now(), about_s: one.seconds };
  setDraft(one.participant, text.trim() === "" ? null : { ...begun, text });
  noted();
}

/** Say what is not kept yet, and have the browser ask before it is lost. */
function noted() {
  about();
  if (drafted().length > 0 && !settled) addEventListener("beforeunload", stay);
  else removeEventListener("beforeunload", stay);
  told(drafted());
}

function stay(event) {
  event.preventDefault();
}

function about() {
  const known = one && draftOf(one.participant);
  by("note-unsaved").hidden = !known;
  setText(by("note-about"), known ? `About ${time(known.about_s)}, when you began to write.` : "");
}

async function keep() {
  const known = one && draftOf(one.participant);
  if (!known || busy) return;
  const observer = by("writer").value.trim();
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,11}$/.test(observer)) {
    setText(by("care-error"), "Say who you are in a short name, such as E1: letters, digits, - and _.");
    by("writer").focus();
    return;
  }
  localStorage.setItem(WRITER, observer);
  const { participant } = one;
  const began_ago_s = Math.max(0, (Date.now() - known.began_ms) / 1000);
  const kept = await act("/console/note", { text: known.text, observer, began_ago_s }, `Note kept, about ${time(known.about_s)}.`);
  if (kept && draftOf(participant) === known) {
    setDraft(participant, null);
    if (one?.participant === participant) by("note-text").value = "";
    noted();
  }
}
