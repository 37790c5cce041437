/** Sums up how long each expression was settled, and sends the sums from time to time. Pure: time is an argument. */

const FLUSH_S = 30;
const GAP_S = 3; // readings further apart than this do not count as one stretch of time

/**
 * @typedef {object} JournalNote
 * @property {string} day Date of the visitor, such as 2026-11-24.
 * @property {string} label
 * @property {number} seconds
 *
 * @typedef {object} Journal
 * @property {(label: string | null, nowS: number, day: string) => void} read Adds a reading; `label` is null while no
 *   expression is settled.
 * @property {() => void} flush Sends the sums.
 * @property {() => void} forget Drops the sums that were not sent yet.
 */

/**
 * @param {(note: JournalNote) => void} send
 * @returns {Journal}
 */
export function createJournal(send) {
  /** @type {Map<string, number>} */
  let sums = new Map();
  /** @type {{label: string | null, nowS: number, day: string} | null} */
  let last = null;
  /** @type {number | null} */
  let since = null;

  function forget() {
    sums = new Map();
    last = null;
    since = null;
  }

  function flush() {
    for (const [key, seconds] of sums) {
      const [day, label] = key.split(" ");
      if (seconds >= 1) send({ day, label, seconds: Math.round(seconds) });
    }
    forget();
  }

  /** @type {Journal["read"]} */
  function read(label, nowS, day) {
    const lasted = last ? nowS - last.nowS : 0;
    if (last?.label && lasted > 0 && lasted <= GAP_S) {
      const key = `${last.day} ${last.label}`;
      sums.set(key, (sums.get(key) ?? 0) + lasted);
    }
    since ??= nowS;
    if (nowS - since >= FLUSH_S) flush();
    last = { label, nowS, day };
  }

  return { read, flush, forget };
}

/**
 * @param {Date} date
 * @returns {string} Local date, such as 2026-11-24.
 */
export function dayOf(date) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
