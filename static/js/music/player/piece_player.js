/** Plays a built-in piece with Tone.js, which is loaded at the first one. */

import { compose } from "../composer/composer.js";
import { createInstruments } from "../composer/instruments.js";

const AHEAD_S = 2;
const EVERY_MS = 250;
const SOON_S = 0.08; // between a start and its first note
const NOW_S = 0.01;
const SHORT_S = 0.05;
const UNKNOWN_DURATION_S = 150;

/** @type {Promise<Tone> | null} */
let loading = null;

/**
 * @typedef {import("../composer/instruments.js").Tone} Tone
 *
 * @returns {Promise<Tone>} Tone.js, loaded once; rejects with the code `offline`.
 */
function loadTone() {
  const page = /** @type {{Tone: Tone, TONE_SILENCE_LOGGING: boolean}} */ (
    /** @type {unknown} */ (globalThis)
  );
  loading ??= new Promise((resolve, reject) => {
    page.TONE_SILENCE_LOGGING = true;
    const script = document.createElement("script");
    script.src = new URL("../../../vendor/tone/Tone.js", import.meta.url).href;
    script.addEventListener("load", () => resolve(page.Tone));
    script.addEventListener("error", () => {
      loading = null;
      reject(Object.assign(new Error("Tone.js"), { code: "offline" }));
    });
    document.head.append(script);
  });
  return loading;
}

/**
 * @param {import("../api.js").Track} track Track of kind `built_in`.
 * @param {import("./output.js").TrackOptions & {point: import("../mood/plane.js").Point}} options `point` is the
 *   place on the plane that the piece is composed for.
 * @returns {import("./output.js").TrackPlayer}
 */
export function createPiecePlayer(track, { point, volume, onEnded }) {
  const piece = compose({ seed: track.details.seed, point, lasts: track.duration_s ?? UNKNOWN_DURATION_S });
  return new PiecePlayer(piece, volume, onEnded);
}

/**
 * @typedef {object} Performance Part of a piece from a start or seek to the next halt.
 * @property {Tone} tone
 * @property {ReturnType<typeof createInstruments>} instruments
 * @property {number} startedAt Time of the audio's clock, in seconds.
 * @property {ReturnType<typeof setInterval>} timer
 */

/** Hands the notes of a piece to its instruments, a little ahead of time. */
class PiecePlayer {
  about = { seekable: true, controllable: true };
  #piece;
  #loudness;
  #onEnded;
  #gain = 0;
  /** @type {Tone | null} */
  #tone = null;
  /** @type {Performance | null} */
  #performance = null; // null while the piece stands still
  #from = 0; // position in the piece at which the performance starts
  #written = 0; // index of the first note not yet handed over

  /**
   * @param {import("../composer/composer.js").Piece} piece
   * @param {number} loudness 0..1
   * @param {() => void} onEnded
   */
  constructor(piece, loudness, onEnded) {
    this.#piece = piece;
    this.#loudness = loudness;
    this.#onEnded = onEnded;
  }

  async start() {
    this.#tone = await loadTone();
    await this.#tone.start();
    this.#perform(this.#tone);
  }

  /**
   * @param {number} to 0..1
   * @param {number} seconds
   */
  fade(to, seconds) {
    this.#gain = to;
    this.#applyGain(seconds);
  }

  /** @param {number} volume 0..1 */
  setVolume(volume) {
    this.#loudness = volume;
    this.#applyGain(SHORT_S);
  }

  pause() {
    this.#halt();
  }

  async resume() {
    if (!this.#performance && this.#tone) this.#perform(this.#tone);
  }

  /** @param {number} seconds */
  seek(seconds) {
    const tone = this.#performance?.tone;
    this.#halt();
    this.#from = Math.max(0, Math.min(seconds, this.#piece.lasts - 1));
    if (tone) this.#perform(tone);
  }

  position() {
    return { at: this.#tone ? this.#at() : 0, duration: this.#piece.lasts };
  }

  end() {
    this.#halt();
  }

  #at() {
    if (!this.#performance) return this.#from;
    const { tone, startedAt } = this.#performance;
    return Math.max(this.#from, Math.min(this.#piece.lasts, this.#from + tone.now() - startedAt));
  }

  /** @param {Tone} tone */
  #perform(tone) {
    const { notes, style } = this.#piece;
    const instruments = createInstruments(tone, style);
    const next = notes.findIndex((note) => note.at >= this.#from);
    this.#written = next < 0 ? notes.length : next;
    this.#performance = {
      tone,
      instruments,
      startedAt: tone.now() + SOON_S,
      timer: setInterval(() => this.#write(), EVERY_MS),
    };
    this.#applyGain(SHORT_S);
    this.#write();
  }

  #write() {
    if (!this.#performance) return;
    const { notes, lasts } = this.#piece;
    const { tone, instruments, startedAt } = this.#performance;
    const until = this.#at() + AHEAD_S;
    for (; this.#written < notes.length && notes[this.#written].at < until; this.#written += 1) {
      const note = notes[this.#written];
      instruments.play(note, Math.max(startedAt + note.at - this.#from, tone.now() + NOW_S));
    }
    if (this.#at() < lasts) return;
    this.#halt();
    this.#onEnded();
  }

  #halt() {
    if (!this.#performance) return;
    this.#from = this.#at();
    clearInterval(this.#performance.timer);
    this.#performance.instruments.end();
    this.#performance = null;
  }

  /** @param {number} seconds */
  #applyGain(seconds) {
    this.#performance?.instruments.setGain(this.#gain * this.#loudness, seconds);
  }
}
