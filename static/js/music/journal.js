/** Adds up for how long which expression was settled, and hands the sums over now and then. Pure: time is an argument. */

const FLUSH_S = 30;
const GAP_S = 3; // more than this between two readings, and nobody was read in between

/**
 * @param {(note: {day: string, label: string, seconds: number}) => void} send
 * @returns {{read: (label: string | null, nowS: number, day: string) => void, flush: () => void, forget: () => void}}
 */
export function createJournal(send) {
  let sums = new Map();
  let last = null;
  let since = null;

  /** What has not been handed over yet goes, too. */
  function forget() {
    sums = new Map();
    [last, since] = [null, null];
  }

  function flush() {
    for (const [key, seconds] of sums) {
      const [day, label] = key.split(" ");
      if (seconds >= 1) send({ day, label, seconds: Math.round(seconds) });
    }
    forget();
  }

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

/** @param {Date} date @returns {string} The visitor's day, such as 2026-11-24. */
export function dayOf(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
