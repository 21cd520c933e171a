// The pages around the task: consent, the reading at the start, the two questions.

import { by, make, paragraphs, setAttribute, setText } from "./dom.js";
import { scale } from "./scale.js";
import { say } from "./words.js";

/** The decision to take part, and apart from it the camera; neither is ticked beforehand. */
export class ConsentForm {
  constructor(act) {
    const participation = by("consent-participation");
    const camera = by("consent-camera");
    participation.addEventListener("change", () => this.#error(""));
    this.purposes = new Map();
    by("consent-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (!participation.checked) {
        this.#error(say().participationNeeded);
        participation.focus();
        return;
      }
      act("consent", { participation: true, camera: this.consent.camera_offered && camera.checked, version: this.consent.version, purposes: this.#decided(true) });
    });
    by("consent-refuse").addEventListener("click", () => {
      act("consent", { participation: false, camera: false, version: this.consent.version, purposes: this.#decided(false) });
    });
  }

  render(consent) {
    this.consent = consent;
    setText(by("consent-title"), consent.title);
    paragraphs(by("consent-study"), consent.study);
    const points = by("consent-points");
    const shown = Array.from(points.children, (point) => point.textContent);
    if (shown.join("\n") !== consent.points.join("\n")) points.replaceChildren(...consent.points.map((point) => make("li", {}, point)));
    this.#offer(consent.purposes ?? []);
    const robots = consent.camera_of === "robot";
    const label = by("consent-camera").nextElementSibling;
    setAttribute(label, "data-say", robots ? "agreeRobotCamera" : "agreeCamera");
    setText(label, say().static[label.dataset.say]);
    by("consent-camera-row").hidden = !consent.camera_offered;
    setText(by("consent-camera-note"), consent.camera_offered ? consent.camera_text ?? say().cameraNote : consent.camera_refused_reason);
    setText(by("consent-contact"), consent.contact);
  }

  // Further purposes, each to be decided apart; what is ticked stays ticked in another language.
  #offer(purposes) {
    const wanted = JSON.stringify(purposes);
    if (this.offered === wanted) return;
    this.offered = wanted;
    const before = this.purposes;
    this.purposes = new Map(purposes.map(({ id }) => [id, make("input", { type: "checkbox", "data-purpose": id })]));
    for (const [id, input] of this.purposes) input.checked = before.get(id)?.checked ?? false;
    by("consent-purposes").replaceChildren(...purposes.map(({ id, text }) => make("label", { class: "tick" }, this.purposes.get(id), make("span", {}, text))));
  }

  #decided(participation) {
    return Object.fromEntries(Array.from(this.purposes, ([id, input]) => [id, participation && input.checked]));
  }

  #error(text) {
    setText(by("consent-error"), text);
    setAttribute(by("consent-participation"), "aria-invalid", text ? "true" : null);
  }
}

/** Calm reading; with a camera it lasts a fixed time, without one as long as the learner likes. */
export class Reading {
  constructor(act) {
    this.act = act;
    by("baseline-done").addEventListener("click", () => this.#finish());
  }

  /** cameraState: "asking", "on", or anything else for no camera. robots: it is the robot's. */
  render(baseline, cameraState, robots = false) {
    const words = say();
    setText(by("baseline-title"), baseline.title ?? words.baselineTitle);
    paragraphs(by("baseline-text"), baseline.text);
    const timed = baseline.camera && (cameraState === "on" || cameraState === "asking");
    setText(by("baseline-lead"), timed ? words.baselineCamera : words.baselineNoCamera);
    by("baseline-done").disabled = timed;
    by("baseline-done").hidden = timed;
    by("baseline-bar").hidden = !timed;
    if (cameraState === "on" && timed) this.#run(baseline.seconds);
    else {
      this.stop();
      setText(by("baseline-time-text"), timed ? (robots ? words.baselineRobot : words.baselineAsking) : words.baselineOwnPace);
    }
  }

  /** The reading is over or interrupted. */
  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  #run(seconds) {
    if (this.timer !== undefined) return;
    const began = performance.now();
    const bar = by("baseline-bar");
    bar.max = seconds;
    const tick = () => {
      const passed = (performance.now() - began) / 1000;
      bar.value = Math.min(seconds, passed);
      setText(by("baseline-time-text"), say().baselineLeft(Math.max(0, Math.ceil(seconds - passed))));
      if (passed >= seconds) this.#finish();
    };
    this.timer = setInterval(tick, 250);
    tick();
  }

  #finish() {
    this.stop();
    this.timer = null; // not undefined: it does not start again
    this.act("baseline_done");
  }
}

/** One trust and one concentration item, 1 to 5, one tap each. */
export class ProbeForm {
  constructor(act) {
    by("probe-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const answers = new FormData(by("probe-form"));
      const [trust, concentration] = ["trust", "concentration"].map((name) => Number(answers.get(name)));
      if (!trust || !concentration) {
        setText(by("probe-error"), say().rateAll);
        by("probe-form").querySelector(`input[name=${trust ? "concentration" : "trust"}]`).focus();
        return;
      }
      act("probe", { item_id: this.probe.item_id, trust, concentration });
    });
    by("probe-form").addEventListener("change", () => setText(by("probe-error"), ""));
  }

  render(probe) {
    if (this.probe?.item_id === probe.item_id) return;
    this.probe = probe;
    setText(by("probe-error"), "");
    by("probe-items").replaceChildren(
      scale("trust", probe.trust_text, probe),
      scale("concentration", probe.concentration_text, probe),
    );
  }
}
