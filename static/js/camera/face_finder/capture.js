/** Frames of which only the faces are sent; loaded once a visitor has chosen so. */

import { fitWithin } from "../../shared/geometry.js";
import { CameraError, nextFrame } from "../camera.js";
import { createFaceFinder } from "./client.js";
import { FindingError } from "./finding_error.js";

/**
 * @typedef {object} FaceCaptureParts
 * @property {() => number} longestSide Longest side, in pixels, at which frames are looked at.
 * @property {() => Omit<import("./finder.js").Question, "now"> | null} question Null until the server has said its
 *   rules.
 * @property {import("./client.js").FaceFinder} [finder]
 *
 * @param {HTMLVideoElement} video Playing video of the camera.
 * @param {FaceCaptureParts} parts
 * @returns {() => Promise<import("../camera.js").CapturedFaces>} Waits for a new frame, then finds and cuts its faces;
 *   throws a FindingError while the network loads, and where it cannot.
 */
export function createFaceCapture(video, { longestSide, question, finder = createFaceFinder() }) {
  /** @type {"loading" | "ready" | Error} */
  let state = "loading";
  finder.prepare().then(
    () => (state = "ready"),
    (error) => {
      state = error;
      console.warn(error);
    },
  );
  return async () => {
    if (state instanceof Error) throw new FindingError("no_face_finder");
    const asked = question();
    if (state === "loading" || !asked) throw new FindingError("preparing");
    await nextFrame(video);
    if (!video.videoWidth) throw new CameraError("no_picture");
    const size = fitWithin(video.videoWidth, video.videoHeight, longestSide());
    const capturedAt = performance.now();
    const bitmap = await createImageBitmap(video);
    return { faces: await finder.find(bitmap, size, { ...asked, now: capturedAt }), capturedAt };
  };
}
