// One question with yes and no, before something that cannot be taken back.

import { by, setText } from "./dom.js";

let answer = () => {};

by("ask-no").addEventListener("click", () => by("ask").close());
by("ask-yes").addEventListener("click", () => {
  answer(true);
  by("ask").close();
});
by("ask").addEventListener("close", () => answer(false));

/** Returns: true when the person said yes. */
export function ask(title, text, yes) {
  setText(by("ask-title"), title);
  setText(by("ask-text"), text);
  setText(by("ask-yes"), yes);
  by("ask").showModal();
  by("ask-no").focus();
  return new Promise((done) => { answer = done; });
}
