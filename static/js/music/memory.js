/** What the browser keeps of the music page: a random name for its feedback, volume, policy, goal, journal. */

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
 * @param {Storage | undefined} storage
 * @param {() => string} newName
 * @returns {Memory}
 */
export function createMemory(storage, newName) {
  let kept = { ...DEFAULTS, ...read(storage) };
  if (!/^[A-Za-z0-9-]{8,36}$/.test(kept.listener)) kept = { ...kept, listener: newName() };
  if (!(kept.volume >= 0 && kept.volume <= 1)) kept = { ...kept, volume: DEFAULTS.volume };
  write(storage, kept);
  return {
    get: (name) => kept[name],
    set(name, value) {
      kept = { ...kept, [name]: value };
      write(storage, kept);
    },
  };
}

/**
 * @param {Storage | undefined} storage
 * @returns {Partial<Kept>}
 */
function read(storage) {
  try {
    const found = JSON.parse(storage?.getItem(KEY) ?? "null");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {}; // storage may be forbidden, or hold something else
  }
}

/**
 * @param {Storage | undefined} storage
 * @param {Kept} kept
 */
function write(storage, kept) {
  try {
    storage?.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Storage may be forbidden: the choices then last as long as the page.
  }
}

/** @returns {string} 32 hexadecimal digits; `crypto.randomUUID` exists on secure pages alone. */
export function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
