/** Plays a built-in piece with Tone.js, which is loaded at the first one. */

import { compose } from "../composer/composer.js";
import { createInstruments } from "../composer/instruments.js";

const AHEAD_S = 2;
const EVERY_MS = 250;
const SOON_S = 0.08;

let loading = null;

/** @returns {Promise<object>} Tone.js, once. */
export function loadTone() {
  loading ??= new Promise((resolve, reject) => {
    globalThis.TONE_SILENCE_LOGGING = true;
    const script = document.createElement("script");
    script.src = new URL("../../../vendor/tone/Tone.js", import.meta.url).href;
    script.addEventListener("load", () => resolve(globalThis.Tone));
    script.addEventListener("error", () => {
      loading = null;
      reject(Object.assign(new Error("Tone.js"), { code: "offline" }));
    });
    document.head.append(script);
  });
  return loading;
}

/**
 * @param {object} track Of kind `built_in`.
 * @param {{point: object, volume: number, onEnded: () => void}} options `point`: where on the plane it should be.
 * @returns {import("./player.js").Deck}
 */
export function createPieceDeck(track, { point, volume, onEnded }) {
  const piece = compose({ seed: track.details.seed, point, lasts: track.duration_s ?? 150 });
  let tone = null;
  let instruments = null;
  let timer = null;
  let from = 0; // the piece's time at `startedAt`
  let startedAt = 0;
  let written = 0; // the first note not yet handed over
  let [gain, loudness] = [0, volume];

  const position = () =>
    timer === null ? from : Math.max(from, Math.min(piece.lasts, from + tone.now() - startedAt));

  function write() {
    const until = position() + AHEAD_S;
    for (; written < piece.notes.length && piece.notes[written].at < until; written += 1) {
      const note = piece.notes[written];
      instruments.play(note, Math.max(startedAt + note.at - from, tone.now() + 0.01));
    }
    if (position() >= piece.lasts) {
      halt();
      onEnded();
    }
  }

  function run() {
    instruments = createInstruments(tone, piece.style);
    instruments.setGain(gain * loudness, 0.05);
    startedAt = tone.now() + SOON_S;
    written = piece.notes.findIndex((note) => note.at >= from);
    if (written < 0) written = piece.notes.length;
    timer = setInterval(write, EVERY_MS);
    write();
  }

  function halt() {
    if (timer === null) return;
    from = position();
    clearInterval(timer);
    timer = null;
    instruments.end();
    instruments = null;
  }

  return {
    async start() {
      tone = await loadTone();
      await tone.start();
      run();
    },
    fade(to, seconds) {
      gain = to;
      instruments?.setGain(gain * loudness, seconds);
    },
    setVolume(value) {
      loudness = value;
      instruments?.setGain(gain * loudness, 0.05);
    },
    pause: halt,
    async resume() {
      if (timer === null && tone) run();
    },
    seek(seconds) {
      const running = timer !== null;
      halt();
      from = Math.max(0, Math.min(seconds, piece.lasts - 1));
      if (running) run();
    },
    position: () => ({ at: tone ? position() : 0, duration: piece.lasts }),
    about: { seekable: true, controllable: true },
    end: halt,
  };
}
