/** Camera frames as JPEG. */

import { CameraError } from "./camera.js";
import { fitWithin } from "../shared/geometry.js";

const QUALITY = 0.8;
const STALL_MS = 1000;

/**
 * @param {HTMLVideoElement} video Playing.
 * @param {() => number} longestSide Of the pictures, in pixels, as it is chosen now.
 * @returns {() => Promise<{jpeg: ArrayBuffer, capturedAt: number}>} Waits for a frame not yet sent, then encodes it.
 */
export function createCapture(video, longestSide) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false });
  return async () => {
    await nextFrame(video);
    if (!video.videoWidth) throw new CameraError("no_picture");
    Object.assign(canvas, fitWithin(video.videoWidth, video.videoHeight, longestSide()));
    const capturedAt = performance.now();
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!blob) throw new CameraError("no_picture");
    return { jpeg: await blob.arrayBuffer(), capturedAt };
  };
}

/** Resolves at the camera's next frame; a camera that stalls does not hold up the page. */
function nextFrame(video) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, STALL_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}
