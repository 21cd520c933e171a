// The choice of a language before the decision to take part, where the study has several.

import { by, make } from "./dom.js";
import { nameOf } from "./words.js";

export class Languages {
  /** act(type, fields) sends what the learner does. */
  constructor(act) {
    this.act = act;
  }

  /** offered: tags such as "de"; null or one alone: nothing to choose. */
  render(offered, chosen) {
    const group = by("languages");
    group.hidden = !offered || offered.length < 2;
    const drawn = JSON.stringify([offered, chosen]);
    if (group.hidden || this.drawn === drawn) return;
    this.drawn = drawn;
    const held = group.contains(document.activeElement);
    group.replaceChildren(...offered.map((tag) => this.#button(tag, tag === chosen)));
    if (held) group.querySelector('[aria-pressed="true"]')?.focus();
  }

  #button(tag, pressed) {
    const button = make("button", { type: "button", class: "quiet", lang: tag, "aria-pressed": String(pressed) }, nameOf(tag));
    button.addEventListener("click", () => { if (!pressed) this.act("language", { language: tag }); });
    return button;
  }
}
