/** Plays files and streams through audio elements, of which there are two, so that one can fade into the other. */

const FADE_STEP_MS = 50;
const START_LIMIT_MS = 12_000;
const STALL_LIMIT_MS = 10_000;

/** @param {() => HTMLAudioElement} makeElement */
export function createElements(makeElement) {
  const elements = [makeElement(), makeElement()];
  let turn = 0;
  let unlocked = false;
  return {
    next: () => elements[turn++ % 2],
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
 * @param {HTMLAudioElement} element
 * @returns {import("./player.js").Deck}
 */
export function createAudioDeck(track, { volume, onEnded, onTrouble }, element) {
  const watching = new AbortController();
  const fading = createFade((value) => (element.volume = value), volume);
  let stalled = null;
  let started = false;

  const trouble = () => {
    if (started) onTrouble(codeOf(element.error?.code, track.url));
  };
  const wait = () => {
    stalled ??= setTimeout(() => started && onTrouble("stalled"), STALL_LIMIT_MS);
  };
  const goOn = () => {
    clearTimeout(stalled);
    stalled = null;
  };

  function listen() {
    element.addEventListener("ended", onEnded, watching);
    element.addEventListener("error", trouble, watching);
    element.addEventListener("waiting", wait, watching);
    for (const name of ["playing", "pause", "timeupdate"]) element.addEventListener(name, goOn, watching);
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
    position: () => ({ at: element.currentTime, duration: Number.isFinite(element.duration) ? element.duration : null }),
    about: { seekable: track.kind === "file", controllable: true },
    end() {
      watching.abort();
      goOn();
      fading.end();
      element.pause();
      element.removeAttribute("src");
      element.load();
    },
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
    throw Object.assign(new Error(error.name), { code: error.name === "NotAllowedError" ? "blocked" : codeOf(element.error?.code, url) });
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
