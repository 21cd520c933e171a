// The one line to the server: sends what the learner does, again if need be, and hands over what comes.
//
// Every action has an id and stays in a queue in sessionStorage until the server says it has it.
// A lost connection, a reload or a restarted server therefore loses nothing.

import { newId } from "./ids.js";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;
const SILENCE_MS = 15000; // an action that is not acknowledged by then means the line is dead
const SAME_TAB_MS = 30000; // this long our own dead connection may still hold the link
const MOST_WAITING = 250;
const MOVES = ["place", "check", "stuck"]; // given up first when too much waits

export const CLOSED = { unknown: 4404, inUse: 4409, moved: 4410 };

export class Wire {
  /**
   * code: the participant's secret link code.
   * on: { message(m), settled(action), refused(action, problem), line(state), blocked(reason, takeover) };
   * line states are "up" and "down"; blocked reasons are "unknown", "inUse" and "moved"; takeover: the session may
   * be used here instead (`takeOver`).
   */
  constructor(code, on) {
    this.on = on;
    this.address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/${encodeURIComponent(code)}`;
    const asked = new URLSearchParams(location.search).get("lang");
    if (asked) this.address += `?lang=${encodeURIComponent(asked)}`;
    this.key = `tutorbot:${code}:waiting`;
    this.heldKey = `tutorbot:${code}:held`;
    this.waiting = this.#load();
    this.wait = FIRST_WAIT_MS;
    this.lostAt = null;
    this.takeover = false; // the server would let this page have the session
    this.wanted = false; // and the learner wants it here
    addEventListener("online", () => this.#now());
    addEventListener("offline", () => this.on.line("down"));
    addEventListener("pagehide", () => this.socket?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) this.connect(); });
  }

  connect() {
    clearTimeout(this.again);
    const socket = (this.socket = new WebSocket(this.address));
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      if (socket !== this.socket) return;
      if (this.wanted) this.note("takeover");
      this.note("hello", hello());
      for (const action of this.waiting) socket.send(JSON.stringify(action));
      this.#watch();
    });
    socket.addEventListener("message", (event) => {
      if (socket === this.socket) this.#take(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.#closed(event);
    });
  }

  /** Use the session here, and no longer in the page that has it. */
  takeOver() {
    this.wanted = true;
    this.lostAt = null;
    this.connect();
  }

  /**
   * Something the learner did: kept until the server has it. Returns the action.
   * replaces(old): true for what waits and is outdated by this one; while there is no line it goes from the queue.
   */
  act(type, fields = {}, replaces = null) {
    const action = { type, ...fields, client_id: newId() };
    if (replaces && !this.#open()) this.waiting = this.waiting.filter((old) => !replaces(old));
    this.waiting.push(action);
    if (this.waiting.length > MOST_WAITING) this.waiting.splice(this.#leastNeeded(), 1);
    this.#save();
    if (this.#open()) this.socket.send(JSON.stringify(action));
    this.#watch();
    return action;
  }

  /** Something that only matters now; not sent later. */
  note(type, fields = {}) {
    if (this.#open()) this.socket.send(JSON.stringify({ type, ...fields }));
  }

  /** One picture with the time it was taken; false when it cannot go out now. */
  frame(takenAtMs, jpeg) {
    if (!this.#open() || this.socket.bufferedAmount > 200000) return false;
    const data = new Uint8Array(8 + jpeg.byteLength);
    new DataView(data.buffer).setFloat64(0, takenAtMs);
    data.set(new Uint8Array(jpeg), 8);
    this.socket.send(data);
    return true;
  }

  /** Forget what waits: the session is over and the server has all it wants. */
  clear() {
    this.waiting = [];
    this.#save();
    sessionStorage.removeItem(this.heldKey);
  }

  /** Where the oldest action stands that is no answer or decision of the person. */
  #leastNeeded() {
    return Math.max(0, this.waiting.findIndex(({ type }) => MOVES.includes(type)));
  }

  #open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  #take(data) {
    const message = JSON.parse(data);
    if (message.about === "in_use") {
      this.takeover = message.takeover === true; // the close that follows says the rest
      return;
    }
    if (message.type === "view") {
      this.wanted = false;
      this.wait = FIRST_WAIT_MS;
      this.lostAt = null;
      sessionStorage.setItem(this.heldKey, "yes");
      this.on.line("up");
    }
    const action = message.client_id && this.waiting.find((one) => one.client_id === message.client_id);
    if (action) {
      this.waiting = this.waiting.filter((one) => one !== action);
      this.#save();
      this.#watch();
      if (message.type === "ack") this.on.settled(action);
      else this.on.refused(action, message);
    }
    if (message.type !== "ack") this.on.message(message);
  }

  #closed(event) {
    clearTimeout(this.silence);
    const held = sessionStorage.getItem(this.heldKey) === "yes";
    this.lostAt ??= performance.now();
    const mayBeOurs = held && performance.now() - this.lostAt < SAME_TAB_MS;
    if (event.code === CLOSED.unknown) return this.on.blocked("unknown");
    if (event.code === CLOSED.moved || (event.code === CLOSED.inUse && (!mayBeOurs || this.wanted))) {
      sessionStorage.removeItem(this.heldKey);
      this.wanted = false;
      return event.code === CLOSED.moved ? this.on.blocked("moved", true) : this.on.blocked("inUse", this.takeover);
    }
    this.on.line("down");
    this.again = setTimeout(() => this.connect(), this.wait * (0.8 + 0.4 * Math.random()));
    this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
    return undefined;
  }

  #now() {
    if (this.socket?.readyState === WebSocket.CLOSED || this.socket === undefined) this.connect();
  }

  #watch() {
    clearTimeout(this.silence);
    if (this.waiting.length > 0 && this.#open()) {
      this.silence = setTimeout(() => {
        // A half-open line may take minutes to close by itself: leave it and start over.
        const dead = this.socket;
        this.socket = undefined;
        dead.close();
        this.#closed({ code: 1006 });
      }, SILENCE_MS);
    }
  }

  #load() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key)) ?? [];
    } catch {
      return [];
    }
  }

  #save() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.waiting));
    } catch {
      // Storage full or switched off: the queue still lives as long as the page does.
    }
  }
}

function hello() {
  const coarse = matchMedia("(pointer: coarse)").matches;
  const any = matchMedia("(any-pointer: fine)").matches || coarse;
  return {
    viewport: [Math.round(innerWidth), Math.round(innerHeight)],
    input: coarse ? "touch" : any ? "mouse" : "keyboard",
    language: navigator.language || "en",
  };
}
