// What a console page asks the server to do: sent twice with the same id when the way was cut.

import { newId } from "./ids.js";

const ANSWER_WITHIN_MS = 8000;
export const LOST = "the server did not answer, so this may not have counted. See below what became of it, or choose again.";

/** Returns: what went wrong, in words; "" when it was done. lost: said when no answer came. */
export async function send(path, fields, lost = LOST) {
  const { error } = await post(path, { ...fields, client_id: newId() }, lost);
  return error;
}

/** The same for any object. Returns: { error, ...answer }. */
export async function post(path, message, lost = LOST) {
  for (const last of [false, true]) {
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(message),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const found = await answer.json();
      if (answer.ok) return { ...found, error: "" };
      return { error: `${found.error} ${found.remedy}` };
    } catch {
      if (last) return { error: lost, lost: true };
    }
  }
  return { error: lost, lost: true };
}

/** Void the cookie, and show the way in. */
export async function signOut() {
  await fetch("/console/sign-out", { method: "POST", redirect: "manual" }).catch(() => {});
  location.assign(location.pathname);
}
