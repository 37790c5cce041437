/** The camera, from asking to letting go. */

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
 * Asks for a camera and plays it.
 *
 * @param {HTMLVideoElement} video
 * @param {{deviceId?: string, onGone: () => void}} options
 * @returns {Promise<{deviceId: string | undefined, facing: string | undefined, stop: () => void}>}
 */
export async function openCamera(video, { deviceId, onGone }) {
  const reason = obstacle(window);
  if (reason) throw new CameraError(reason);
  const wanted = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { ...wanted, width: { ideal: 640 }, height: { ideal: 480 } },
    });
  } catch (error) {
    throw new CameraError(problemOf(error));
  }
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", onGone);
  video.srcObject = stream;
  try {
    await video.play();
  } catch {
    track.stop();
    throw new CameraError("failed");
  }
  const { deviceId: found, facingMode } = track.getSettings();
  return {
    deviceId: found,
    facing: facingMode,
    stop() {
      track.removeEventListener("ended", onGone);
      track.stop();
      video.srcObject = null;
    },
  };
}

/** @returns {Promise<{id: string, name: string}[]>} The cameras; their names are known once one was allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput")
    .map((device, index) => ({ id: device.deviceId, name: device.label || `Camera ${index + 1}` }));
}
