/** Plays a built-in piece with Tone.js, which is loaded at the first one. */

import { Composition } from "../composer/composer.js";
import { createInstruments } from "../composer/instruments.js";
import { createAnalyser } from "./spectrum.js";

const AHEAD_S = 0.8; // a bar is written as late as a busy page allows, so that it knows the newest mood
const AHEAD_WHILE_HIDDEN_S = 2.5;
const EVERY_MS = 200;
const SOON_S = 0.08; // between a start and its first note
const NOW_S = 0.01;
const SHORT_S = 0.05;
const UNKNOWN_DURATION_S = 150;
const SILENT_MS = 6000; // a device without a loudspeaker never answers, in Firefox

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
 * @param {Tone} tone
 * @returns {Promise<void>} Resolves when the device plays; rejects with the code `silent` when it does not begin to.
 */
async function soundOf(tone) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("silent"), { code: "silent" })), SILENT_MS);
  });
  try {
    await Promise.race([tone.start(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @type {AnalyserNode | null} */
let analyser = null;

/**
 * @param {Tone} tone
 * @returns {AnalyserNode} The one through which all pieces pass beside the loudspeaker.
 */
function analyserOf(tone) {
  if (!analyser) {
    analyser = createAnalyser(/** @type {BaseAudioContext} */ (tone.getContext().rawContext));
    tone.getDestination().connect(analyser);
  }
  return analyser;
}

/**
 * @param {import("../api.js").Track} track Track of kind `built_in`.
 * @param {import("./output.js").TrackOptions & {place: () => import("../mood/plane.js").Point}} options `place` is read
 *   before each bar: what the bar should sound like.
 * @returns {import("./output.js").TrackPlayer}
 */
export function createPiecePlayer(track, { place, volume, onEnded }) {
  const { seed } = track.details;
  const lasts = track.duration_s ?? UNKNOWN_DURATION_S;
  return new PiecePlayer(() => new Composition({ seed, point: place(), lasts }), place, volume, onEnded);
}

/**
 * @typedef {object} Performance Part of a piece from a start or seek to the next halt.
 * @property {Tone} tone
 * @property {ReturnType<typeof createInstruments>} instruments
 * @property {number} startedAt Time of the audio's clock, in seconds.
 * @property {ReturnType<typeof setInterval>} timer
 */

/** Hands the bars of a piece to its instruments, each shortly before it begins. */
class PiecePlayer {
  about = { seekable: true, controllable: true };
  #makeComposition;
  #composition;
  #place;
  #loudness;
  #onEnded;
  #gain = 0;
  /** @type {Tone | null} */
  #tone = null;
  /** @type {Performance | null} */
  #performance = null; // null while the piece stands still
  #from = 0; // position in the piece at which the performance starts
  /** @type {import("../composer/composer.js").Bar[]} */
  #bars = []; // the last two that were written: after a pause they go on

  /**
   * @param {() => Composition} makeComposition
   * @param {() => import("../mood/plane.js").Point} place
   * @param {number} loudness 0..1
   * @param {() => void} onEnded
   */
  constructor(makeComposition, place, loudness, onEnded) {
    this.#makeComposition = makeComposition;
    this.#composition = makeComposition();
    this.#place = place;
    this.#loudness = loudness;
    this.#onEnded = onEnded;
  }

  async start() {
    this.#tone = await loadTone();
    await soundOf(this.#tone);
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
    this.#from = Math.max(0, Math.min(seconds, this.#composition.end - 1));
    this.#composition = this.#makeComposition();
    this.#bars = [];
    while (this.#composition.at <= this.#from && this.#compose());
    if (tone) this.#perform(tone);
  }

  position() {
    return { at: this.#tone ? this.#at() : 0, duration: this.#composition.end };
  }

  analyser() {
    return this.#tone && analyserOf(this.#tone);
  }

  style() {
    const now = this.#at();
    return (this.#bars.findLast(({ at }) => at <= now) ?? this.#composition).style;
  }

  end() {
    this.#halt();
  }

  #at() {
    if (!this.#performance) return this.#from;
    const { tone, startedAt } = this.#performance;
    return Math.max(this.#from, Math.min(this.#composition.end, this.#from + tone.now() - startedAt));
  }

  /** @param {Tone} tone */
  #perform(tone) {
    const instruments = createInstruments(tone, this.style());
    const startedAt = tone.now() + SOON_S;
    const timer = setInterval(() => this.#write(), EVERY_MS);
    this.#performance = { tone, instruments, startedAt, timer };
    this.#applyGain(SHORT_S);
    for (const bar of this.#bars) this.#play(bar);
    this.#write();
  }

  #write() {
    if (!this.#performance) return;
    // Browsers slow the timers of hidden pages down.
    const ahead = document.hidden ? AHEAD_WHILE_HIDDEN_S : AHEAD_S;
    while (this.#composition.at < this.#at() + ahead) {
      const bar = this.#compose();
      if (!bar) break;
      this.#play(bar);
    }
    if (this.#at() < this.#composition.end) return;
    this.#halt();
    this.#onEnded();
  }

  #compose() {
    const bar = this.#composition.next(this.#place());
    if (bar) this.#bars = [...this.#bars.slice(-1), bar];
    return bar;
  }

  /** @param {import("../composer/composer.js").Bar} bar */
  #play({ at, lasts, style, notes }) {
    if (!this.#performance) return;
    const { tone, instruments, startedAt } = this.#performance;
    const timeOf = (/** @type {number} */ seconds) =>
      Math.max(startedAt + seconds - this.#from, tone.now() + NOW_S);
    instruments.follow(style, timeOf(at), lasts / 2);
    for (const note of notes) {
      if (note.at >= this.#from) instruments.play(note, timeOf(note.at));
    }
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
