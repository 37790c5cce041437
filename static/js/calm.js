/** What keeps the page calm: nothing comes or goes for a single frame. Pure: time is an argument. */

const TAU_MS = 250;
const APPEAR = 0.6;
const VANISH = 0.3;
const SWAP_MS = 600;

/**
 * Steadies the faces of one visitor. Detectors miss a face now and then, see one where none is, and two people of
 * about one size take turns as the largest.
 *
 * Each face has a presence, the share of the last quarter of a second in which it was seen (an exponential average): it
 * shows from 0.6 on and until it falls below 0.3. So a face beside others shows after 230 ms, one that is missed stays
 * for 300 ms, and one that only flickers never shows for long.
 *
 * @returns {{update: (faces: {id: number}[], now: number) => {id: number}[], clear: () => void}}
 *   `update` takes the faces of a reply, largest first, and returns those to show, the one to read first: the largest,
 *   once it was it for 600 ms.
 */
export function createCalm() {
  let known = new Map(); // id -> {face, presence, shown}
  let before = 0;
  let focus = null; // the id of the face that is read
  let rival = { id: null, since: 0 };

  /** The face read so far, until another has been the largest for long enough. */
  function choose(largest, shown, now) {
    if (largest.id !== rival.id) rival = { id: largest.id, since: now };
    const gone = !shown.some((face) => face.id === focus);
    if (gone || now - rival.since >= SWAP_MS) focus = largest.id;
  }

  return {
    update(faces, now) {
      known = follow(known, faces, Math.exp((before - now) / TAU_MS));
      before = now;
      const shown = [...known.values()].filter((entry) => entry.shown).map((entry) => entry.face);
      if (shown.length === 0) return [];
      choose(shown[0], shown, now);
      return [...shown.filter((face) => face.id === focus), ...shown.filter((face) => face.id !== focus)];
    },
    clear() {
      known = new Map();
      focus = null;
    },
  };
}

/** Takes in a reply; `kept` is the weight, 0..1, that what was seen before still has. */
function follow(known, faces, kept) {
  const next = new Map();
  for (const face of faces) {
    const old = known.get(face.id);
    const presence = old ? 1 - kept * (1 - old.presence) : 0;
    next.set(face.id, { face, presence, shown: presence >= (old?.shown ? VANISH : APPEAR) });
  }
  // A face that is missed keeps its place, unless as many are seen as before: then it came back under another id.
  const room = faces.length < [...known.values()].filter((entry) => entry.shown).length;
  for (const [id, { face, presence, shown }] of known) {
    if (next.has(id)) continue;
    const left = presence * kept;
    if (left >= 0.01) next.set(id, { face, presence: left, shown: shown && room && left >= VANISH });
  }
  if (![...next.values()].some((entry) => entry.shown)) {
    for (const { id } of faces) Object.assign(next.get(id), { presence: 1, shown: true }); // alone: at once
  }
  return next;
}

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
