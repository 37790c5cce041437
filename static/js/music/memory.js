/** What the browser keeps: volume, policy, goal, how music follows, journal. Who visits is in a cookie (HttpOnly). */

import { readStored, writeStored } from "../shared/storage.js";
import { MANNERS } from "./player/switching.js";

const KEY = "countenance.music";

/**
 * @typedef {object} Kept
 * @property {string} listener Name under which the server kept feedback before there was a cookie; empty since it was
 *   handed over, and for new visitors.
 * @property {boolean} known Whether this visitor has ever started music or made a playlist.
 * @property {number} volume 0..1
 * @property {string} policy
 * @property {import("./mood/plane.js").Point | null} goal
 * @property {import("./player/switching.js").Manner} manner How the music follows a new mood of the camera.
 * @property {boolean} journal Whether the visitor has switched the journal on.
 * @property {import("./session/session.js").Session[]} sessions With the journal: mood before and after each session.
 *
 * @typedef {object} Memory
 * @property {<N extends keyof Kept>(name: N) => Kept[N]} get
 * @property {<N extends keyof Kept>(name: N, value: Kept[N]) => void} set
 */

/** @type {Kept} */
const DEFAULTS = {
  listener: "",
  known: false,
  volume: 0.8,
  policy: "match",
  goal: null,
  manner: "gently",
  journal: false,
  sessions: [],
};

/**
 * @param {import("../shared/storage.js").Store | null} storage
 * @returns {Memory}
 */
export function createMemory(storage) {
  const found = readStored(storage, KEY);
  const stored = found && typeof found === "object" ? { known: true, ...found } : {};
  let kept = { ...DEFAULTS, ...stored };
  if (!/^[A-Za-z0-9-]{8,36}$/.test(kept.listener)) kept = { ...kept, listener: "" };
  if (!(kept.volume >= 0 && kept.volume <= 1)) kept = { ...kept, volume: DEFAULTS.volume };
  if (!Array.isArray(kept.sessions)) kept = { ...kept, sessions: DEFAULTS.sessions };
  if (!MANNERS.includes(kept.manner)) kept = { ...kept, manner: DEFAULTS.manner };
  writeStored(storage, KEY, kept);
  return {
    get: (name) => kept[name],
    set(name, value) {
      kept = { ...kept, [name]: value };
      writeStored(storage, KEY, kept);
    },
  };
}
