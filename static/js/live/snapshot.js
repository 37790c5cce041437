/** The picture with its boxes and labels, as it is seen. */

import { paintFaces } from "./overlay.js";

/**
 * @param {HTMLVideoElement} video Playing.
 * @param {{faces: object[], mirrored: boolean}} view As the overlay shows it.
 * @returns {Promise<Blob | null>} A PNG at the camera's size; null without a picture.
 */
export async function takeSnapshot(video, { faces, mirrored }) {
  if (!video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  const size = { width: video.videoWidth, height: video.videoHeight };
  Object.assign(canvas, size);
  const context = canvas.getContext("2d");
  if (mirrored) context.setTransform(-1, 0, 0, 1, size.width, 0);
  context.drawImage(video, 0, 0, size.width, size.height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  paintFaces(context, { faces, mirrored, size });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
