// One utterance at a time: in a bubble always, and by a voice of this very machine where there is one.
//
// Only voices that the browser says are local are used: others send the words elsewhere.

import { by, setText } from "./dom.js";

const LETTERS_PER_S = 15; // read at leisure; a pilot value
const LEAST_MS = 1500;
const BEGINS_MS = 3000; // a voice that has not begun by then is not there
const SPARE_MS = 5000; // and one that has not ended at half the pace, with this besides, hangs

/** A voice of this machine for "en" or "de-AT"; undefined where there is none. */
export function localVoice(language) {
  const own = (window.speechSynthesis?.getVoices() ?? []).filter((voice) => voice.localService === true);
  const tag = (voice) => voice.lang.replace("_", "-").toLowerCase();
  const wanted = language.toLowerCase();
  const [base] = wanted.split("-");
  const fitting = own.filter((voice) => tag(voice).split("-")[0] === base);
  return fitting.find((voice) => tag(voice) === wanted) ?? fitting.find((voice) => voice.default) ?? fitting[0];
}

function readingMs(text) {
  return LEAST_MS + (1000 * text.length) / LETTERS_PER_S;
}

export class Speech {
  /** on: { lips: Face, note(what, language) }; what is "", "noVoice" or "voiceFailed". */
  constructor(on) {
    this.on = on;
    this.muted = false;
    this.now = null;
  }

  /** Within a click: browsers let a page speak only after one. */
  permit(language) {
    const voice = localVoice(language);
    if (voice === undefined) return;
    const silence = new SpeechSynthesisUtterance("");
    silence.voice = voice;
    silence.volume = 0;
    speechSynthesis.speak(silence);
  }

  /** ended(voiced) is called once, unless it is cut short. */
  speak(text, language, ended) {
    this.cut();
    const one = { text, language, ended, beganMs: performance.now() };
    this.now = one;
    by("words").lang = language;
    by("bubble").hidden = false;
    by("bubble").classList.remove("over");
    by("words").replaceChildren(text); // the same words again are read out again
    this.on.lips.beginLips();
    const voice = localVoice(language);
    if (this.muted) this.#read(one, "");
    else if (voice === undefined) this.#read(one, "noVoice");
    else this.#voice(one, voice);
  }

  /** Silence, and an empty bubble. */
  cut() {
    const one = this.#leave();
    if (one === null) return;
    setText(by("words"), "");
    by("bubble").hidden = true;
  }

  /** Without a voice, or with one again from the next utterance on. */
  mute(on) {
    this.muted = on;
    if (on && this.now?.utterance) this.#read(this.now, "");
    if (on) this.on.note("", "");
  }

  #voice(one, voice) {
    const utterance = (one.utterance = new SpeechSynthesisUtterance(one.text));
    utterance.voice = voice;
    utterance.lang = voice.lang;
    const still = () => this.now === one && one.utterance === utterance;
    const failed = () => { if (still()) this.#read(one, "voiceFailed"); };
    utterance.addEventListener("start", () => {
      if (!still()) return;
      clearTimeout(one.timer);
      one.timer = setTimeout(failed, 2 * readingMs(one.text) + SPARE_MS);
    });
    utterance.addEventListener("boundary", (event) => {
      if (still() && event.name === "word") this.on.lips.word(event.charLength || 4);
    });
    utterance.addEventListener("end", () => { if (still()) this.#over(one, true); });
    utterance.addEventListener("error", failed);
    one.timer = setTimeout(failed, BEGINS_MS);
    this.on.note("", "");
    speechSynthesis.speak(utterance);
  }

  /** Without a voice: it is over when there was time to read it. */
  #read(one, why) {
    const spoke = one.utterance !== undefined;
    clearTimeout(one.timer);
    one.utterance = undefined;
    if (spoke) speechSynthesis.cancel();
    this.on.note(why, one.language);
    const leftMs = Math.max(0, one.beganMs + readingMs(one.text) - performance.now());
    one.timer = setTimeout(() => this.#over(one, false), leftMs);
  }

  #over(one, voiced) {
    if (this.now !== one) return;
    this.#leave();
    by("bubble").classList.add("over"); // the words can still be read
    one.ended(voiced);
  }

  #leave() {
    const one = this.now;
    this.now = null;
    if (one === null) return null;
    clearTimeout(one.timer);
    if (one.utterance !== undefined) speechSynthesis.cancel();
    this.on.lips.endLips();
    return one;
  }
}
