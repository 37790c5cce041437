/** The camera: asks for it, encodes its frames, and lets it go. */

import { context2d } from "../shared/dom.js";
import { fitWithin } from "../shared/geometry.js";
import { gettext } from "../shared/i18n.js";

const JPEG_QUALITY = 0.8;
const STALL_MS = 1000;

/** A camera that cannot be used; `code` is a key of CAMERA_PROBLEMS. */
export class CameraError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** @type {Record<string, string>} */
const PROBLEM_BY_NAME = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** @param {unknown} error Rejection of `getUserMedia`. */
export function problemOf(error) {
  const { name = "" } = /** @type {{name?: string}} */ (error ?? {});
  return PROBLEM_BY_NAME[name] ?? "failed";
}

/**
 * @param {{isSecureContext: boolean, navigator: {mediaDevices?: unknown}}} window
 * @returns {string | null} Reason why there can be no camera here.
 */
export function obstacle({ isSecureContext, navigator }) {
  if (!isSecureContext) return "insecure";
  return navigator.mediaDevices ? null : "unsupported";
}

/**
 * @typedef {object} Camera
 * @property {string} [deviceId]
 * @property {string} [facing] `user`, `environment`, `sample` for the sample video, or unknown.
 * @property {() => void} stop
 *
 * @typedef {object} CameraWish
 * @property {"camera" | "sample"} [source] What is played: a camera, or the sample video.
 * @property {string | null} [deviceId] Chosen camera; without it, or if it is gone, the one that faces the visitor.
 * @property {number} longestSide Preferred longest side of the video, in pixels.
 *
 * @typedef {object} CameraEvents
 * @property {() => void} onGone The camera was unplugged.
 * @property {(muted: boolean) => void} onMuted The camera gives no images for a while, or gives them again.
 *
 * @typedef {CameraWish & CameraEvents} CameraOptions
 */

/**
 * Holds at most one camera: a camera that is still being opened when another is taken does not stay on.
 *
 * @param {(options: CameraOptions) => Promise<Camera>} open
 * @returns {{take: (options: CameraOptions) => Promise<Camera | null>, release: () => void}}
 *   `take` resolves with null, and never rejects, if a later `take` or `release` overtook it.
 */
export function createCameraSlot(open) {
  let generation = 0;
  /** @type {Camera | null} */
  let held = null;

  function release() {
    generation += 1;
    held?.stop();
    held = null;
  }

  /** @param {CameraOptions} options */
  async function take(options) {
    release();
    const mine = generation;
    try {
      const camera = await open(options);
      if (mine === generation) held = camera;
      else camera.stop();
    } catch (error) {
      if (mine === generation) throw error;
    }
    return mine === generation ? held : null;
  }

  return { take, release };
}

/**
 * Asks for a camera and plays it.
 *
 * @param {HTMLVideoElement} video
 * @param {CameraOptions} options
 * @returns {Promise<Camera>}
 */
export async function openCamera(video, { deviceId, longestSide, onGone, onMuted }) {
  const reason = obstacle(window);
  if (reason) throw new CameraError(reason);
  const stream = await askFor(deviceId, longestSide);
  const [track] = stream.getVideoTracks();
  const watching = new AbortController();
  const stop = () => {
    watching.abort();
    track.stop();
    if (video.srcObject === stream) video.srcObject = null;
  };
  track.addEventListener("ended", onGone, watching);
  track.addEventListener("mute", () => onMuted(true), watching);
  track.addEventListener("unmute", () => onMuted(false), watching);
  video.srcObject = stream;
  try {
    await video.play();
  } catch {
    stop();
    throw new CameraError("failed");
  }
  const settings = track.getSettings();
  return { deviceId: settings.deviceId, facing: settings.facingMode, stop };
}

/**
 * Asks for the chosen camera, which may not be connected today.
 *
 * @param {string | null | undefined} deviceId
 * @param {number} longestSide
 */
async function askFor(deviceId, longestSide) {
  try {
    if (deviceId) return await ask({ deviceId: { exact: deviceId } }, longestSide);
  } catch (error) {
    if (!(error instanceof CameraError) || error.code !== "missing") throw error;
  }
  return ask({ facingMode: "user" }, longestSide);
}

/**
 * @param {MediaTrackConstraints} wanted
 * @param {number} longestSide
 */
async function ask(wanted, longestSide) {
  const size = { width: { ideal: longestSide }, height: { ideal: (longestSide * 3) / 4 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wanted, ...size } });
  } catch (error) {
    throw new CameraError(problemOf(error));
  }
}

/** @returns {Promise<{id: string, name: string}[]>} The cameras; browsers tell their names once one was allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput")
    .map((device, index) => ({
      id: device.deviceId,
      name: device.label || gettext("Camera %(number)s", { number: index + 1 }),
    }));
}

/**
 * @typedef {object} CapturedFrame
 * @property {ArrayBuffer} jpeg
 * @property {number} capturedAt Time of the capture, as in `performance.now()`.
 *
 * @typedef {object} CapturedFaces The faces of a frame, which itself stays here.
 * @property {import("./face_finder/finder.js").FoundFaces} faces
 * @property {number} capturedAt
 *
 * @param {HTMLVideoElement} video Playing video of the camera.
 * @param {() => number} longestSide Longest side of the frames, in pixels, as it is chosen now.
 * @returns {(maxSide: number) => Promise<CapturedFrame>} Waits for a frame that was not sent yet, then encodes it, its
 *   longest side at most `maxSide`.
 */
export function createCapture(video, longestSide) {
  const canvas = document.createElement("canvas");
  const context = context2d(canvas, { alpha: false });
  return async (maxSide) => {
    await nextFrame(video);
    if (!video.videoWidth) throw new CameraError("no_picture");
    const side = Math.min(longestSide(), maxSide);
    Object.assign(canvas, fitWithin(video.videoWidth, video.videoHeight, side));
    const capturedAt = performance.now();
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
    if (!blob) throw new CameraError("no_picture");
    return { jpeg: await blob.arrayBuffer(), capturedAt };
  };
}

/**
 * Resolves at the camera's next frame; a camera that stalls does not hold up the page.
 *
 * @param {HTMLVideoElement} video
 * @returns {Promise<void>}
 */
export function nextFrame(video) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, STALL_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    // Firefox has `requestVideoFrameCallback` only since 132.
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}
