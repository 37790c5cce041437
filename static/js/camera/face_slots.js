/** Small numbers for faces: each keeps its own, and so its colour, while it is in view. Pure. */

/**
 * @returns {{seat: (faces: {id: number}[]) => Map<number, number>, clear: () => void}} `seat` takes the faces in view
 *   and returns the seat of each id: the lowest that was free when it came, 0 at first.
 */
export function createSeats() {
  let seats = new Map();
  return {
    seat(faces) {
      const here = new Set(faces.map(({ id }) => id));
      seats = new Map([...seats].filter(([id]) => here.has(id)));
      for (const id of here) {
        if (seats.has(id)) continue;
        const taken = new Set(seats.values());
        let free = 0;
        while (taken.has(free)) free += 1;
        seats.set(id, free);
      }
      return seats;
    },
    clear: () => {
      seats = new Map();
    },
  };
}

/**
 * @template {{id: number}} F
 * @param {F[]} faces Largest first.
 * @param {number | null | undefined} focus The id that the server reads first.
 * @returns {F[]} The same faces, that one first.
 */
export function focusFirst(faces, focus) {
  return [...faces.filter(({ id }) => id === focus), ...faces.filter(({ id }) => id !== focus)];
}
