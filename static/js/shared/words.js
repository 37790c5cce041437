/** The pages' words for labels, probabilities and the camera. Pure: facts in, words in the visitor's language out. */

import { formatNumber, gettext, ngettext } from "./i18n.js";

/**
 * The labels as adjectives of a face.
 *
 * @type {Record<string, string>}
 */
const ADJECTIVES = {
  angry: gettext("angry"),
  disgust: gettext("disgusted"),
  fear: gettext("fearful"),
  happy: gettext("happy"),
  sad: gettext("sad"),
  surprise: gettext("surprised"),
  neutral: gettext("neutral"),
};

/** @param {string} label */
export function adjective(label) {
  return ADJECTIVES[label] ?? label;
}

/** @param {number} share 0..1 */
export function percent(share) {
  return `${formatNumber(Math.round(share * 100))} %`;
}

/**
 * Says a probability in words.
 *
 * Reference: Mastrandrea et al. 2010, guidance note on the treatment of uncertainties, IPCC, table 1.
 *
 * @param {number} share 0..1
 */
export function likelihood(share) {
  if (share >= 0.9) return gettext("very likely");
  if (share >= 0.66) return gettext("likely");
  return share >= 0.33 ? gettext("about as likely as not") : gettext("unlikely");
}

/**
 * @typedef {object} Reading The expression of one face.
 * @property {string} label Most probable expression.
 * @property {number} confidence Probability of `label`, 0..1.
 * @property {"sure" | "unsure"} state
 *
 * @param {Reading | undefined} face
 * @returns {{state: "none" | "sure" | "unsure", label: string, detail: string}}
 */
export function readingOf(face) {
  if (!face) return { state: "none", label: "–", detail: gettext("no reading yet") };
  const { confidence } = face;
  const label = adjective(face.label);
  const share = percent(confidence);
  if (face.state === "unsure") {
    return {
      state: "unsure",
      label: gettext("unsure"),
      detail: gettext("perhaps %(label)s, %(share)s", { label, share }),
    };
  }
  return { state: "sure", label, detail: `${likelihood(confidence)}, ${share}` };
}

/**
 * Reasons why the camera is off or gives no image, by their code.
 *
 * @type {Record<string, string>}
 */
export const CAMERA_PROBLEMS = {
  insecure: gettext(
    "Browsers give the camera only to secure pages. " +
      "Open this page over https, or on this computer as http://localhost.",
  ),
  unsupported: gettext("This browser cannot use a camera. Try a current Firefox, Chrome, Edge or Safari."),
  denied: gettext(
    "The camera was not allowed. Allow it for this page, in the browser's address bar or the system's settings, " +
      "then start again.",
  ),
  missing: gettext("No camera was found. Connect one, then start again."),
  busy: gettext(
    "The camera is in use by another program, or cannot be read. Close the other program, then start again.",
  ),
  unplugged: gettext("The camera is gone. Connect it again, or choose another, then start again."),
  no_picture: gettext("The camera gives no picture. Open its cover, or close other programs that use it."),
  failed: gettext("The camera could not be started. Try again, or choose another."),
};

/**
 * @typedef {object} Facts State of the camera, the connection and the last frame.
 * @property {"idle" | "starting" | "switching" | "running"} phase
 * @property {string | null} cameraProblem Reason why the camera is off, a key of CAMERA_PROBLEMS.
 * @property {boolean} muted Whether the camera is on but gives no images.
 * @property {"connecting" | "up" | "down"} link Connection to the server.
 * @property {boolean} hidden Whether the tab is in the background.
 * @property {{code: string, message: string} | null} problem Error of the last frame, until the next good reply.
 * @property {{faces: (Reading & {slot?: number})[], hints?: string[]} | null} reply Last good reply; the primary face
 *   comes first.
 *
 * @typedef {object} Status
 * @property {string} code
 * @property {"idle" | "good" | "problem"} kind
 * @property {string} text
 * @property {boolean} [passing] Whether the status may change from frame to frame.
 */

/**
 * @param {string} code
 * @param {string} text
 * @returns {Status}
 */
const idle = (code, text) => ({ code, kind: "idle", text });

/**
 * @param {string} code
 * @param {string} text
 * @returns {Status}
 */
const problem = (code, text) => ({ code, kind: "problem", text });

/**
 * @param {string} code
 * @param {string} text
 * @returns {Status}
 */
const good = (code, text) => ({ code, kind: "good", text });

/**
 * Chooses the one sentence that matters most now.
 *
 * @param {Facts} facts
 * @returns {Status}
 */
export function statusOf(facts) {
  if (facts.cameraProblem) return problem(facts.cameraProblem, CAMERA_PROBLEMS[facts.cameraProblem]);
  if (facts.phase === "idle") return idle("idle", gettext("The camera is off."));
  if (facts.phase === "starting")
    return idle("starting", gettext("Waiting for the camera. Your browser may ask you."));
  if (facts.phase === "switching") return idle("switching", gettext("Changing to the other camera …"));
  if (facts.hidden) return idle("paused", gettext("Paused while this tab is hidden."));
  if (facts.link === "connecting") return idle("connecting", gettext("Connecting to the server …"));
  if (facts.link === "down")
    return problem("disconnected", gettext("The server cannot be reached. Trying again by itself …"));
  if (facts.muted) return problem("no_picture", CAMERA_PROBLEMS.no_picture);
  if (facts.problem) return frameStatus(facts.problem);
  if (!facts.reply) return idle("waiting", gettext("Looking …"));
  return { ...faceStatus(facts.reply.faces, facts.reply.hints ?? []), passing: true };
}

/** @param {{code: string, message: string}} error */
function frameStatus({ code, message }) {
  if (code === "server_busy")
    return problem(code, gettext("The server is busy. It goes on by itself, more slowly."));
  if (code === "timeout") return problem(code, gettext("The server takes long to answer. Trying again …"));
  if (code === "unexpected")
    return problem(code, gettext("Something went wrong in this page. Load it again if this stays."));
  return problem(code, CAMERA_PROBLEMS[code] ?? message);
}

/**
 * @param {{slot?: number}[]} faces
 * @param {string[]} hints
 */
function faceStatus(faces, hints) {
  const dark = hints.includes("too_dark");
  if (faces.length === 0) {
    if (dark)
      return problem(
        "too_dark",
        gettext("It is too dark to find a face. Turn on a light, or face a window."),
      );
    return problem("no_face", gettext("No face in view. Look at the camera, and come a little closer."));
  }
  if (dark) return problem("too_dark", gettext("It is dark: the reading may be wrong. More light helps."));
  if (hints.includes("too_small"))
    return problem(
      "too_small",
      gettext("Your face is small in the picture. Come closer for a better reading."),
    );
  if (faces.length > 1) {
    const mark = (faces[0].slot ?? 0) + 1;
    const count = ngettext("%(num)s face in view.", "%(num)s faces in view.", faces.length);
    const whose = gettext("The bars are for the largest, marked %(mark)s.", { mark });
    return good("several", `${count} ${whose}`);
  }
  return good("reading", gettext("Reading one face."));
}
