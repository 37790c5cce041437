/** Slots of faces: small numbers that faces keep, and with them their colours, while they are in view. Pure. */

/**
 * @typedef {object} FaceSlots
 * @property {(faces: {id: number}[]) => Map<number, number>} assign Takes the faces in view and returns the slot of
 *   each id; a new face gets the lowest free slot, from 0.
 * @property {(id: number) => number} slotOf Slot of a face in view; 0 for any other.
 * @property {() => void} clear
 *
 * @returns {FaceSlots}
 */
export function createFaceSlots() {
  /** @type {Map<number, number>} */
  let slots = new Map();
  return {
    assign(faces) {
      const present = new Set(faces.map(({ id }) => id));
      slots = new Map([...slots].filter(([id]) => present.has(id)));
      for (const id of present) if (!slots.has(id)) slots.set(id, lowestFree([...slots.values()]));
      return slots;
    },
    slotOf: (id) => slots.get(id) ?? 0,
    clear: () => {
      slots = new Map();
    },
  };
}

/** @param {number[]} taken */
function lowestFree(taken) {
  let free = 0;
  while (taken.includes(free)) free += 1;
  return free;
}

/**
 * @template {{id: number}} F
 * @param {F[]} faces Largest first.
 * @param {number | null | undefined} focus Id of the primary face.
 * @returns {F[]} The same faces, the primary one first.
 */
export function focusFirst(faces, focus) {
  return [...faces.filter(({ id }) => id === focus), ...faces.filter(({ id }) => id !== focus)];
}
