/** The mood by the camera: the music page's camera feed, whose replies become places on the plane. */

import { createCaptureByChoice } from "../../camera/face_finder/choice.js";
import { LiveFeed, browserPlatform } from "../../camera/live_feed.js";
import { baselineFor, restingStores } from "../../shared/resting_face.js";

const LONGEST_SIDE = 640;

/**
 * @typedef {import("../../camera/channel.js").Place} Place
 *
 * @param {HTMLVideoElement} video
 * @param {object} acts
 * @param {() => boolean} acts.onlyFaces Whether only faces leave this browser.
 * @param {(facts: import("../../camera/live_feed.js").FeedFacts) => void} acts.onChange
 * @param {(place: Place, label: string | null) => void} acts.onPlace `label` is the expression once it has settled.
 */
export function createSensing(video, { onlyFaces, onChange, onPlace }) {
  const platform = browserPlatform(video, () => LONGEST_SIDE);
  const byChoice = createCaptureByChoice(video, platform.capture, {
    onlyFaces,
    longestSide: () => LONGEST_SIDE,
    detectSide: () => null,
    numShown: () => feed.facts.reply?.faces.length ?? 0,
  });
  const feed = new LiveFeed(
    {
      camera: () => ({ longestSide: LONGEST_SIDE }),
      // Only visitors who use the camera need socket.io.
      loadConnect: async () => (await import("../../camera/connection.js")).connect,
      onChange,
      onReply: ({ place, mood }) => onPlace(place, mood.settled ? mood.label : null),
      onHello(hello) {
        byChoice.takeHello(hello);
        const baseline = baselineFor(restingStores(), hello);
        if (baseline) feed.sendSettings(baseline).catch((error) => console.warn(error));
      },
    },
    { ...platform, capture: byChoice.capture },
  );
  return { start: () => void feed.start(), stop: () => feed.stop() };
}
