// The wizard's part of the panel: what the tutor would do, the person's choice, and what became of it.

import { by, setAttribute, setText } from "./dom.js";
import { newId } from "./ids.js";

const LEVELS = ["Say nothing", "Notification", "Suggestion", "Intervention"];
const REST_MS = 500; // a second press this soon belongs to the first one
const ANSWER_WITHIN_MS = 8000;

let one = null; // the row that is shown
let fresh = false; // it is what the server said last
let busy = false; // a choice is on its way
let renew = () => {};

/** Listen to buttons and keys, once. onChosen: called after each choice. */
export function beginWizard(onChosen) {
  renew = onChosen;
  by("wizard").addEventListener("click", (event) => {
    const button = event.target.closest("[data-choice]");
    if (button && event.detail < 2) press(button); // the second click of a double click is none
  });
  by("machine").addEventListener("keydown", onKey);
}

/** Show a row's wizard, or nothing in other conditions. row: a row of the console. */
export function showWizard(row) {
  one = row.wizard ? row : null;
  fresh = true;
  by("wizard").hidden = one === null;
  if (one === null) return;
  setText(by("wizard-title"), `Your choice for ${row.participant}`);
  const { proposal, verdict } = row.wizard;
  setText(by("proposal"), proposal ? proposed(proposal) : "Nothing is proposed.");
  setText(by("waits"), proposal ? `Waiting ${proposal.waits_s} s` : "");
  setText(by("verdict"), verdict ? became(verdict) : "");
  setText(by("verdict-ago"), verdict ? ago(verdict) : "");
  enable();
}

/** The server is silent: nothing can be chosen. */
export function staleWizard() {
  fresh = false;
  if (one !== null) enable();
}

/** Another session, or none. An error stays until the next choice and says whom it is about. */
export function closeWizard() {
  one = null;
  by("wizard").hidden = true;
}

/** The mark in the table; "" without a proposal. */
export function asking(row) {
  const proposal = row.wizard?.proposal;
  return proposal ? `${LEVELS[proposal.level].toUpperCase()}? ${proposal.waits_s} s` : "";
}

function proposed({ level, reason, basis, signs }) {
  return `${LEVELS[level].toUpperCase()} proposed: ${[reason, basis, signs.join(", ")].filter(Boolean).join("; ")}.`;
}

function became({ level, state, why }) {
  const name = LEVELS[level];
  if (state === "said") return `${name}: said`;
  if (state === "waiting") return `${name}: waits for its moment`;
  if (state === "given_up") return `${name}: given up, its moment did not come`;
  if (level === 0) return `${name}: done, ${why}`;
  return `${name}: refused${why ? `, ${why}` : ""}`;
}

function ago({ state, ago_s }) {
  return state === "waiting" ? `, for ${ago_s} s` : state === "said" ? ` ${ago_s} s ago` : `, ${ago_s} s ago`;
}

/** Why nothing can be chosen, in words; "" when it can. */
function hindrance() {
  if (!fresh) return "Nothing can be chosen while the server does not answer.";
  if (one.wizard.can_choose) return "";
  if (one.connected === false) return "Nothing can be chosen: the learner's page is not open.";
  if (one.state === "paused") return "Nothing can be chosen: the learner takes a break.";
  return `Nothing can be chosen: no board is open (phase ${one.phase}).`;
}

// Not `disabled`: a button that loses the focus takes the keys with it, and a screen reader passes it over.
function enable() {
  const why = hindrance();
  setText(by("cannot"), why);
  for (const button of by("wizard").querySelectorAll("[data-choice]")) {
    const needsProposal = ["take", "0"].includes(button.dataset.choice);
    const off = busy || why !== "" || (needsProposal && !one.wizard.proposal);
    setAttribute(button, "aria-disabled", off ? "true" : null);
  }
}

function onKey(event) {
  if (one === null || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const onButton = event.target.closest("button, a, summary");
  if (event.key === "Enter" && onButton) {
    if (event.repeat && onButton.dataset.choice) event.preventDefault(); // held down is pressed once
    return;
  }
  const choice = event.key === "Enter" ? "take" : /^[0-3]$/.test(event.key) ? event.key : null;
  if (choice === null) return;
  event.preventDefault();
  if (!event.repeat) press(by("wizard").querySelector(`[data-choice="${choice}"]`));
}

async function press(button) {
  if (busy || one === null || button.getAttribute("aria-disabled") === "true") return;
  const { participant, wizard: { proposal } } = one;
  const level = button.dataset.choice === "take" ? proposal.level : Number(button.dataset.choice);
  busy = true;
  setText(by("wizard-error"), "");
  enable();
  const rested = new Promise((done) => setTimeout(done, REST_MS));
  const wrong = await send({ participant, level, trigger_id: proposal?.trigger_id ?? null, client_id: newId() });
  setText(by("wizard-error"), wrong && `${participant}, ${LEVELS[level]}: ${wrong}`);
  if (wrong) by("wizard-error").scrollIntoView({ block: "nearest" });
  renew();
  await rested;
  busy = false;
  if (one !== null) enable();
}

/** Send a choice, twice when the way was cut; its id tells the server. Returns: what went wrong, or "". */
async function send(choice) {
  for (const last of [false, true]) {
    try {
      const answer = await fetch("/console/wizard", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(choice),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      if (answer.ok) return "";
      const { error, remedy } = await answer.json();
      return `${error} ${remedy}`;
    } catch {
      if (last) return "the server did not answer, so this may not have counted. See below what became of it, or choose again.";
    }
  }
  return "";
}
