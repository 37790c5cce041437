/**
 * Of all tabs of this site in a browser, one plays; and what one changes of the catalogue, the others hear of. A tab
 * that wants to play asks first, and the one that plays answers. Knows nothing of the page.
 */

const ANSWER_MS = 120;

/**
 * @typedef {"who" | "me" | "take" | "changed"} Message
 *
 * @typedef {object} Channel Part of a BroadcastChannel.
 * @property {(message: Message) => void} postMessage
 * @property {((event: MessageEvent<Message>) => void) | null} onmessage
 *
 * @typedef {object} TabParts
 * @property {Channel | null} channel Null where the browser has none: then every tab plays.
 * @property {() => boolean} isPlaying
 * @property {() => void} onTaken Another tab plays from now on.
 * @property {() => void} onChanged Another tab has changed playlists or tracks.
 * @property {(act: () => void, ms: number) => unknown} [later] Timer such as `setTimeout`.
 *
 * @param {TabParts} parts
 */
export function createOneTab({ channel, isPlaying, onTaken, onChanged, later }) {
  const wait = later ?? ((/** @type {() => void} */ act, /** @type {number} */ ms) => setTimeout(act, ms));
  let heard = () => {};
  if (channel) channel.onmessage = ({ data }) => take(data);

  /** @param {Message} message */
  function take(message) {
    if (message === "who" && isPlaying()) channel?.postMessage("me");
    if (message === "me") heard();
    if (message === "take" && isPlaying()) onTaken();
    if (message === "changed") onChanged();
  }

  return {
    /** @returns {Promise<boolean>} Whether no other tab plays. */
    async isFree() {
      if (!channel || isPlaying()) return true;
      return new Promise((resolve) => {
        heard = () => resolve(false);
        wait(() => resolve(true), ANSWER_MS);
        channel.postMessage("who");
      });
    },
    /** Makes the tab that plays stop. */
    take: () => channel?.postMessage("take"),
    /** Tells the other tabs that playlists or tracks are no longer what they show. */
    changed: () => channel?.postMessage("changed"),
  };
}

/**
 * @param {import("./api.js").Api} api
 * @param {() => void} onChange
 * @returns {import("./api.js").Api} The same calls, which report each change of playlists and tracks that succeeded.
 */
export function announcing(api, onChange) {
  /**
   * @template T
   * @param {string} path
   * @param {Promise<T>} answer
   * @returns {Promise<T>}
   */
  async function report(path, answer) {
    const result = await answer;
    if (/^\/(playlists|tracks)/.test(path) && !path.endsWith("/check")) onChange();
    return result;
  }
  return {
    get: api.get,
    post: (path, body) => report(path, api.post(path, body)),
    patch: (path, body) => report(path, api.patch(path, body)),
    remove: (path) => report(path, api.remove(path)),
  };
}
