// The line from the server to a console page: what changed comes once a second at most; a lost line comes back.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10000;
const SILENCE_MS = 15000; // the server says something every 5 s
const SIGNED_OUT = 4403;

export class Live {
  /**
   * observe: the observer's sight. on: { hello(message), system(message), rows(list), line(state) };
   * line states are "up", "down", "out" (signed out, or never let in) and "restarted" (let in before, and no more
   * after the line was lost).
   */
  constructor(on, { observe = false } = {}) {
    this.on = on;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.address = `${scheme}://${location.host}/console/ws${observe ? "?observe=1" : ""}`;
    this.wait = FIRST_WAIT_MS;
    this.rows = new Map();
    addEventListener("online", () => this.#now());
    addEventListener("pagehide", () => this.socket?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) this.connect(); });
    this.connect();
  }

  connect() {
    clearTimeout(this.again);
    let opened = false;
    const socket = (this.socket = new WebSocket(this.address));
    this.#watch(socket);
    socket.addEventListener("open", () => { opened = true; });
    socket.addEventListener("message", (event) => {
      if (socket !== this.socket) return;
      this.#watch(socket);
      this.#take(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.#closed(event.code, opened);
    });
  }

  #take(message) {
    if (message.type === "hello") {
      this.wait = FIRST_WAIT_MS;
      this.rows.clear();
      this.greeted = true;
      this.on.line("up");
      this.on.hello(message); // all rows follow, if only to say that there are none
    } else if (message.type === "system") {
      this.on.system(message);
    } else if (message.type === "rows") {
      for (const [who, fields] of Object.entries(message.changed)) {
        this.rows.set(who, { ...this.rows.get(who), ...fields });
      }
      for (const who of message.gone) this.rows.delete(who);
      this.on.rows([...this.rows.values()]);
    }
  }

  async #closed(code, opened) {
    clearTimeout(this.silence);
    if (code === SIGNED_OUT) return this.on.line("out");
    if (!opened && await this.#isOut()) return this.on.line(this.greeted ? "restarted" : "out");
    this.on.line("down");
    this.again = setTimeout(() => this.connect(), this.wait * (0.8 + 0.4 * Math.random()));
    this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
    return undefined;
  }

  /** A socket that is refused says not why: ask for a page that needs the same cookie. */
  async #isOut() {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      return answer.status === 403;
    } catch {
      return false;
    }
  }

  #now() {
    if (this.socket.readyState === WebSocket.CLOSED) this.connect();
  }

  #watch(socket) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (socket !== this.socket) return;
      this.socket = { readyState: WebSocket.CLOSED, close() {} };
      socket.close();
      this.#closed(1006, true);
    }, SILENCE_MS);
  }
}
