/** What a reading is shown in beside the picture: the session and the plane. Loaded with the first face. */

import { byId } from "../shared/dom.js";
import { createPlane } from "./plane.js";
import { createSession } from "./session.js";

/** @param {{toasts: import("../shared/toasts.js").Toasts}} parts */
export function createDetails({ toasts }) {
  const session = createSession(byId("session"), { toasts });
  const canvas = byId("plane", HTMLCanvasElement);
  const plane = createPlane(canvas, JSON.parse(canvas.dataset.places ?? "{}"));
  return {
    /**
     * @param {number} now Milliseconds.
     * @param {import("../camera/live_feed.js").SlottedFace[]} faces The followed face comes first.
     */
    add(now, faces) {
      session.add(now, faces);
      plane(now, faces[0]);
    },
    /** @param {number} now */
    rest: (now) => plane(now, undefined),
    samples: session.samples,
    reset: session.reset,
  };
}
