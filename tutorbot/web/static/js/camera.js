// The learner's camera: on only while it is wanted, ten small pictures a second, one at a time, none kept.

const EVERY_MS = 100;
const MOST_WIDTH = 640;
const MOST_HEIGHT = 480;
const QUALITY = 0.8;
const ANSWER_MS = 3000; // a picture that is not answered by then was lost with its connection

export class Camera {
  /** send(takenAtMs, jpeg) gives false when the picture could not go out; tell(state) hears on, denied, absent, lost. */
  constructor(send, tell) {
    this.send = send;
    this.tell = tell;
    this.turn = 0;
    this.inFlightSince = null;
  }

  get running() {
    return this.stream !== undefined;
  }

  /** Ask for the camera, unless it runs or is being asked for. */
  async start() {
    if (this.running || this.asking) return;
    this.asking = true;
    const turn = ++this.turn;
    let stream;
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError"); // not a secure context
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { width: { ideal: MOST_WIDTH }, height: { ideal: MOST_HEIGHT }, frameRate: { ideal: 15 }, facingMode: "user" },
      });
    } catch (error) {
      if (turn === this.turn) {
        this.asking = false;
        this.tell(error.name === "NotAllowedError" || error.name === "SecurityError" ? "denied" : "absent");
      }
      return;
    }
    if (turn !== this.turn) {
      // Paused, withdrawn or ended while the browser asked.
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    this.asking = false;
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => {
      if (turn !== this.turn) return;
      this.stop();
      this.tell("lost");
    });
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.srcObject = stream;
    try {
      await this.video.play();
    } catch {
      // Stopped meanwhile, or a browser that plays only later: the loop waits for pictures anyway.
    }
    if (turn !== this.turn) return;
    this.tell("on");
    this.#loop(turn);
  }

  /** At once: the camera's light goes out, no further picture leaves. */
  stop() {
    this.turn += 1;
    this.asking = false;
    this.inFlightSince = null;
    clearTimeout(this.timer);
    if (this.stream) for (const track of this.stream.getTracks()) track.stop();
    if (this.video) this.video.srcObject = null;
    this.stream = undefined;
    this.video = undefined;
  }

  /** The server has looked at the picture. */
  answered() {
    this.inFlightSince = null;
  }

  async #loop(turn) {
    const began = performance.now();
    const busy = this.inFlightSince !== null && began - this.inFlightSince < ANSWER_MS;
    if (!busy) await this.#one(turn, began);
    if (turn !== this.turn) return;
    this.timer = setTimeout(() => this.#loop(turn), Math.max(0, EVERY_MS - (performance.now() - began)));
  }

  async #one(turn, takenAtMs) {
    const { videoWidth, videoHeight } = this.video;
    if (videoWidth === 0) return;
    const scale = Math.min(1, MOST_WIDTH / videoWidth, MOST_HEIGHT / videoHeight);
    const width = Math.round(videoWidth * scale);
    const height = Math.round(videoHeight * scale);
    const jpeg = await encode(this.#canvas(width, height), this.video, width, height);
    if (turn !== this.turn || jpeg === null) return;
    if (this.send(takenAtMs, jpeg)) this.inFlightSince = performance.now();
  }

  #canvas(width, height) {
    if (this.canvas?.width !== width || this.canvas?.height !== height) {
      this.canvas = typeof OffscreenCanvas === "undefined" ? document.createElement("canvas") : new OffscreenCanvas(width, height);
      this.canvas.width = width;
      this.canvas.height = height;
    }
    return this.canvas;
  }
}

async function encode(canvas, video, width, height) {
  canvas.getContext("2d", { alpha: false }).drawImage(video, 0, 0, width, height);
  const blob = canvas.convertToBlob
    ? await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY })
    : await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return blob === null ? null : blob.arrayBuffer();
}
