/** The camera flow of a page: opens the camera, connects, sends frames, and reports every change and every reply. */

import { createCameraSlot, createCapture, openCamera } from "./camera.js";
import { createFaceSlots, focusFirst } from "./face_slots.js";
import { createFrameLoop, nextInMs, problemAfter, retryDelayMs } from "./frame_loop.js";
import { createPace, FREE } from "./pace.js";

const STALE_MS = 6000; // twice the longest wait

/**
 * @typedef {import("./connection.js").Connect} Connect
 *
 * @typedef {import("./channel.js").Face & {slot: number}} SlottedFace
 *
 * @typedef {Omit<import("./channel.js").Reply, "faces"> & {faces: SlottedFace[], roundTripMs: number}} FeedReply
 *   A reply; its primary face comes first.
 *
 * @typedef {object} FeedOwn What only the feed knows.
 * @property {FeedReply | null} reply
 * @property {import("./pace.js").Pace} pace
 * @property {string} [facing] Side of the last camera: `user`, `environment`, `sample` or unknown.
 * @property {"camera" | "sample"} source What is shown, or was shown last.
 * @property {boolean} held Whether the visitor has paused the readings; the camera stays on.
 *
 * @typedef {Omit<import("../shared/words.js").Facts, keyof FeedOwn> & FeedOwn} FeedFacts
 *
 * @typedef {object} FeedParts
 * @property {() => import("./camera.js").CameraWish} camera Wish for a camera, asked at each start.
 * @property {() => Connect | Promise<Connect>} loadConnect Loads what opens the connection; called at each start. With
 *   a promise the camera is asked for once it is loaded, otherwise at once.
 * @property {(facts: FeedFacts) => void} onChange
 * @property {(reply: FeedReply) => void} onReply Called before `onChange` reports the same reply.
 * @property {() => void} [onConnected] The connection came up; called before the first frame is sent.
 * @property {(hello: import("./channel.js").Hello) => void} [onHello] The server said its rules.
 * @property {(faces: {id: number}[], focus: number | null) => number | null} [follow] Chooses the face that comes
 *   first; without it the server's primary face does.
 *
 * @typedef {object} FeedPlatform The browser; tests bring their own.
 * @property {(options: import("./camera.js").CameraOptions) => Promise<import("./camera.js").Camera>} openCamera
 * @property {(maxSide: number) => Promise<import("./camera.js").CapturedFrame | import("./camera.js").CapturedFaces>}
 *   capture
 * @property {Pick<Document, "hidden" | "addEventListener">} page
 * @property {(ms: number) => Promise<void>} wait
 * @property {() => number} now Milliseconds.
 */

/**
 * A state machine: `idle` → `starting` → `running`, `switching` from one camera to another, and back to `idle` by a
 * stop or a problem of the camera.
 *
 * Frames are sent while there is a camera to take them, a visible tab, and a connection. The camera is asked for again
 * at each start; the connection is opened once the first camera is there, and closed with the last one.
 */
