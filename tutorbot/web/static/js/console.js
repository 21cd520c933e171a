// The console: asks for the rows each second and shows them; it changes nothing.

import { by, make, setText } from "./dom.js";

const EVERY_MS = 1000;

function time(seconds) {
  if (typeof seconds !== "number") return "";
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function act(one) {
  if (typeof one === "string") return one;
  const at = typeof one.at_s === "number" ? `at ${time(one.at_s)}` : null;
  return [one.act_id, one.level, one.move, one.reaction, at].filter(Boolean).join(" · ");
}

function row(one) {
  const who = make("th", { scope: "row" }, one.participant ?? "");
  if (one.test_only) who.append(make("span", { class: "tag" }, "test only"));
  const cell = (value) => make("td", {}, value === null || value === undefined ? "–" : String(value));
  const dialogue = cell(one.dialogue);
  if (one.dialogue && one.dialogue !== "ready") dialogue.className = "trouble";
  const acts = make("td", { class: "acts" }, ...(one.last_acts ?? []).map((each) => make("span", {}, act(each))));
  const trust = typeof one.trust === "number" ? one.trust.toFixed(2) : null;
  const page = one.connected === undefined ? null : one.connected ? "open" : "away";
  return make("tr", {}, who, cell(one.condition), cell(one.phase), cell(one.item), cell(one.state), cell(one.level), acts,
    cell(trust), cell(one.affect), dialogue, cell(page), cell(time(one.seconds)));
}

async function refresh() {
  const state = by("state");
  try {
    const answer = await fetch("/console/rows", { cache: "no-store" });
    const found = await answer.json();
    if (!answer.ok) {
      setText(state, `Signed out. ${found.remedy ?? ""}`);
      state.className = "trouble";
      by("table").hidden = true;
      return; // asking again cannot help
    }
    by("rows").replaceChildren(...found.rows.map(row));
    by("table").hidden = found.rows.length === 0;
    const n = found.rows.length;
    setText(state, n === 0 ? "No session is running." : n === 1 ? "1 session" : `${n} sessions`);
    state.className = "";
  } catch {
    setText(state, "The server does not answer. Asking again every second.");
    state.className = "trouble";
  }
  setTimeout(refresh, EVERY_MS);
}

refresh();
