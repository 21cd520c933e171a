// The wizard's own lines: prepared or typed, said by the tutor and logged as such.

import { by, make, setText } from "./dom.js";
import { send } from "./post.js";

let one = null;
let busy = false;
let ready = false;

/** Listen, once. */
export function beginSpeaking() {
  by("say").addEventListener("submit", (event) => {
    event.preventDefault();
    say();
  });
  by("line").addEventListener("change", () => { if (by("line").value) by("words").value = ""; });
  by("words").addEventListener("input", () => { if (by("words").value) by("line").value = ""; });
}

/** The lists that the server offers. */
export function offer({ lines = [], most_line = 300 }) {
  const groups = new Map();
  for (const line of lines) groups.set(line.group, [...(groups.get(line.group) ?? []), line]);
  by("line").replaceChildren(make("option", { value: "" }, "a prepared line"),
    ...[...groups].map(([group, members]) => make("optgroup", { label: group },
      ...members.map((line) => make("option", { value: line.id }, line.text)))));
  by("words").maxLength = most_line;
}

/** Show it for a row with a wizard. fresh: the server answers. */
export function showSpeaking(row, fresh) {
  one = row;
  ready = fresh && row.wizard.can_say;
  by("say-it").toggleAttribute("aria-disabled", false);
  if (ready && !busy) by("say-it").removeAttribute("aria-disabled");
  else by("say-it").setAttribute("aria-disabled", "true");
}

async function say() {
  if (busy || one === null) return;
  if (!ready) return setText(by("said"), "Nobody listens at the moment.");
  const prepared = by("line").value || null;
  const text = by("words").value.trim() || null;
  if (!prepared && !text) return setText(by("said"), "Choose a line or type one.");
  const { participant } = one;
  busy = true;
  const reason = by("reason").value || null;
  const wrong = await send("/console/line", { participant, prepared, text: prepared ? null : text, reason });
  busy = false;
  setText(by("wizard-error"), wrong && `${participant}, line: ${wrong}`);
  setText(by("said"), wrong ? "" : `${participant} hears: ${prepared ? by("line").selectedOptions[0].text : text}`);
  if (wrong === "") {
    by("words").value = "";
    by("line").value = "";
  }
  return undefined;
}
