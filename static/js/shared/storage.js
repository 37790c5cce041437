/** What visitors keep: values in this browser's storage, and files that it saves. Nothing here is sent anywhere. */

/** @typedef {Pick<Storage, "getItem" | "setItem">} Store */

/** @returns {Storage | null} This browser's storage; null where a visitor or a policy forbids it. */
export function browserStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // the mere access throws where site data is blocked
  }
}

/**
 * @param {Store | null} store
 * @param {string} key
 * @returns {unknown} The value as it was written; null if there is none, or none that can be read.
 */
export function readStored(store, key) {
  try {
    return JSON.parse(store?.getItem(key) ?? "null");
  } catch {
    return null; // forbidden, or written by something else
  }
}

/**
 * Writes a value as JSON. Where storage is forbidden or full, it lasts only as long as the page.
 *
 * @param {Store | null} store
 * @param {string} key
 * @param {unknown} value
 */
export function writeStored(store, key, value) {
  try {
    store?.setItem(key, JSON.stringify(value));
  } catch {
    // the page goes on with the value that it holds
  }
}

/**
 * @param {string} name
 * @param {Blob} content
 */
export function saveFile(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // the browser may still be reading it
}

/**
 * @param {string} kind File extension, such as `csv`.
 * @param {Date} date
 * @returns {string} A name that sorts by time.
 */
export function fileName(kind, date) {
  /** @param {number} number */
  const two = (number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `countenance-${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}.${kind}`;
}
