/** The mood by the camera: the music page's camera feed, whose replies become places on the plane. */

import { LiveFeed, browserPlatform } from "../../camera/live_feed.js";

const LONGEST_SIDE = 640;

/**
 * @typedef {import("../../camera/channel.js").Place} Place
 *
 * @param {HTMLVideoElement} video
 * @param {object} acts
 * @param {(facts: import("../../camera/live_feed.js").FeedFacts) => void} acts.onChange
 * @param {(place: Place, label: string | null) => void} acts.onPlace `label` is the expression once it has settled.
 */
export function createSensing(video, { onChange, onPlace }) {
  const feed = new LiveFeed(
    {
      camera: () => ({ longestSide: LONGEST_SIDE }),
      // Only visitors who use the camera need socket.io.
      loadConnect: async () => (await import("../../camera/connection.js")).connect,
      onChange,
      onReply: ({ place, mood }) => onPlace(place, mood.settled ? mood.label : null),
    },
    browserPlatform(video, () => LONGEST_SIDE),
  );
  return { start: () => void feed.start(), stop: () => feed.stop() };
}
