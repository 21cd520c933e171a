// What is sensed right now, said in words, and the ways to stop it: a break, or no camera at all.

import { by, iconAddress, setAttribute, setText } from "./dom.js";
import { say } from "./words.js";

export class Sensing {
  /** on: { pause(bool), cameraAgain(), cameraOff() } */
  constructor(on) {
    this.on = on;
    by("pause").addEventListener("click", () => this.#toggle());
    by("camera-again").addEventListener("click", () => on.cameraAgain());
    by("camera-off").addEventListener("click", () => on.cameraOff());
    addEventListener("keydown", (event) => {
      // By the key's place: with Alt held its letter may be another one.
      if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyP" && !by("sensing").hidden) {
        event.preventDefault();
        this.#toggle();
      }
    });
  }

  /** sensing: null while nothing is sensed. answer: what the browser said last about its camera, if anything. */
  render(sensing, answer) {
    const words = say();
    by("sensing").hidden = !sensing;
    if (!sensing) {
      setText(by("break"), "");
      return;
    }
    this.paused = sensing.paused;
    this.held = Boolean(sensing.held); // by the experimenter, who alone lets it go on
    by("pause").hidden = this.held;
    by("pause").classList.toggle("primary", sensing.paused);
    const camera = sensing.camera;
    const live = camera === "on" && !sensing.paused;
    const hadCamera = ["on", "paused", "lost", "denied"].includes(camera);
    const robots = sensing.camera_of === "robot";
    let text = (robots ? words.robotCamera : words.camera)[camera];
    if (camera === "lost" && answer === "absent") text = words.camera.absent;
    if (sensing.paused) text = hadCamera ? (robots ? words.robotCamera : words.camera).paused : words.breakNoCamera;
    if (sensing.listening) text += `, ${words.microphone}`;
    setText(by("sensing-text"), text);
    setAttribute(by("sensing-state"), "data-camera", live ? "on" : "off");
    setAttribute(by("sensing-icon"), "href", iconAddress(live ? "camera" : sensing.paused && !hadCamera ? "pause" : "camera-off"));
    setText(by("break"), sensing.paused && !this.held ? words.breakNote(hadCamera) : "");
    setText(by("pause-text"), sensing.paused ? words.resume : words.pause);
    setAttribute(by("pause-icon"), "href", iconAddress(sensing.paused ? "play" : "pause"));
    by("camera-again").hidden = robots || sensing.paused || !["lost", "denied"].includes(camera);
    by("camera-off").hidden = !hadCamera;
  }

  #toggle() {
    if (this.held) return;
    this.on.pause(!this.paused);
  }
}
