// Notes that are typed and not kept yet: they outlast a signing in within this tab, and end with the tab.

const PREFIX = "tutorbot:console:note:";

let place = null; // the part of the keys that names the study; null: not known yet
const drafts = new Map(); // participant -> { text, began_ms, about_s }; began_ms: by the computer's clock

/** The study is known: bring back what this tab still has of it. */
export function openDrafts(study) {
  const wanted = `${PREFIX}${encodeURIComponent(study)}:`;
  if (place === wanted) return;
  drafts.clear();
  place = wanted;
  for (const key of keys()) {
    const found = read(key);
    if (found) drafts.set(decodeURIComponent(key.slice(place.length)), found);
  }
}

export function draftOf(participant) {
  return drafts.get(participant);
}

/** draft: null gives it up. */
export function setDraft(participant, draft) {
  if (draft) drafts.set(participant, draft);
  else drafts.delete(participant);
  if (place === null) return;
  const key = place + encodeURIComponent(participant);
  try {
    if (draft) sessionStorage.setItem(key, JSON.stringify(draft));
    else sessionStorage.removeItem(key);
  } catch { /* no room, or not allowed: the page itself still has it */ }
}

/** Whose notes there are, in order. */
export function drafted() {
  return [...drafts.keys()].sort();
}

/** Forget all of them. */
export function dropDrafts() {
  for (const participant of drafted()) setDraft(participant, null);
}

function keys() {
  try {
    return Object.keys(sessionStorage).filter((key) => key.startsWith(place));
  } catch {
    return [];
  }
}

function read(key) {
  try {
    const { text, began_ms, about_s } = JSON.parse(sessionStorage.getItem(key));
    return typeof text === "string" && typeof began_ms === "number" ? { text, began_ms, about_s } : null;
  } catch {
    return null;
  }
}
