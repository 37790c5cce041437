/** Plays files and streams through audio elements, of which there are two, so that one can fade into the other. */

const FADE_STEP_MS = 50;
const START_LIMIT_MS = 12_000;
const STALL_LIMIT_MS = 10_000;
const GUARD_MS = 500;

/** @param {() => HTMLAudioElement} makeElement */
export function createElements(makeElement) {
  const elements = [makeElement(), makeElement()];
  const users = new Map(); // of the elements in use, the longest used first
  let unlocked = false;
  return {
    /** Lends one that is free; if none is, whoever has had one the longest, which fades out by now, is ended. */
    lend(end) {
      if (users.size === elements.length) [...users.values()][0]();
      const element = elements.find((one) => !users.has(one));
      const giveBack = () => {
        if (users.get(element) === endIt) users.delete(element);
      };
      const endIt = () => {
        giveBack();
        end();
      };
      users.set(element, endIt);
      return { element, giveBack };
    },
    /** In a click: some browsers let only those elements play later that were touched in one. */
    unlock() {
      if (!unlocked) elements.forEach((element) => element.load());
      unlocked = true;
    },
  };
}

/** @param {number} code Of a MediaError. @param {string} url */
export function codeOf(code, url) {
  if (url.startsWith("http:") && globalThis.location?.protocol === "https:") return "insecure";
  return code === 3 ? "undecodable" : code === 2 ? "stalled" : "refused";
}

/**
 * @param {object} track Of kind `file` or `stream`.
 * @param {{volume: number, onEnded: () => void, onTrouble: (code: string) => void}} options
 * @param {ReturnType<typeof createElements>} elements
 * @returns {import("./player.js").Deck}
 */
export function createAudioDeck(track, { volume, onEnded, onTrouble }, elements) {
  const { element, giveBack } = elements.lend(end);
  const watching = new AbortController();
  const fading = createFade((value) => (element.volume = value), volume);
  const watchdog = createWatchdog(STALL_LIMIT_MS);
  let guard = null;
  let started = false;
  let over = false;

  const trouble = () => {
    if (started) onTrouble(codeOf(element.error?.code, track.url));
  };

  /** Events do not always tell of a stream that falls silent; a clock that stands still does. */
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
    about: { seekable: track.kind === "file", controllable: true },
    end,
  };
}

/**
 * Tells when a clock that should run has stood still for too long, once.
 *
 * @param {number} limitMs
 * @returns {(seconds: number | null, now: number) => boolean} null: the clock need not run now.
 */
export function createWatchdog(limitMs) {
  let last = { seconds: null, now: 0 };
  return (seconds, now) => {
    if (seconds === null || seconds !== last.seconds) last = { seconds, now };
    if (seconds === null || now - last.now < limitMs) return false;
    last = { seconds, now: Infinity };
    return true;
  };
}

async function begin(element, url) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("late"), { code: "stalled" })), START_LIMIT_MS);
  });
  try {
    await Promise.race([element.play(), late]);
  } catch (error) {
    if (error.code === "stalled") throw error;
    throw Object.assign(new Error(error.name), {
      code: error.name === "NotAllowedError" ? "blocked" : codeOf(element.error?.code, url),
    });
  } finally {
    clearTimeout(timer);
  }
}

/** @param {(volume: number) => void} set @param {number} loudness 0..1 */
export function createFade(set, loudness) {
  let gain = 0;
  let timer = null;
  const show = () => set(Math.max(0, Math.min(1, gain * loudness)));
  const end = () => {
    clearInterval(timer);
    timer = null;
  };
  return {
    /** @param {number} target 0..1 @param {number} seconds */
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
    setLoudness(value) {
      loudness = value;
      show();
    },
    end,
  };
}
