/** Plays files and streams through audio elements, of which there are two, so that one can fade into the other. */

import { gainOf } from "./loudness.js";

const FADE_STEP_MS = 50;
const START_LIMIT_MS = 12_000;
const STALL_LIMIT_MS = 10_000;
const GUARD_MS = 500;

/**
 * @typedef {object} Elements
 * @property {(end: () => void) => Loan} lend Lends a free element. If none
 *   is free, the loan that began first, which fades out by now, ends: its `end` is called.
 * @property {() => void} unlock To be called in a click: some browsers let only those elements play later that were
 *   touched in one.
 *
 * @typedef {object} Loan
 * @property {HTMLAudioElement} element
 * @property {(gain: number) => number} amplify Applies a gain; returns the part of it that is left to the volume, 0..1.
 * @property {() => Promise<void>} resume Lets the element be heard.
 * @property {() => AnalyserNode | null} analyser Where its sound passes; null if it passes no audio nodes.
 * @property {() => void} giveBack
 */

/**
 * @param {() => HTMLAudioElement} makeElement
 * @param {import("./amplifier.js").Amplifier} [amplifier] Without one, elements can be made softer alone.
 * @returns {Elements}
 */
export function createElements(makeElement, amplifier) {
  const elements = [makeElement(), makeElement()];
  /** @type {Map<HTMLAudioElement, () => void>} */
  const loans = new Map(); // the end of each, the oldest first
  let unlocked = false;
  return {
    lend(end) {
      if (loans.size === elements.length) [...loans.values()][0]();
      const element = elements.find((one) => !loans.has(one)) ?? elements[0];
      const giveBack = () => {
        if (loans.get(element) === endLoan) loans.delete(element);
      };
      const endLoan = () => {
        giveBack();
        end();
      };
      loans.set(element, endLoan);
      return {
        element,
        amplify: (gain) => (amplifier?.amplify(element, gain) ? 1 : Math.min(1, gain)),
        resume: async () => amplifier?.resume(),
        analyser: () => amplifier?.analyser() ?? null,
        giveBack,
      };
    },
    unlock() {
      if (!unlocked) elements.forEach((element) => element.load());
      if (!unlocked) amplifier?.connect(elements);
      unlocked = true;
    },
  };
}

/**
 * @param {number | undefined} code Code of a MediaError.
 * @param {string} url
 * @returns {string} Reason why the track does not play.
 */
export function codeOf(code, url) {
  if (url.startsWith("http:") && globalThis.location?.protocol === "https:") return "insecure";
  return code === 3 ? "undecodable" : code === 2 ? "stalled" : "refused";
}

/**
 * @param {import("../api.js").Track} track Track of kind `file` or `stream`.
 * @param {import("./output.js").TrackOptions} options
 * @param {Elements} elements
 * @returns {import("./output.js").TrackPlayer}
 */
export function createAudioPlayer(track, { volume, onEnded, onTrouble }, elements) {
  const { element, amplify, resume, analyser, giveBack } = elements.lend(end);
  const watching = new AbortController();
  let share = 1; // of the gain, left to the volume
  const fading = createFade((value) => (element.volume = share * value), volume);
  const watchdog = createWatchdog(STALL_LIMIT_MS);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let guard;
  let started = false;
  let over = false;

  const trouble = () => {
    if (started) onTrouble(codeOf(element.error?.code, track.url));
  };

  /** Not every stream that falls silent causes an event, but its clock stands still. */
  function look() {
    const still = watchdog(element.paused || element.ended ? null : element.currentTime, performance.now());
    if (still) onTrouble("stalled");
  }

  function listen() {
    element.addEventListener("ended", onEnded, watching);
    element.addEventListener("error", trouble, watching);
    guard = setInterval(look, GUARD_MS);
  }

  function end() {
    if (over) return;
    over = true;
    watching.abort();
    clearInterval(guard);
    fading.end();
    element.pause();
    element.removeAttribute("src");
    element.load();
    giveBack();
  }

  return {
    async start() {
      element.preload = "auto";
      element.volume = 0;
      element.src = track.url;
      share = amplify(gainOf(track.details));
      void resume();
      listen();
      await begin(element, track.url);
      started = true;
    },
    fade: fading.to,
    setVolume: fading.setLoudness,
    pause: () => element.pause(),
    resume: () => element.play(),
    seek: (seconds) => void (element.currentTime = seconds),
    position: () => ({
      at: element.currentTime,
      duration: Number.isFinite(element.duration) ? element.duration : null,
    }),
    analyser,
    about: { seekable: track.kind === "file", controllable: true },
    end,
  };
}

/**
 * Reports, once, that a clock has stood still for too long.
 *
 * @param {number} limitMs
 * @returns {(seconds: number | null, now: number) => boolean} Takes the clock's time, or null while it need not run,
 *   and the milliseconds of a clock that runs; returns true when the limit is reached.
 */
export function createWatchdog(limitMs) {
  /** @type {{seconds: number | null, now: number}} */
  let last = { seconds: null, now: 0 };
  return (seconds, now) => {
    if (seconds === null || seconds !== last.seconds) last = { seconds, now };
    if (seconds === null || now - last.now < limitMs) return false;
    last = { seconds, now: Infinity };
    return true;
  };
}

/**
 * @param {HTMLAudioElement} element
 * @param {string} url
 * @returns {Promise<void>} Rejects with a `code`, after `START_LIMIT_MS` at the latest.
 */
async function begin(element, url) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("late"), { code: "stalled" })), START_LIMIT_MS);
  });
  try {
    await Promise.race([element.play(), late]);
  } catch (error) {
    const { name, code } = /** @type {{name: string, code?: string | number}} */ (error);
    if (code === "stalled") throw error;
    throw Object.assign(new Error(name), {
      code: name === "NotAllowedError" ? "blocked" : codeOf(element.error?.code, url),
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {(volume: number) => void} set
 * @param {number} loudness 0..1
 */
function createFade(set, loudness) {
  let gain = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  const show = () => set(Math.max(0, Math.min(1, gain * loudness)));
  const end = () => clearInterval(timer);
  return {
    /**
     * @param {number} target 0..1
     * @param {number} seconds
     */
    to(target, seconds) {
      end();
      const steps = Math.max(1, Math.round((seconds * 1000) / FADE_STEP_MS));
      const by = (target - gain) / steps;
      let left = steps;
      timer = setInterval(() => {
        left -= 1;
        gain = left <= 0 ? target : gain + by;
        if (left <= 0) end();
        show();
      }, FADE_STEP_MS);
    },
    /** @param {number} value 0..1 */
    setLoudness(value) {
      loudness = value;
      show();
    },
    end,
  };
}
