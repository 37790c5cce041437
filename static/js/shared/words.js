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

/**
 * Expressions that are plain only beside the person's resting face.
 *
 * @type {Record<string, string>}
 */
const SLIGHT = {
  angry: gettext("a little tense"),
  disgust: gettext("a little disgusted"),
  fear: gettext("a little fearful"),
  happy: gettext("a slight smile"),
  sad: gettext("a little sad"),
  surprise: gettext("a little surprised"),
};

/** @param {{label: string, slight?: boolean}} face */
export function expressionOf({ label, slight }) {
  return (slight && SLIGHT[label]) || adjective(label);
}

/**
 * Says a probability. No reading is certain, so none is shown as 100 %.
 *
 * @param {number} share 0..1
 */
export function percent(share) {
  return portion(Math.min(share, 0.99));
}

/**
 * Says a part of a whole, such as of a time; it may be the whole.
 *
 * @param {number} share 0..1
 */
export function portion(share) {
  return `${formatNumber(Math.round(share * 100))} %`;
}

/**
 * Says how readily rare expressions are found, in words and as the number.
 *
 * @param {number} strength 0..1
 */
export function strengthText(strength) {
  const number = formatNumber(strength, 1);
  if (strength < 1 / 3) return gettext("reserved, %(number)s", { number });
  return strength > 2 / 3
    ? gettext("sensitive, %(number)s", { number })
    : gettext("in between, %(number)s", { number });
}

/**
 * Says a high probability in words; a lower one says less than its number.
 *
 * Reference: Mastrandrea et al. 2010, guidance note on the treatment of uncertainties, IPCC, table 1.
 *
 * @param {number} share 0..1
 */
export function likelihood(share) {
  if (share >= 0.9) return gettext("very likely");
  return share >= 0.66 ? gettext("likely") : null;
}

const MIN_RIVAL = 0.2;

/**
 * @typedef {object} Reading The expression of one face.
 * @property {string} label Most probable expression.
 * @property {number} confidence Probability of `label`, 0..1.
 * @property {"sure" | "unsure"} state
 * @property {Record<string, number>} [probs] Probability of each expression.
 * @property {boolean} [slight] Whether it is plain beside the person's resting face alone.
 *
 * @param {Reading | undefined} face
 * @returns {{state: "none" | "sure" | "unsure", label: string, detail: string}}
 */
export function readingOf(face) {
  if (!face) return { state: "none", label: "–", detail: gettext("no reading yet") };
  const label = adjective(face.label);
  const share = percent(face.confidence);
  if (face.state === "unsure") {
    return {
      state: "unsure",
      label: gettext("unsure"),
      detail: gettext("perhaps %(label)s, %(share)s", { label, share }),
    };
  }
  if (face.slight) return { state: "sure", label: expressionOf(face), detail: slightDetail(share) };
  return { state: "sure", label, detail: detailOf(face, share) };
}

/** @param {string} share */
function slightDetail(share) {
  return gettext("%(share)s, compared with your resting face", { share });
}

/**
 * @param {Reading} face
 * @param {string} share
 */
function detailOf({ label, confidence, probs = {} }, share) {
  const words = likelihood(confidence);
  if (words) return `${words}, ${share}`;
  const [rival] = Object.entries(probs)
    .filter(([name, prob]) => name !== label && prob >= MIN_RIVAL)
    .sort((a, b) => b[1] - a[1]);
  if (!rival) return share;
  return gettext("%(share)s, could also be %(rival)s", { share, rival: adjective(rival[0]) });
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
  unplugged: gettext("The camera was disconnected. Connect it again, or choose another, then start again."),
  no_picture: gettext("The camera gives no picture. Open its cover, or close other programs that use it."),
  failed: gettext("The camera could not be started. Try again, or choose another."),
  sample_failed: gettext(
    "The sample video cannot be played in this browser. Try it with a photo, or start the camera.",
  ),
  no_face_finder: gettext(
    "This browser cannot find faces by itself, so nothing is sent. Load the page again to try once more. To send " +
      "pictures instead, switch off “Only my face leaves this browser” in the settings of the live page.",
  ),
};

