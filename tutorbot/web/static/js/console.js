// The console: asks for the rows each second and shows them; the wizard's choice is all that it changes.

import { by, make, setText } from "./dom.js";
import { closeMachine, showMachine, staleMachine } from "./machine.js";
import { time } from "./times.js";
import { asking, beginWizard, closeWizard, showWizard, staleWizard } from "./wizard.js";

const EVERY_MS = 1000;
const TITLE = document.title;

const shown = new Map(); // participant and how many rows of theirs came before -> { line, button, asks, one }
let chosen = null; // such a key
let timer = null;
let fetching = false;

function act(one) {
  if (typeof one === "string") return one;
  const at = typeof one.at_s === "number" ? `at ${time(one.at_s)}` : null;
  return [one.act_id, one.level, one.move, one.reaction, at].filter(Boolean).join(" · ");
}

function cells(one) {
  const cell = (value) => make("td", {}, value === null || value === undefined ? "–" : String(value));
  const dialogue = cell(one.dialogue);
  if (one.dialogue && one.dialogue !== "ready") dialogue.className = "trouble";
  const acts = make("td", { class: "acts" }, ...(one.last_acts ?? []).map((each) => make("span", {}, act(each))));
  const trust = typeof one.trust === "number" ? one.trust.toFixed(2) : null;
  const page = one.connected === undefined ? null : one.connected ? "open" : "away";
  return [cell(one.condition), cell(one.phase), cell(one.item), cell(one.state), cell(one.level), acts,
    cell(trust), cell(one.affect), dialogue, cell(page), cell(time(one.seconds))];
}

/** A row whose button stays the same element: what has the focus keeps it when the row is renewed. */
function newRow(key, one) {
  const button = make("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": "machine" },
    one.participant ?? "?");
  const who = make("th", { scope: "row" }, button);
  if (one.test_only) who.append(make("span", { class: "tag" }, "test only"));
  const asks = make("span", { class: "tag asks", hidden: true });
  who.append(asks);
  const line = make("tr", {}, who);
  line.addEventListener("click", (event) => {
    if (String(getSelection())) return; // marking text to copy is no choice
    choose(chosen === key ? null : key);
    // By mouse or finger the wizard's keys work at once; who uses the keyboard stays in the table.
    if (chosen === key && event.detail > 0 && shown.get(key).one.wizard) by("machine").focus({ preventScroll: true });
  });
  return { line, button, asks };
}

function showRows(rows) {
  const keys = rows.map((one, i) => `${one.participant}/${rows.slice(0, i).filter((o) => o.participant === one.participant).length}`);
  for (const [key, { line }] of shown) {
    if (!keys.includes(key)) {
      line.remove();
      shown.delete(key);
    }
  }
  rows.forEach((one, i) => {
    const key = keys[i];
    if (!shown.has(key)) shown.set(key, newRow(key, one));
    const entry = shown.get(key);
    entry.one = one;
    entry.asks.hidden = !one.wizard?.proposal;
    setText(entry.asks, asking(one));
    while (entry.line.children.length > 1) entry.line.lastChild.remove();
    entry.line.append(...cells(one));
    if (by("rows").children[i] !== entry.line) by("rows").insertBefore(entry.line, by("rows").children[i] ?? null);
  });
  if (chosen !== null && !shown.has(chosen)) choose(null);
  if (chosen !== null) show(shown.get(chosen).one);
}

function show(one) {
  showMachine(one);
  showWizard(one);
}

function choose(key) {
  chosen = key;
  for (const [other, { line, button }] of shown) {
    button.setAttribute("aria-expanded", String(other === key));
    line.classList.toggle("chosen", other === key);
  }
  closeWizard();
  if (key === null) return closeMachine();
  show(shown.get(key).one);
  by("machine-title").scrollIntoView({ block: "nearest" });
  by("wizard").scrollIntoView({ block: "nearest" });
}

/** What waits for the wizard is said in the line above the table and in the window's title. */
function count(rows) {
  const n = rows.length;
  const waiting = rows.filter((one) => one.wizard?.proposal).map((one) => one.participant);
  document.title = waiting.length ? `(${waiting.length}) ${TITLE}` : TITLE;
  const sessions = n === 0 ? "No session is running." : n === 1 ? "1 session" : `${n} sessions`;
  return waiting.length ? `${sessions}. Waiting for you: ${waiting.join(", ")}` : sessions;
}

async function refresh() {
  if (fetching) return;
  fetching = true;
  clearTimeout(timer);
  const state = by("state");
  try {
    const answer = await fetch("/console/rows", { cache: "no-store" });
    const found = await answer.json();
    if (!answer.ok) {
      setText(state, `Signed out. ${found.remedy ?? ""}`);
      state.className = "trouble";
      by("table").hidden = true;
      document.title = TITLE;
      choose(null);
      return; // asking again cannot help
    }
    showRows(found.rows);
    by("table").hidden = found.rows.length === 0;
    setText(state, count(found.rows));
    state.className = "";
  } catch {
    setText(state, "The server does not answer. Asking again every second.");
    state.className = "trouble";
    document.title = TITLE;
    if (chosen !== null) {
      staleMachine(shown.get(chosen).one);
      staleWizard();
    }
  }
  fetching = false;
  timer = setTimeout(refresh, EVERY_MS);
}

by("close").addEventListener("click", () => {
  const last = shown.get(chosen);
  choose(null);
  last?.button.focus();
});

beginWizard(refresh);
refresh();
