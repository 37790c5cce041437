/** Keeps the status stable; the server stabilises faces and labels itself. Pure: time is an argument. */

/**
 * Stabilises a status: a `passing` one, which may change from frame to frame, is replaced by another passing one only
 * after that candidate has lasted `holdMs`. A face that comes or goes, or another face, shows at once: the label that
 * changes with it does not wait either, and the server has steadied both.
 *
 * @template {{code: string, passing?: boolean, about?: number | null}} S
 * @param {number} holdMs
 * @returns {(status: S, now: number) => S} The status to show at the time `now`, in milliseconds.
 */
export function createSteady(holdMs) {
  /** @type {S | null} */
  let shown = null;
  let candidate = { code: "", since: 0 };
  return (status, now) => {
    if (status.code !== candidate.code) candidate = { code: status.code, since: now };
    const atOnce =
      !shown?.passing || !status.passing || status.code === shown.code || status.about !== shown.about;
    if (!shown || atOnce || now - candidate.since >= holdMs) shown = status;
    return shown;
  };
}