/**
 * @typedef {object} Facts State of the camera, the connection and the last frame.
 * @property {"idle" | "starting" | "switching" | "running"} phase
 * @property {string | null} cameraProblem Reason why the camera is off, a key of CAMERA_PROBLEMS.
 * @property {boolean} muted Whether the camera is on but gives no images.
 * @property {"connecting" | "up" | "down"} link Connection to the server.
 * @property {boolean} hidden Whether the tab is in the background.
 * @property {boolean} [held] Whether the visitor has paused the readings.
 * @property {boolean} [canChoose] Whether another face can be followed by a tap.
 * @property {{code: string, message: string} | null} problem Error of the last frame, until the next good reply.
 * @property {{faces: (Reading & {slot?: number, id?: number})[], hints?: string[]} | null} reply Last good reply; the
 *   primary face comes first.
 * @property {PaceFacts} [pace]
 * @property {"camera" | "sample"} [source] What is shown: the camera, or the sample video.
 *
 * @typedef {object} PaceFacts
 * @property {"server_busy" | "slow_connection" | null} reason What holds the readings back.
 * @property {number | null} perSecond Their rounded rate while there is a reason: 1, 2, 3, … or 1/2, 1/3, …
 *
 * @typedef {object} Status
 * @property {string} code
 * @property {"idle" | "good" | "problem"} kind
 * @property {string} text
 * @property {boolean} [passing] Whether the status may change from frame to frame.
 * @property {number | null} [about] Id of the face that it is about; null where no face is in view.
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
  if (facts.phase === "starting" && facts.source === "sample")
    return idle("starting", gettext("Loading the sample video …"));
  if (facts.phase === "starting")
    return idle("starting", gettext("Waiting for the camera. Your browser may ask you."));
  if (facts.phase === "switching") return idle("switching", gettext("Changing to the other camera …"));
  if (facts.hidden) return idle("paused", gettext("Paused while this tab is hidden."));
  if (facts.held) return idle("held", gettext("Paused. The camera stays on."));
  if (facts.link === "connecting") return idle("connecting", gettext("Connecting to the server …"));
  if (facts.link === "down")
    return problem("disconnected", gettext("Can't reach the server. Reconnecting …"));
  if (facts.muted) return problem("no_picture", CAMERA_PROBLEMS.no_picture);
  if (facts.problem) return frameStatus(facts.problem);
  const { reason = null, perSecond = null } = facts.pace ?? {};
  if (!facts.reply)
    return reason === "server_busy" ? paceStatus(reason, null) : idle("waiting", gettext("Looking …"));
  const pace = reason && paceStatus(reason, perSecond);
  const { faces, hints = [] } = facts.reply;
  const status = faceStatus(faces, { hints, pace, canChoose: facts.canChoose ?? false });
  return { ...status, passing: true, about: faces[0]?.id ?? null };
}

/**
 * @param {"server_busy" | "slow_connection"} reason
 * @param {number | null} perSecond
 */
function paceStatus(reason, perSecond) {
  if (!perSecond) return idle(reason, gettext("The server is busy. Reading goes on, more slowly."));
  const cause = reason === "server_busy" ? gettext("The server is busy") : gettext("The connection is slow");
  return idle(reason, gettext("%(cause)s: %(rate)s.", { cause, rate: rateText(perSecond) }));
}

/** @param {number} perSecond */
function rateText(perSecond) {
  if (perSecond === 1) return gettext("reading about once a second");
  return perSecond > 1
    ? ngettext("reading %(num)s time a second", "reading %(num)s times a second", perSecond)
    : ngettext("reading every %(num)s second", "reading every %(num)s seconds", Math.round(1 / perSecond));
}

/** @param {{code: string, message: string}} error */
function frameStatus({ code, message }) {
  if (code === "preparing") return idle(code, gettext("Preparing face finding on this device …"));
  if (code === "timeout") return problem(code, gettext("The server is slow to answer. Trying again …"));
  if (code === "unexpected")
    return problem(code, gettext("Something went wrong in this page. Load it again if this stays."));
  return problem(code, CAMERA_PROBLEMS[code] ?? message);
}

/**
 * @param {{slot?: number}[]} faces
 * @param {object} facts
 * @param {string[]} facts.hints
 * @param {Status | null} facts.pace Replaces what needs no action of the visitor, and the advice to come closer: a
 *   smaller frame has smaller faces.
 * @param {boolean} facts.canChoose
 */
function faceStatus(faces, { hints, pace, canChoose }) {
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
  if (pace) return pace;
  if (hints.includes("too_small"))
    return problem(
      "too_small",
      gettext("Your face is small in the picture. Come closer for a better reading."),
    );
  return faces.length > 1
    ? good("several", severalText(faces, canChoose))
    : good("reading", gettext("Reading one face."));
}

/**
 * @param {{slot?: number}[]} faces At least two.
 * @param {boolean} canChoose
 */
function severalText(faces, canChoose) {
  const number = (faces[0].slot ?? 0) + 1;
  const count = ngettext("%(num)s face.", "%(num)s faces.", faces.length);
  const whose = canChoose
    ? gettext("Showing number %(number)s; tap another to switch.", { number })
    : gettext("Reading number %(number)s.", { number });
  return `${count} ${whose}`;
}

/**
 * @param {number} seconds
 * @returns {string} Whole minutes and seconds, such as `1:02`.
 */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
