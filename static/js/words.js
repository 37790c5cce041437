/** What the page says. Pure: facts in, words out. */

/** The labels as one says them of a face. */
const ADJECTIVES = {
  angry: "angry",
  disgust: "disgusted",
  fear: "fearful",
  happy: "happy",
  sad: "sad",
  surprise: "surprised",
  neutral: "neutral",
};

/** @param {string} label */
export function adjective(label) {
  return ADJECTIVES[label] ?? label;
}

/** @param {number} share 0..1 */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/**
 * @param {{label: string, confidence: number, state: string} | undefined} face
 * @returns {{state: "none" | "sure" | "unsure", label: string, detail: string}}
 */
export function readingOf(face) {
  if (!face) return { state: "none", label: "–", detail: "No reading yet" };
  if (face.state === "unsure") {
    return { state: "unsure", label: "unsure", detail: `perhaps ${adjective(face.label)}, ${percent(face.confidence)}` };
  }
  return { state: "sure", label: adjective(face.label), detail: `${percent(face.confidence)} probable` };
}

export const CAMERA_PROBLEMS = {
  insecure:
    "Browsers give the camera only to secure pages. Open this page over https, or on this computer as http://localhost.",
  unsupported: "This browser cannot use a camera. Try a current Firefox, Chrome, Edge or Safari.",
  denied: "The camera was not allowed. Allow it for this page in the browser's address bar, then start again.",
  missing: "No camera was found. Connect one, then start again.",
  busy: "The camera is in use by another program, or cannot be read. Close the other program, then start again.",
  unplugged: "The camera is gone. Connect it again, or choose another, then start again.",
  failed: "The camera could not be started. Try again, or choose another.",
};

/**
 * @typedef {object} Facts
 * @property {"idle" | "starting" | "running"} phase
 * @property {string | null} cameraProblem A key of CAMERA_PROBLEMS.
 * @property {boolean} connected
 * @property {boolean} hidden Whether the tab is in the background.
 * @property {{code: string, message: string} | null} serverProblem The last refusal, until the next good reply.
 * @property {{faces: object[], hints: string[]} | null} reply The last good reply since the start.
 */

/**
 * The one sentence that matters most now.
 *
 * @param {Facts} facts
 * @returns {{code: string, kind: "idle" | "good" | "problem", text: string}}
 */
export function statusOf(facts) {
  const problem = (code, text) => ({ code, kind: "problem", text });
  if (facts.cameraProblem) return problem(facts.cameraProblem, CAMERA_PROBLEMS[facts.cameraProblem]);
  if (facts.phase === "idle") return { code: "idle", kind: "idle", text: "The camera is off." };
  if (facts.phase === "starting") return { code: "starting", kind: "idle", text: "Waiting for the camera. Your browser may ask you." };
  if (facts.hidden) return { code: "paused", kind: "idle", text: "Paused while this tab is hidden." };
  if (!facts.connected) return problem("disconnected", "The server cannot be reached. Trying again by itself …");
  if (facts.serverProblem) return serverStatus(facts.serverProblem, problem);
  return faceStatus(facts.reply, problem);
}

function serverStatus({ code, message }, problem) {
  if (code === "server_busy") return problem(code, "The server is busy. It goes on by itself, more slowly.");
  if (code === "timeout") return problem(code, "The server takes long to answer. Trying again …");
  return problem(code, message);
}

function faceStatus(reply, problem) {
  if (!reply) return { code: "waiting", kind: "idle", text: "Looking …" };
  const { faces, hints } = reply;
  if (faces.length === 0 && hints.includes("too_dark")) {
    return problem("too_dark", "It is too dark to find a face. Turn on a light, or face a window.");
  }
  if (faces.length === 0) return problem("no_face", "No face in view. Look at the camera, and come a little closer.");
  if (hints.includes("too_dark")) return problem("too_dark", "It is dark: the reading may be wrong. More light helps.");
  if (hints.includes("too_small")) return problem("too_small", "Your face is small in the picture. Come closer for a better reading.");
  if (faces.length > 1) {
    return { code: "several", kind: "good", text: `${faces.length} faces in view. The bars are for the largest, marked 1.` };
  }
  return { code: "reading", kind: "good", text: "Reading one face." };
}