export class LiveFeed {
  #parts;
  #platform;
  #cameras;
  #loop;
  #slots = createFaceSlots();
  #pace = createPace();
  #repliedAt = 0;
  /** @type {import("./channel.js").Channel | null} */
  #channel = null;
  #failures = 0; // frames in a row without a good reply
  #generation = 0; // a start goes on only while no later start or stop overtook it
  /** @type {FeedFacts} */
  #facts = {
    phase: "idle",
    cameraProblem: null,
    muted: false,
    link: "connecting",
    hidden: false,
    held: false,
    problem: null,
    reply: null,
    pace: FREE,
    source: "camera",
  };

  /**
   * @param {FeedParts} parts
   * @param {FeedPlatform} platform
   */
  constructor(parts, platform) {
    this.#parts = parts;
    this.#platform = platform;
    this.#facts.hidden = platform.page.hidden;
    this.#cameras = createCameraSlot(platform.openCamera);
    this.#loop = createFrameLoop({
      capture: () => platform.capture(this.#facts.pace.maxSide),
      send: (frame) => this.#openChannel().send(frame),
      onReply: (reply) => this.#takeReply(reply),
      onError: (error) => this.#takeError(error),
      wait: platform.wait,
    });
    platform.page.addEventListener("visibilitychange", () => this.#runOrPause());
  }

  get facts() {
    return this.#facts;
  }

  /**
   * Starts the camera, or changes to another one.
   *
   * @returns {Promise<import("./camera.js").Camera | null>} The camera that runs; null if there is none, or if a later
   *   start or stop overtook this one.
   */
  async start() {
    const generation = ++this.#generation;
    const wish = this.#parts.camera();
    this.#facts.source = wish.source ?? "camera";
    const isOn = this.#facts.phase === "running" || this.#facts.phase === "switching";
    this.#enter(isOn ? "switching" : "starting");
    try {
      const loading = this.#parts.loadConnect();
      const connect = loading instanceof Promise ? await loading : loading;
      if (generation !== this.#generation) return null;
      const camera = await this.#cameras.take({
        ...wish,
        onGone: () => this.#leave("unplugged"),
        onMuted: (muted) => this.#report({ muted }),
      });
      if (camera) this.#run(camera, connect);
      return camera;
    } catch (error) {
      if (generation === this.#generation) this.#leave(codeOf(error) ?? "failed");
      return null;
    }
  }

  stop() {
    this.#leave(null);
  }

  /**
   * Stops the readings, or goes on with them; the camera stays on, and the last reading stays as it is.
   *
   * @param {boolean} held
   */
  hold(held) {
    this.#facts.held = held && this.#facts.phase === "running";
    this.#runOrPause();
  }

  /** Puts the faces of the last reply in order again: another one is followed. */
  refocus() {
    if (!this.#facts.reply) return;
    this.#facts.reply = this.#inOrder(this.#facts.reply);
    this.#report();
  }

  /**
   * Sends the visitor's settings. Without a connection nothing happens: `onConnected` is the time to send them again.
   *
   * @param {import("./channel.js").Settings} settings
   */
  async sendSettings(settings) {
    await this.#channel?.choose(settings);
  }

  /**
   * @param {import("./camera.js").Camera} camera
   * @param {Connect} connect
   */
  #run(camera, connect) {
    this.#facts.facing = camera.facing;
    if (!this.#channel) {
      this.#facts.link = "connecting";
      this.#channel = connect({
        onLink: (link) => this.#takeLink(link),
        onHello: (hello) => this.#parts.onHello?.(hello),
      });
    }
    this.#enter("running");
  }

  /** @param {string | null} problem Key of CAMERA_PROBLEMS. */
  #leave(problem) {
    this.#generation += 1;
    this.#cameras.release();
    this.#channel?.close();
    this.#channel = null;
    this.#enter("idle", problem);
  }

  /**
   * Enters a phase, with nothing left of the last one.
   *
   * @param {FeedFacts["phase"]} phase
   * @param {string | null} [cameraProblem]
   */
  #enter(phase, cameraProblem = null) {
    Object.assign(this.#facts, { phase, cameraProblem, muted: false, held: false, problem: null });
    this.#failures = 0;
    this.#loop.stop();
    this.#runOrPause();
  }

  /** Runs the loop while there are a camera, a visible tab and a connection. */
  #runOrPause() {
    const { phase, link, held } = this.#facts;
    const { hidden } = this.#platform.page;
    if (phase === "running" && link === "up" && !hidden && !held) this.#loop.start();
    else if (held) this.#loop.stop();
    else {
      this.#loop.stop();
      this.#forgetReply();
      this.#pace = createPace();
      this.#facts.pace = FREE;
    }
    this.#report({ hidden });
  }

  /** @param {import("./channel.js").Link} link */
  #takeLink(link) {
    Object.assign(this.#facts, { link, problem: null });
    this.#failures = 0;
    if (link === "up") this.#parts.onConnected?.();
    this.#runOrPause();
  }

  /** @param {import("./channel.js").Reply & {roundTripMs: number}} reply */
  #takeReply(reply) {
    this.#slots.assign(reply.faces);
    const faces = reply.faces.map((face) => ({ ...face, slot: this.#slots.slotOf(face.id) }));
    const shown = this.#inOrder({ ...reply, faces });
    const networkMs = reply.roundTripMs - (reply.timing_ms?.total ?? 0);
    this.#repliedAt = this.#platform.now();
    const pace = this.#pace.reply(this.#repliedAt, { waitMs: nextInMs(reply), networkMs });
    Object.assign(this.#facts, { problem: null, reply: shown, pace });
    this.#failures = 0;
    this.#parts.onReply(shown);
    this.#report();
  }

  /** @param {import("./frame_loop.js").LoopError} error */
  async #takeError(error) {
    this.#failures += 1;
    this.#facts.problem = problemAfter(error, this.#failures, this.#facts.problem);
    const now = this.#platform.now();
    const waitMs = retryDelayMs(error, this.#failures);
    if (error.code === "server_busy") this.#facts.pace = this.#pace.refusal(now, waitMs);
    if (this.#facts.problem || now - this.#repliedAt > STALE_MS) this.#forgetReply();
    if (error.code === undefined) console.error(error); // a fault of this page
    this.#report();
    await this.#platform.wait(waitMs);
  }

  /**
   * @param {FeedReply} reply
   * @returns {FeedReply}
   */
  #inOrder(reply) {
    const { follow } = this.#parts;
    const first = follow ? follow(reply.faces, reply.focus) : reply.focus;
    return { ...reply, faces: focusFirst(reply.faces, first) };
  }

  #forgetReply() {
    this.#facts.reply = null;
    this.#slots.clear();
  }

  #openChannel() {
    if (!this.#channel) throw new Error("channel: closed");
    return this.#channel;
  }

  /** @param {Partial<FeedFacts>} [news] */
  #report(news = {}) {
    this.#parts.onChange(Object.assign(this.#facts, news));
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {{code?: string} | null} */ (error)?.code;
}

/**
 * @param {HTMLVideoElement} video
 * @param {() => number} longestSide Longest side of the frames, in pixels, as it is chosen now.
 * @returns {Omit<FeedPlatform, "capture"> &
 *   {capture: (maxSide: number) => Promise<import("./camera.js").CapturedFrame>}}
 */
export function browserPlatform(video, longestSide) {
  return {
    openCamera: (options) => openCamera(video, options),
    capture: createCapture(video, longestSide),
    page: document,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => performance.now(),
  };
}
