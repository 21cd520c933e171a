// Notes without a panel to stand in: all while signed out, else those of sessions that are not in the table.

import { by, make, setText } from "./dom.js";
import { draftOf } from "./drafts.js";
import { time } from "./times.js";

/** participants: whose notes are shown. out: signed out. give_up: called with a participant. */
export function showLeftNotes(participants, { out, give_up }) {
  by("left-notes").hidden = participants.length === 0;
  setText(by("left-notes-why"), out
    ? "They are kept in this tab until it is closed, and are here again once you sign in in it. They can be copied now."
    : "These sessions are not in the table at the moment. A note can be saved when its session is there again.");
  const known = by("left-notes-list").dataset.of;
  const wanted = JSON.stringify([out, participants.map((who) => [who, draftOf(who).text])]);
  if (known === wanted) return; // what is marked to be copied stays marked
  by("left-notes-list").dataset.of = wanted;
  by("left-notes-list").replaceChildren(...participants.map((who) => note(who, out, give_up)));
}

function note(who, out, give_up) {
  const { text, about_s } = draftOf(who);
  const area = make("textarea", { rows: 2, readonly: true, "aria-label": `Note about ${who}, not saved` });
  area.value = text;
  const about = typeof about_s === "number" ? `, about ${time(about_s)}` : "";
  const entry = make("li", {}, make("strong", {}, `${who}${about}`), area);
  if (!out) {
    const button = make("button", { type: "button", class: "quiet" }, `Give up the note about ${who}`);
    button.addEventListener("click", () => give_up(who));
    entry.append(button);
  }
  return entry;
}
