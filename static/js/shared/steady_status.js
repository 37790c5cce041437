/** What keeps the page calm; the server steadies faces and labels itself. Pure: time is an argument. */

/**
 * Steadies a status: one that is `passing`, as it may change from frame to frame, is replaced by another such one only
 * once that has lasted.
 *
 * @template {{code: string, passing?: boolean}} S
 * @param {number} holdMs
 * @returns {(status: S, now: number) => S} What to show now.
 */
export function createSteady(holdMs) {
  let shown = null;
  let rival = { code: null, since: 0 };
  return (status, now) => {
    if (status.code !== rival.code) rival = { code: status.code, since: now };
    const atOnce = !shown?.passing || !status.passing || status.code === shown.code;
    if (atOnce || now - rival.since >= holdMs) shown = status;
    return shown;
  };
}
