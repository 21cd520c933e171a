// The picture of the proactivity machine for one session: the drawing came with the page, here it is marked.

import { by, make, setAttribute, setText } from "./dom.js";
import { time } from "./times.js";

/** Open the panel, or renew it. one: a row of the console. */
export function showMachine(one) {
  const opened = by("machine").hidden;
  by("machine").hidden = false;
  setText(by("machine-title"), `Initiative of ${one.participant ?? "?"}`);
  say(`now: ${one.state ?? "not shown"}`);
  if (mark(one.state) || opened) bringIntoSight();
  const changes = one.last_moves ?? [];
  setText(by("since"), since(one, changes.at(-1)));
  by("changes").replaceChildren(...changes.map(change).reverse());
  by("no-changes").hidden = changes.length > 0;
}

/** The server is silent: the mark is what was known last. */
export function staleMachine(one) {
  say(`last known: ${one.state ?? "not shown"}`);
  setText(by("since"), "");
}

export function closeMachine() {
  by("machine").hidden = true;
  setText(by("now"), "");
}

function say(text) {
  setText(by("now"), text);
  setAttribute(by("picture"), "aria-label", `States of the tutor's initiative, ${text}`);
}

/** True when another state than before is marked. */
function mark(state) {
  const before = by("picture").querySelector(".node.now")?.dataset.state;
  for (const node of by("picture").querySelectorAll(".node")) node.classList.toggle("now", node.dataset.state === state);
  for (const edge of by("picture").querySelectorAll("[data-from]")) {
    edge.classList.toggle("open", edge.dataset.from.split(" ").includes(state));
  }
  let n = 0;
  for (const entry of by("moves").children) {
    entry.hidden = entry.dataset.source !== state;
    n += entry.hidden ? 0 : 1;
  }
  by("no-moves").hidden = n > 0;
  return before !== state;
}

/** On a narrow screen the picture is wider than its frame: scroll the frame, never the page. */
function bringIntoSight() {
  const node = by("picture").querySelector(".node.now");
  if (!node) return;
  const frame = by("picture").parentElement;
  const [inner, outer] = [node.getBoundingClientRect(), frame.getBoundingClientRect()];
  if (inner.left >= outer.left && inner.right <= outer.right) return;
  frame.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
}

function since(one, last) {
  if (typeof one.seconds !== "number" || typeof last?.at_s !== "number" || last.dest !== one.state) return "";
  return `for ${Math.max(0, Math.round(one.seconds - last.at_s))} s`;
}

function change({ at_s, source, dest, cause }) {
  return make("li", {}, make("span", { class: "at" }, `${time(at_s)} `), `${source} → ${dest} (${cause})`);
}
