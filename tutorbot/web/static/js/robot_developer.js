// For developers: what other programs on a robot would be told, and what they may ask for.
// Shown only at an address that ends in ?developer, as it tells what the tutor makes of the learner.

import { by, make, setText } from "./dom.js";
import { say } from "./words.js";

const MOST = 20;
const ASKS = { pause: ["pause", true], "go-on": ["pause", false], end: ["end", true] };

export const developing = new URLSearchParams(location.search).has("developer");

export class Developer {
  /** ask(n, what, on) tells the tutor, and says whether it could. */
  constructor(ask) {
    this.n = 0;
    by("developer").hidden = !developing;
    for (const [id, [what, on]] of Object.entries(ASKS)) {
      by(id).addEventListener("click", () => {
        this.n += 1;
        if (!ask(this.n, what, on)) setText(by("asked"), say().robot.unheard);
      });
    }
  }

  /** The answer to the latest question. */
  answered({ n, refusal }) {
    if (n === this.n) setText(by("asked"), refusal === null ? say().robot.done : say().robot.refused(refusal));
  }

  /** One more message, newest first. */
  told({ what, values }) {
    by("untold").hidden = true;
    by("told").prepend(make("li", {}, make("b", {}, what), " ", make("code", {}, JSON.stringify(values))));
    while (by("told").children.length > MOST) by("told").lastElementChild.remove();
  }
}
