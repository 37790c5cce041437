/** What the browser keeps of the music page: a random name for its feedback, volume, policy, goal, journal. */

import { readStored, writeStored } from "../shared/storage.js";

const KEY = "countenance.music";

/**
 * @typedef {object} Kept
 * @property {string} listener Random name under which the server keeps feedback.
 * @property {number} volume 0..1
 * @property {string} policy
 * @property {import("./mood/plane.js").Point | null} goal
 * @property {boolean} journal Whether the visitor has switched the journal on.
 *
 * @typedef {object} Memory
 * @property {<N extends keyof Kept>(name: N) => Kept[N]} get
 * @property {<N extends keyof Kept>(name: N, value: Kept[N]) => void} set
 */

/** @type {Kept} */
const DEFAULTS = { listener: "", volume: 0.8, policy: "match", goal: null, journal: false };

/**
 * @param {import("../shared/storage.js").Store | null} storage
 * @param {() => string} newName
 * @returns {Memory}
 */
export function createMemory(storage, newName) {
  const found = readStored(storage, KEY);
  let kept = { ...DEFAULTS, ...(found && typeof found === "object" ? found : {}) };
  if (!/^[A-Za-z0-9-]{8,36}$/.test(kept.listener)) kept = { ...kept, listener: newName() };
  if (!(kept.volume >= 0 && kept.volume <= 1)) kept = { ...kept, volume: DEFAULTS.volume };
  writeStored(storage, KEY, kept);
  return {
    get: (name) => kept[name],
    set(name, value) {
      kept = { ...kept, [name]: value };
      writeStored(storage, KEY, kept);
    },
  };
}

/** @returns {string} 32 hexadecimal digits; `crypto.randomUUID` exists on secure pages alone. */
export function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
