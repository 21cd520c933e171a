// One row of the console's table: cells that stay the same elements, renewed in place.

import { by, make, setText } from "./dom.js";
import { renew } from "./spark.js";
import { time } from "./times.js";

const LEVELS = [["confusion", "conf."], ["frustration", "frustr."], ["concentration", "conc."]];

const PAUSED = {
  learner: "paused by the learner",
  experimenter: "paused by you",
  robot: "paused because the robot is away",
};

/** An act in words. */
export function act(one) {
  return [one.level, one.reason, one.reaction ?? "no reaction yet"].filter(Boolean).join(" · ");
}

function cell(label, sighted = false) {
  return make("td", { role: "cell", "data-label": label, class: sighted ? "sighted" : null });
}

/** The cells after the participant's. */
export function newCells() {
  return {
    condition: cell("Condition", true),
    where: cell("Where"),
    state: cell("Initiative", true),
    face: cell("Face", true),
    trust: cell("Trust", true),
    concentration: cell("Concentration"),
    act: cell("Last act", true),
    lines: cell("Lines"),
    time: cell("Time"),
  };
}

function lines(holder, texts) {
  const key = JSON.stringify(texts);
  if (holder.dataset.shown === key) return;
  holder.dataset.shown = key;
  holder.replaceChildren(...texts.map((text) => make("span", { class: "line" }, text)));
}

function face(holder, one) {
  const key = JSON.stringify([one.affect, one.levels]);
  if (holder.dataset.shown === key) return;
  holder.dataset.shown = key;
  if (!one.levels) return holder.replaceChildren(make("span", { class: "line" }, one.affect === "on" ? "camera on" : one.affect ?? "–"));
  const meters = LEVELS.map(([name, short]) => {
    const value = one.levels[name];
    return make("span", { class: "meter" }, make("span", {}, short),
      make("progress", { max: 1, value: value ?? 0, "aria-label": name }),
      make("span", {}, value === null ? "–" : value.toFixed(2)));
  });
  const seen = Math.round(100 * (one.levels.coverage ?? 0));
  return holder.replaceChildren(...meters, make("span", { class: "line soft" }, `face seen ${seen} %`));
}

function curveCell(holder, name, points, options) {
  if (holder.children.length === 0) holder.append(make("span", { class: "holder" }), make("span", { class: "value" }));
  renew(holder.firstChild, name, points ?? [], options);
  setText(holder.lastChild, points?.length ? points.at(-1)[1].toFixed(2) : "–");
}

/** Where a session stands: phase or how it ended, block, item. */
export function where(one) {
  const block = one.block ? `block ${[one.block, one.blocks].filter(Boolean).join(" of ")}` : null;
  const phase = one.ended_how ?? one.phase;
  return [one.paused ? `${phase}, ${PAUSED[one.paused]}` : phase,
    [block, one.item ? `board ${one.item}` : null].filter(Boolean).join(", ")].filter(Boolean);
}

/** Which part of a within-subject session this is. */
function part({ parts }) {
  if (!parts) return null;
  return parts.now ? `part ${parts.now} of ${parts.order.length}` : `${parts.order.length} parts`;
}

/** Whether the page is there, and since when it is not. */
function page({ connected, away_s }) {
  if (connected === undefined) return null;
  if (connected) return "page open";
  return typeof away_s === "number" ? `page away ${time(away_s)}` : "page away";
}

/** Put a row into its cells. */
export function fill(cells, one) {
  const seconds = one.seconds;
  lines(cells.condition, [one.condition ?? "–", part(one)].filter(Boolean));
  lines(cells.where, where(one));
  lines(cells.state, [one.state, one.level === "none" ? null : one.level].filter(Boolean));
  face(cells.face, one);
  curveCell(cells.trust, "Trust", one.trust_curve, { low: 1, high: 5, now: seconds });
  curveCell(cells.concentration, "Concentration", one.concentration_curve, { low: 0, high: 1, now: seconds });
  lines(cells.act, (one.last_acts ?? []).slice(-1).map((each) => `${act(each)}, at ${time(each.at_s)}`));
  lines(cells.lines, [page(one), one.dialogue ? `Rasa ${one.dialogue}` : null, one.robot].filter(Boolean));
  cells.lines.classList.toggle("trouble", one.dialogue === "down");
  setText(cells.time, time(seconds));
}

/** The same session, larger, in the panel. */
export function fillPanel(one) {
  setText(by("panel-title"), `Session ${one.participant}`);
  setText(by("facts"), [one.condition, ...where(one), time(one.seconds)].filter(Boolean).join(" · "));
  showParts(one);
  lines(by("troubles"), troubles(one));
  const options = { now: one.seconds, axis: true };
  renew(by("trust-curve"), "Trust", one.trust_curve ?? [], { low: 1, high: 5, ...options });
  renew(by("concentration-curve"), "Concentration", one.concentration_curve ?? [], { low: 0, high: 1, ...options });
  const acts = [...(one.last_acts ?? [])].reverse();
  by("acts").replaceChildren(...acts.map((each) => make("li", {}, make("span", { class: "at" }, `${time(each.at_s)} `), act(each))));
  by("no-acts").hidden = acts.length > 0;
}

/** The order of conditions of a within-subject session, the part it is in marked. */
function showParts({ parts, ended }) {
  by("order").hidden = !parts;
  const key = JSON.stringify([parts, ended]);
  if (!parts || by("parts").dataset.shown === key) return;
  by("parts").dataset.shown = key;
  by("parts").replaceChildren(...parts.order.map(({ condition, cell, n_blocks }, i) => {
    const now = parts.now === i + 1 && !ended;
    const state = now ? "now" : i + 1 < (parts.now ?? 0) ? "over" : "";
    return make("li", { class: state, "aria-current": now ? "step" : null },
      `${condition}${now ? ", now" : state === "over" ? ", over" : ""}`,
      make("span", { class: "soft" }, ` ${cell}, ${n_blocks === 1 ? "1 block" : `${n_blocks} blocks`}`));
  }));
}

/** What broke into a session, in sentences. */
export function breaks(one) {
  return (one.breaks ?? []).map(({ what, away_s, ago_s }) => {
    if (what === "tutor") return `The tutor was started anew ${time(ago_s)} ago.`;
    if (ago_s === null) return `The robot has been away for ${time(away_s)}.`;
    return `The robot was away for ${time(away_s)} and came back ${time(ago_s)} ago.`;
  });
}

/** What needs a person. */
export function troubles(one) {
  return [...(one.warnings ?? []), ...(one.face_warnings ?? [])];
}
