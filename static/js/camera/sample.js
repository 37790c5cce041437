/** The sample video in the camera's place: it is played by the same element, so it is read as a camera is. */

import { CameraError } from "./camera.js";

/**
 * @param {HTMLVideoElement} video
 * @param {string} address
 * @returns {Promise<import("./camera.js").Camera>}
 */
export async function openSample(video, address) {
  const stop = () => {
    video.pause();
    video.loop = false;
    video.removeAttribute("src");
    video.load();
  };
  video.loop = true;
  video.src = address;
  try {
    await video.play();
  } catch {
    stop();
    throw new CameraError("sample_failed");
  }
  return { facing: "sample", stop };
}
