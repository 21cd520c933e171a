// What a participant may ask for at any time: copies, a contact, consent taken back by purpose, stopping.

import { by, make, setText } from "./dom.js";
import { say } from "./words.js";

export class Rights {
  /** on: { withdraw(purpose), stop() } */
  constructor(on) {
    this.on = on;
    this.asked = null; // the purpose that is about to be taken back
    by("rights-open").addEventListener("click", () => by("rights-dialog").showModal());
    by("rights-close").addEventListener("click", () => by("rights-dialog").close());
    by("rights-dialog").addEventListener("close", () => this.#ask(null));
    by("rights-stop").addEventListener("click", () => {
      by("rights-dialog").close();
      on.stop();
    });
  }

  /** rights: the view's part; null where there are none. mayStop: there is a session to stop. waiting: purposes being withdrawn. */
  render(rights, mayStop, waiting) {
    by("foot").hidden = !rights;
    if (!rights) {
      if (by("rights-dialog").open) by("rights-dialog").close();
      return;
    }
    const drawn = JSON.stringify([rights, mayStop, waiting, document.documentElement.lang]);
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    this.rights = rights;
    this.waiting = waiting;
    this.#copy("rights-consent-copy", rights.consent_copy);
    this.#copy("rights-data-copy", rights.data_copy);
    by("rights-copies").hidden = !rights.consent_copy && !rights.data_copy;
    setText(by("rights-contact"), rights.contact);
    by("rights-contact-part").hidden = !rights.contact;
    by("rights-stop-part").hidden = !mayStop;
    by("rights-purposes-part").hidden = (rights.purposes ?? []).length === 0;
    this.#purposes();
  }

  #copy(id, address) {
    by(id).closest("li").hidden = !address;
    if (address) by(id).setAttribute("href", address);
  }

  #purposes() {
    const held = by("rights-purposes").contains(document.activeElement);
    by("rights-purposes").replaceChildren(...(this.rights.purposes ?? []).map((purpose) => this.#purpose(purpose)));
    if (held) by(this.asked ? "rights-keep" : "rights-title").focus();
  }

  #purpose({ id, label: given, granted, can_withdraw: can }) {
    const words = say().rights;
    const label = given ?? words.purposes[id] ?? id;
    const waits = this.waiting.includes(id);
    const state = waits ? words.waiting : granted ? words.granted : words.notGranted;
    const item = make("li", { "data-purpose": id }, make("p", {}, label, " ", make("span", { class: "state" }, `(${state})`)));
    if (!granted || !can || waits || (id === "camera" && this.rights.can_withdraw_camera === false)) return item;
    if (this.asked === id) {
      item.append(this.#sure(id, label, words));
      return item;
    }
    const button = make("button", { type: "button", class: "quiet", "aria-label": words.withdrawOf(label) }, words.withdraw);
    button.addEventListener("click", () => this.#ask(id));
    item.append(button);
    return item;
  }

  #sure(id, label, words) {
    const means = id === "participation" ? words.sureParticipation : id === "camera" ? words.sureCamera : words.sureOther;
    const keep = make("button", { type: "button", class: "primary", id: "rights-keep" }, words.no);
    const yes = make("button", { type: "button", id: "rights-yes" }, words.yes);
    keep.addEventListener("click", () => this.#ask(null));
    yes.addEventListener("click", () => {
      this.asked = null;
      this.on.withdraw(id);
    });
    return make("div", { class: "sure", role: "group", "aria-labelledby": "rights-sure" },
      make("p", { id: "rights-sure" }, make("strong", {}, words.sure(label)), " ", means), make("p", { class: "actions" }, keep, yes));
  }

  #ask(id) {
    if (this.asked === id) return;
    this.asked = id;
    if (this.rights) this.#purposes();
  }
}
