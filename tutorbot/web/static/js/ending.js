// The last page: thanks, what the study was about, and the code that shows somebody took part.

import { by, paragraphs, setText } from "./dom.js";
import { say } from "./words.js";

export class Ending {
  constructor() {
    by("completion-copy").addEventListener("click", () => this.#copy());
  }

  /** Thanks and debrief, or thanks to somebody who did not want to take part. */
  render(view) {
    setText(by("ended-title"), view.phase === "refused" ? say().refused : say().ended);
    const { text, debrief, contact, completion } = view.ended ?? {};
    paragraphs(by("ended-text"), [...(text ?? []), ...(debrief ?? [])]);
    setText(by("ended-contact"), contact ?? view.consent?.contact);
    by("completion").hidden = !completion;
    if (!completion) return;
    const address = web(completion.url);
    by("completion-code-part").hidden = !completion.code;
    setText(by("completion-code"), completion.code);
    by("completion-link-part").hidden = !address;
    if (address) by("completion-link").setAttribute("href", address);
  }

  async #copy() {
    let words = say().completion.copied;
    try {
      await navigator.clipboard.writeText(by("completion-code").textContent);
    } catch {
      // Not a secure context, or not allowed: the code is marked for the person's own hand.
      getSelection()?.selectAllChildren(by("completion-code"));
      words = say().completion.notCopied;
    }
    setText(by("completion-copied"), words);
  }
}

/** A web address as it is; null for anything else, such as a script. */
function web(address) {
  try {
    return ["https:", "http:"].includes(new URL(address).protocol) ? address : null;
  } catch {
    return null;
  }
}
