/** Which face is followed: the one that was chosen, or the server's first, held while it is in view. Pure. */

const RETURN_MS = 3000; // as long as the server keeps the number of a face that is gone

export function createFollowed() {
  /** @type {number | null} */
  let held = null;
  /** @type {number | null} */
  let chosen = null;
  let chosenSeenAt = -Infinity;

  return {
    /**
     * Follows a face from now on; it is waited for if it leaves for a moment.
     *
     * @param {number} id
     * @param {number} now Milliseconds.
     */
    choose(id, now) {
      [held, chosen, chosenSeenAt] = [id, id, now];
    },
    /**
     * @param {{id: number}[]} faces Faces in view.
     * @param {number | null} focus Id of the server's primary face.
     * @param {number} now Milliseconds.
     * @returns {number | null} Id of the face to follow; null without a face.
     */
    next(faces, focus, now) {
      /** @param {number | null} id */
      const isThere = (id) => id !== null && faces.some((face) => face.id === id);
      if (isThere(chosen)) [held, chosenSeenAt] = [chosen, now];
      else if (now - chosenSeenAt > RETURN_MS) chosen = null;
      if (!isThere(held)) held = isThere(focus) ? focus : (faces[0]?.id ?? null);
      return held;
    },
    clear() {
      [held, chosen, chosenSeenAt] = [null, null, -Infinity];
    },
  };
}

/**
 * @param {import("../camera/channel.js").Face[]} faces
 * @param {{x: number, y: number}} point As shares of the unmirrored picture.
 * @returns {import("../camera/channel.js").Face | undefined} The face whose box holds the point, the smallest of
 *   several.
 */
export function faceAt(faces, { x, y }) {
  return faces
    .filter(({ box: [left, top, w, h] }) => x >= left && x <= left + w && y >= top && y <= top + h)
    .sort((a, b) => a.box[2] * a.box[3] - b.box[2] * b.box[3])[0];
}
