/** The camera, from asking to letting go. */

import { gettext } from "../shared/i18n.js";

/** Thrown with a key of CAMERA_PROBLEMS as its `code`. */
export class CameraError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const PROBLEM_BY_NAME = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** @param {{name: string}} error What getUserMedia rejected with. */
export function problemOf(error) {
  return PROBLEM_BY_NAME[error.name] ?? "failed";
}

/**
 * @param {{isSecureContext: boolean, navigator: {mediaDevices?: object}}} window
 * @returns {string | null} Why there can be no camera here.
 */
export function obstacle({ isSecureContext, navigator }) {
  if (!isSecureContext) return "insecure";
  return navigator.mediaDevices ? null : "unsupported";
}

/**
 * @typedef {object} Camera
 * @property {string | undefined} deviceId
 * @property {string | undefined} facing `user`, `environment` or unknown.
 * @property {() => void} stop
 *
 * @typedef {object} CameraOptions
 * @property {string | null} [deviceId] Without it, or if it is gone, the one that faces the visitor.
 * @property {number} longestSide Wanted, in pixels.
 * @property {() => void} onGone It was unplugged.
 * @property {(muted: boolean) => void} onMuted It gives no pictures for a while, or gives them again.
 */

/**
 * Holds at most one camera: whoever takes one while another is still being opened never leaves that one running.
 *
 * @param {(options: CameraOptions) => Promise<Camera>} open
 * @returns {{take: (options: CameraOptions) => Promise<Camera | null>, release: () => void}}
 *   `take` resolves with null, and never rejects, if a later `take` or `release` has overtaken it.
 */
export function createCameraSlot(open) {
  let turn = 0;
  let held = null;

  function release() {
    turn += 1;
    held?.stop();
    held = null;
  }

  async function take(options) {
    release();
    const mine = turn;
    try {
      const camera = await open(options);
      if (mine === turn) held = camera;
      else camera.stop();
    } catch (error) {
      if (mine === turn) throw error;
    }
    return mine === turn ? held : null;
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

/** A camera that was chosen once may not be connected today. */
async function askFor(deviceId, longestSide) {
  try {
    if (deviceId) return await ask({ deviceId: { exact: deviceId } }, longestSide);
  } catch (error) {
    if (error.code !== "missing") throw error;
  }
  return ask({ facingMode: "user" }, longestSide);
}

async function ask(wanted, longestSide) {
  const size = { width: { ideal: longestSide }, height: { ideal: (longestSide * 3) / 4 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wanted, ...size } });
  } catch (error) {
    throw new CameraError(problemOf(error));
  }
}

/** @returns {Promise<{id: string, name: string}[]>} The cameras; their names are known once one was allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput")
    .map((device, index) => ({
      id: device.deviceId,
      name: device.label || gettext("Camera %(number)s", { number: index + 1 }),
    }));
}
