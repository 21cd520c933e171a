// The robot's line to the tutor: what comes is handed over at once, and nothing is kept for later.

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;
const SILENCE_MS = 10000; // the server sends a sign of life every few seconds
const UNKNOWN = 4404;

export class RobotLine {
  /** on: { message(m), up(), down(), unknown() }; unknown: this address belongs to no robot (any longer). */
  constructor(on) {
    this.on = on;
    this.address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${location.pathname}/ws`;
    this.wait = FIRST_WAIT_MS;
    addEventListener("pagehide", () => this.socket?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) this.connect(); });
    addEventListener("online", () => { if (this.socket === undefined) this.connect(); });
  }

  connect() {
    clearTimeout(this.again);
    const socket = (this.socket = new WebSocket(this.address));
    socket.addEventListener("open", () => {
      if (socket !== this.socket) return;
      this.wait = FIRST_WAIT_MS;
      this.#listen();
      this.on.up();
    });
    socket.addEventListener("message", (event) => {
      if (socket !== this.socket) return;
      this.#listen();
      this.on.message(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.#closed(event.code);
    });
  }

  /** Say something to the tutor now. Returns: whether there was a line. */
  send(type, fields = {}) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ type, ...fields }));
    return true;
  }

  #listen() {
    clearTimeout(this.silence);
    const heard = this.socket;
    this.silence = setTimeout(() => {
      // A half-open line may take minutes to close by itself: leave it and start over.
      heard.close();
      if (heard === this.socket) this.#closed(1006);
    }, SILENCE_MS);
  }

  #closed(code) {
    clearTimeout(this.silence);
    this.socket = undefined;
    this.on.down();
    if (code === UNKNOWN) return this.on.unknown();
    this.again = setTimeout(() => this.connect(), this.wait * (0.8 + 0.4 * Math.random()));
    this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
    return undefined;
  }
}
