/** What the page says. Pure: facts in, words out, in the visitor's language. */

import { formatNumber, gettext, ngettext } from "./i18n.js";

/** The labels as one says them of a face. */
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
 * A probability in words.
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
 * @param {{label: string, confidence: number, state: string} | undefined} face
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

export const CAMERA_PROBLEMS = {
  insecure: gettext(
    "Browsers give the camera only to secure pages. Open this page over https, or on this computer as http://localhost.",
  ),
  unsupported: gettext("This browser cannot use a camera. Try a current Firefox, Chrome, Edge or Safari."),
  denied: gettext(
    "The camera was not allowed. Allow it for this page, in the browser's address bar or the system's settings, then start again.",
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
 * @typedef {object} Facts
 * @property {"idle" | "starting" | "switching" | "running"} phase
 * @property {string | null} cameraProblem Why the camera is off, a key of CAMERA_PROBLEMS.
 * @property {boolean} muted Whether the camera is on but gives no pictures.
 * @property {"connecting" | "up" | "down"} link To the server.
 * @property {boolean} hidden Whether the tab is in the background.
 * @property {{code: string, message: string} | null} problem Of the last frame, until the next good reply.
 * @property {{faces: object[], hints?: string[]} | null} reply The last good one; the face that is read comes first.
 *
 * @typedef {object} Status
 * @property {string} code
 * @property {"idle" | "good" | "problem"} kind
 * @property {string} text
 * @property {boolean} [passing] Whether it may change from frame to frame.
 */

const idle = (code, text) => ({ code, kind: "idle", text });
const problem = (code, text) => ({ code, kind: "problem", text });

/**
 * The one sentence that matters most now.
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

function frameStatus({ code, message }) {
  if (code === "server_busy")
    return problem(code, gettext("The server is busy. It goes on by itself, more slowly."));
  if (code === "timeout") return problem(code, gettext("The server takes long to answer. Trying again …"));
  if (code === "unexpected")
    return problem(code, gettext("Something went wrong in this page. Load it again if this stays."));
  return problem(code, CAMERA_PROBLEMS[code] ?? message);
}

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
    const mark = (faces[0].seat ?? 0) + 1;
    const count = ngettext("%(num)s face in view.", "%(num)s faces in view.", faces.length);
    const whose = gettext("The bars are for the largest, marked %(mark)s.", { mark });
    return { code: "several", kind: "good", text: `${count} ${whose}` };
  }
  return { code: "reading", kind: "good", text: gettext("Reading one face.") };
}
