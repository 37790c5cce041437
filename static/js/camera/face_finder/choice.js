/**
 * "Only my face leaves this browser": decides for every frame what is captured of it. What finds faces is loaded only
 * when this is chosen, and nothing else is sent while it is, whatever fails.
 */

import { readStored } from "../../shared/storage.js";
import { FindingError } from "./finding_error.js";

/** Place of the live page's choices in the browser's storage; the other pages with a camera keep to this one. */
export const CHOICES_KEY = "countenance.live";

/**
 * @param {import("../../shared/storage.js").Store | null} storage
 * @param {boolean} byDefault What the operator has set for visitors who have not chosen.
 */
export function choseOnlyFaces(storage, byDefault) {
  const stored = /** @type {{only_faces?: unknown} | null} */ (readStored(storage, CHOICES_KEY));
  return typeof stored?.only_faces === "boolean" ? stored.only_faces : byDefault;
}

/**
 * Shows the page's texts on what is sent: those for whole pictures, or those for faces.
 *
 * @param {boolean} onlyFaces
 */
export function showWhatIsSent(onlyFaces) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-sent]")))
    element.hidden = (element.dataset.sent === "faces") !== onlyFaces;
}

/**
 * @typedef {import("../camera.js").CapturedFrame} CapturedFrame
 * @typedef {import("../camera.js").CapturedFaces} CapturedFaces
 *
 * @typedef {object} ChoiceParts
 * @property {() => boolean} onlyFaces Whether only faces may be sent now.
 * @property {() => number} longestSide Longest side of the frames, in pixels.
 * @property {() => number | null} detectSide Chosen longer side at which frames are searched; null for the server's.
 * @property {() => number} numShown Number of faces in the last acknowledgement.
 * @property {() => Promise<Pick<typeof import("./capture.js"), "createFaceCapture">>} [load]
 *
 * @param {HTMLVideoElement} video
 * @param {(maxSide: number) => Promise<CapturedFrame>} captureFrame
 * @param {ChoiceParts} parts
 */
export function createCaptureByChoice(
  video,
  captureFrame,
  { onlyFaces, longestSide, detectSide, numShown, load = () => import("./capture.js") },
) {
  /** @type {import("../channel.js").Hello | null} */
  let hello = null;
  /** @type {Promise<() => Promise<CapturedFaces>> | null} */
  let loading = null;

  function question() {
    if (!hello) return null;
    const rule = {
      crop: hello.crop,
      detectThreshold: hello.detect_threshold,
      maxFaces: hello.limits.max_faces,
    };
    return { rule, maxSide: detectSide() ?? hello.settings.detect_side, numShown: numShown() };
  }

  async function captureFaces() {
    loading ??= load().then(({ createFaceCapture }) => createFaceCapture(video, { longestSide, question }));
    const capture = await loading.catch((error) => {
      loading = null; // a later frame tries again
      console.warn(error);
      throw new FindingError("no_face_finder");
    });
    return capture();
  }

  return {
    /**
     * @param {number} maxSide Longest side of a whole frame under load, in pixels; crops always have one size.
     * @returns {Promise<CapturedFrame | CapturedFaces>}
     */
    async capture(maxSide) {
      if (onlyFaces()) return captureFaces();
      const frame = await captureFrame(maxSide);
      if (onlyFaces()) throw new FindingError("preparing"); // chosen while the picture was made: it is not sent
      return frame;
    },
    /** @param {import("../channel.js").Hello} said */
    takeHello(said) {
      hello = said;
    },
  };
}
