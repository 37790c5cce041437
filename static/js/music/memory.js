/** What the browser keeps of the music page: a random name for its feedback, volume, policy. */

const KEY = "countenance.music";
const DEFAULTS = { listener: "", volume: 0.8, policy: "match", goal: null, journal: false };

/** @param {Storage | undefined} storage @param {() => string} newName */
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

function read(storage) {
  try {
    const found = JSON.parse(storage.getItem(KEY));
    return found && typeof found === "object" ? found : {};
  } catch {
    return {}; // storage may be forbidden, or hold something else
  }
}

function write(storage, kept) {
  try {
    storage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Storage may be forbidden: the choices then last as long as the page.
  }
}

/** @returns {string} 32 hexadecimal digits; `crypto.randomUUID` is there on secure pages alone. */
export function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
