// The wizard's part of the panel: what the tutor would do, the person's choice, and what became of it.

import { by, make, setAttribute, setText } from "./dom.js";
import { send } from "./post.js";
import { beginSpeaking, offer, showSpeaking } from "./speaking.js";

const LEVELS = ["Say nothing", "Notification", "Suggestion", "Intervention"];
const REST_MS = 500; // a second press this soon belongs to the first one

let one = null; // the row that is shown
let fresh = false; // it is what the server said last
let busy = false; // a choice is on its way

/** Listen to buttons and keys, once. */
export function beginWizard() {
  beginSpeaking();
  by("wizard").addEventListener("click", (event) => {
    const button = event.target.closest("[data-choice]");
    if (button && event.detail < 2) press(button); // the second click of a double click is none
  });
  by("machine").addEventListener("keydown", onKey);
  by("delay").addEventListener("change", () => { if (one !== null) enable(); });
}

/** The lists that the server offers: reasons, delays, prepared lines. */
export function offerWizard(lists) {
  const reasons = (lists.reasons ?? []).map(({ code, text }) => make("option", { value: code }, text));
  by("reason").replaceChildren(make("option", { value: "" }, "none given"), ...reasons);
  const delays = (lists.delays_s ?? []).map((seconds) => make("option", { value: seconds }, `in ${seconds} s`));
  by("delay").replaceChildren(make("option", { value: "" }, "now"), ...delays);
  offer(lists);
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
  setText(by("kappa"), agreed(row.wizard.agreement));
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

function agreed(found) {
  if (!found || found.n === 0) return "No proposal was chosen upon yet.";
  const kappa = found.kappa === null ? "" : `, kappa ${found.kappa.toFixed(2)}`;
  return `As proposed in ${Math.round(100 * found.share)} % of ${found.n}${kappa}.`;
}

function became({ level, state, why, in_s }) {
  const name = LEVELS[level];
  if (in_s) return `${name}: put off`;
  if (state === "said") return `${name}: said`;
  if (state === "waiting") return `${name}: waits for its moment`;
  if (state === "given_up") return `${name}: given up, its moment did not come`;
  if (level === 0) return `${name}: done, ${why}`;
  return `${name}: refused${why ? `, ${why}` : ""}`;
}

function ago({ state, ago_s, in_s }) {
  if (in_s) return `, for ${in_s} s more`;
  return state === "waiting" ? `, for ${ago_s} s` : state === "said" ? ` ${ago_s} s ago` : `, ${ago_s} s ago`;
}

/** Why nothing can be chosen, in words; "" when it can. */
function hindrance() {
  if (!fresh) return "Nothing can be chosen while the server does not answer.";
  if (one.wizard.can_choose) return "";
  if (one.connected === false) return "Nothing can be chosen: the learner's page is not open.";
  if (["experimenter", "robot"].includes(one.paused)) return "Nothing can be chosen: the session is paused here.";
  if (one.state === "paused") return "Nothing can be chosen: the learner takes a break.";
  return `Nothing can be chosen: no board is open (phase ${one.phase}).`;
}

/** Why a level cannot be chosen now: its limit; undefined when it can. A choice that is put off is asked only then. */
function barring(level) {
  const delay_s = Number(by("delay").value);
  const found = (one.wizard.limits ?? []).find((limit) => limit.level === level);
  if (!found || (found.left_s !== null && delay_s > 0 && delay_s >= found.left_s)) return undefined;
  return found;
}

function until({ left_s }) {
  return left_s === null ? "" : left_s > 0 ? `, for ${left_s} s more` : ", for now";
}

/** The levels that cannot be chosen, in words below the buttons: one line for each reason. */
function showBarred(whole) {
  const groups = new Map();
  for (const level of whole ? [] : [1, 2, 3]) {
    const found = barring(level);
    if (!found) continue;
    const key = JSON.stringify([found.why, found.left_s]);
    groups.set(key, { ...found, names: [...(groups.get(key)?.names ?? []), LEVELS[level]] });
  }
  const lines = [...groups.values()].map((group) => `${listed(group.names)} cannot be chosen${until(group)}: ${group.why}.`);
  by("barred").replaceChildren(...lines.map((text) => make("li", {}, text)));
}

function listed(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

// Not `disabled`: a button that loses the focus takes the keys with it, and a screen reader passes it over.
function enable() {
  const why = hindrance();
  setText(by("cannot"), why);
  showSpeaking(one, fresh);
  showBarred(why !== "");
  for (const button of by("wizard").querySelectorAll("[data-choice]")) {
    const level = levelOf(button.dataset.choice);
    const barred = why === "" && level ? barring(level) : undefined;
    const off = busy || why !== "" || level === null || barred;
    setAttribute(button, "aria-disabled", off ? "true" : null);
    setAttribute(button, "title", barred ? `Cannot be chosen: ${barred.why}` : null);
    setAttribute(button, "aria-describedby", barred ? "barred" : why ? "cannot" : null);
  }
}

/** The level a button stands for now; null when it makes no sense: 1 cannot be lowered, nor 3 raised. */
function levelOf(choice) {
  const proposed = one.wizard.proposal?.level;
  if (choice === "0") return proposed === undefined ? null : 0;
  if (/^[1-3]$/.test(choice)) return Number(choice);
  if (proposed === undefined) return null;
  const level = proposed + { take: 0, up: 1, down: -1 }[choice];
  return level >= 1 && level <= 3 ? level : null;
}

const KEYS = { Enter: "take", "+": "up", "-": "down" };

function onKey(event) {
  const modified = event.ctrlKey || event.altKey || event.metaKey || (event.shiftKey && event.key !== "+");
  if (one === null || event.isComposing || modified) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const onButton = event.target.closest("button, a, summary");
  if (event.key === "Enter" && onButton) {
    if (event.repeat && onButton.dataset.choice) event.preventDefault(); // held down is pressed once
    return;
  }
  const choice = KEYS[event.key] ?? (/^[0-3]$/.test(event.key) ? event.key : null);
  if (choice === null) return;
  event.preventDefault();
  if (!event.repeat) press(by("wizard").querySelector(`[data-choice="${choice}"]`));
}

async function press(button) {
  if (busy || one === null || button.getAttribute("aria-disabled") === "true") return;
  const { participant, wizard: { proposal } } = one;
  const level = levelOf(button.dataset.choice);
  const delay_s = level > 0 && by("delay").value ? Number(by("delay").value) : null;
  const reason = by("reason").value || null;
  busy = true;
  setText(by("wizard-error"), "");
  enable();
  const rested = new Promise((done) => setTimeout(done, REST_MS));
  const wrong = await send("/console/wizard", { participant, level, trigger_id: proposal?.trigger_id ?? null, reason, delay_s });
  setText(by("wizard-error"), wrong && `${participant}, ${LEVELS[level]}: ${wrong}`);
  if (wrong) by("wizard-error").scrollIntoView({ block: "nearest" });
  else {
    by("delay").value = by("reason").value = "";
    // What was chosen upon is answered, even before the next rows say so: the next choice is another one.
    if (one?.participant === participant) showWizard({ ...one, wizard: { ...one.wizard, proposal: null } });
  }
  await rested;
  busy = false;
  if (one !== null) enable();
}
