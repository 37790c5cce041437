/** The player's calls of the server: the next track, feedback, and the check of a file that did not play. */

/**
 * @typedef {import("../api.js").Selection} Selection
 * @typedef {import("../api.js").Track} Track
 *
 * @typedef {object} PlayerApiParts
 * @property {import("../api.js").Api} api
 * @property {() => boolean} isKnown Whether this visitor has ever started music or made a playlist.
 * @property {() => boolean} isMoodChosen Whether the visitor or the camera has set a mood yet.
 * @property {() => number} steps Steps of the policy that were taken within a piece, which no song counts.
 * @property {() => void} onChecked Called when the server has checked a file.
 */

/** @param {PlayerApiParts} parts */
export function createPlayerApi({ api, isKnown, isMoodChosen, steps, onChecked }) {
  return {
    /**
     * @param {import("../api.js").SelectionRequest} request
     * @returns {Promise<Selection>}
     */
    async choose(request) {
      const [isChosen, taken] = [isMoodChosen(), steps()];
      const songs = Math.max(request.songs, taken);
      /** @type {Selection} */
      const selection = await api.post("/music/next", { ...request, songs, first: !isKnown() });
      const { reason } = selection;
      if (!reason) return selection;
      // The server knows of a face and of a hand alone, not that nobody has set a mood yet, and of songs alone.
      const origin = isChosen ? reason.origin : "start";
      return { ...selection, reason: { ...reason, origin, songs: taken > request.songs ? 0 : reason.songs } };
    },

    /**
     * Sends feedback; if it does not arrive, nothing else is lost.
     *
     * @param {Track} track
     * @param {import("../api.js").Feedback} action
     */
    sendFeedback({ id }, action) {
      api.post("/music/feedback", { track_id: id, action }).catch(() => {});
    },

    /**
     * Has the server check a file that did not play, so that it is left out from now on.
     *
     * @param {Track} track
     * @param {string} code
     * @returns {Promise<string>} Code that says more, or the same one.
     */
    async diagnose({ id, kind }, code) {
      if (kind !== "file") return code;
      try {
        /** @type {Track} */
        const { state } = await api.post(`/tracks/${id}/check`);
        onChecked();
        if (state === "missing") return "gone";
        return state === "unreadable" ? "undecodable" : code;
      } catch {
        return code;
      }
    },
  };
}
