/** "Why this label": one frozen image of the face, and the places in it that speak for an expression. */

import { context2d, partOf } from "../shared/dom.js";
import { explain, explanationWords, saliencyImage, squareToCanvas } from "../shared/explain.js";
import { gettext } from "../shared/i18n.js";
import { meaningOf } from "../shared/problems.js";

const CONSENT = gettext(
  "So far only your face has left this browser. To explain, the server needs this one picture whole.",
);
const MARGIN = 0.12; // share of the canvas around the square that the model saw

/**
 * @typedef {import("../shared/explain.js").Explanation} Explanation
 *
 * @typedef {object} FrozenFace
 * @property {Blob} image
 * @property {{box: number[], label: string}} face The primary face, and its box in the image.
 * @property {boolean} mirrored Whether the page shows the image mirrored.
 *
 * @param {HTMLDialogElement} dialog Its `data-action` is the route of the questions.
 * @param {object} parts
 * @param {() => Promise<FrozenFace | null>} parts.freeze Takes the image of the question; null if there is no face.
 * @param {() => string} parts.strength How common expressions are taken to be; empty for the server's own choice.
 * @param {() => boolean} parts.mustAsk Whether pictures are sent only once the visitor has agreed, each time anew.
 */
export function createExplanationDialog(dialog, { freeze, strength, mustAsk }) {
  const part = partOf(dialog);
  const canvas = part("canvas", HTMLCanvasElement);
  const select = part("label", HTMLSelectElement);
  const consent = createConsent({ agree: part("agree"), select, sent: part("sent") });
  let generation = 0; // a later question, or closing, makes an answer stale
  /** @type {FrozenFace | null} */
  let frozen = null;

  async function open() {
    dialog.showModal();
    clear(canvas);
    frozen = await freeze();
    if (!frozen)
      show("problem", gettext("There is no face to ask about. Look at the camera, then ask again."));
    else {
      canvas.classList.toggle("mirrored", frozen.mirrored);
      const bitmap = await createImageBitmap(frozen.image);
      drawFace(canvas, bitmap, cornersAround(frozen.face.box, bitmap)); // looking takes a moment
      select.value = frozen.face.label;
      if (mustAsk()) {
        show("waiting", CONSENT);
        consent.wanted(() => void ask());
      } else await ask();
    }
  }

  async function ask() {
    if (!frozen) return;
    const mine = ++generation;
    const { image, face } = frozen;
    show("waiting", gettext("Looking …"));
    try {
      const question = { image, box: face.box, label: select.value, strength: strength() };
      const answer = await explain(dialog.dataset.action ?? "", question);
      if (mine !== generation) return;
      draw(canvas, await createImageBitmap(image), answer);
      const { sentence, proof } = explanationWords(answer);
      show("answer", sentence, proof);
    } catch (error) {
      if (mine === generation) show("problem", problemOf(error));
    }
  }

  /**
   * @param {"waiting" | "answer" | "problem"} state
   * @param {string} text
   * @param {string} [proof]
   */
  function show(state, text, proof = "") {
    dialog.dataset.state = state;
    part("text").textContent = text;
    part("proof").textContent = proof;
    part("legend").hidden = !proof;
  }

  select.addEventListener("change", () => void ask());
  part("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    generation += 1;
    frozen = null; // the image goes
    consent.done();
    clear(canvas);
  });
  return { open, close: () => dialog.close() };
}

/**
 * Asks before a picture is sent.
 *
 * @param {object} elements
 * @param {HTMLElement} elements.agree Button.
 * @param {HTMLSelectElement} elements.select Would ask about another label; it waits too.
 * @param {HTMLElement} elements.sent Text that is true once the picture was sent.
 */
function createConsent({ agree, select, sent }) {
  /** @type {() => void} */
  let go = () => {};
  /** @param {boolean} asking */
  function show(asking) {
    agree.hidden = !asking;
    sent.hidden = asking;
    select.disabled = asking;
  }
  agree.addEventListener("click", () => {
    show(false);
    go();
  });
  return {
    /** @param {() => void} then Called if the visitor agrees. */
    wanted(then) {
      go = then;
      show(true);
    },
    done: () => show(false),
  };
}

/** @param {unknown} error */
function problemOf(error) {
  const { code, message } = /** @type {import("../shared/problems.js").Problem} */ (error);
  if (code === "no_face")
    return gettext("The face was not found in that picture. Close this, look at the camera, and ask again.");
  if (code === "server_busy") return gettext("The server is busy. Try again in a moment.");
  return code && code !== "unreachable"
    ? meaningOf({ code, message })
    : gettext("The server cannot be reached. Try again in a moment.");
}

/** @param {HTMLCanvasElement} canvas */
function clear(canvas) {
  context2d(canvas).clearRect(0, 0, canvas.width, canvas.height);
}

/**
 * Draws the face as the model saw it, under the saliency map.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} bitmap
 * @param {Explanation} explanation
 */
function draw(canvas, bitmap, explanation) {
  drawFace(canvas, bitmap, explanation.corners);
  const context = context2d(canvas);
  const margin = MARGIN * canvas.width;
  const inner = canvas.width - 2 * margin;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(saliencyImage(explanation), margin, margin, inner, inner);
}

/**
 * @param {number[]} box
 * @param {ImageBitmap} bitmap
 * @returns {Explanation["corners"]} Corners of a square around a face, as shares of the image.
 */
function cornersAround([x, y, width, height], bitmap) {
  const half = Math.max(width * bitmap.width, height * bitmap.height) / 2;
  const [right, down] = [half / bitmap.width, half / bitmap.height];
  const [left, top] = [x + width / 2 - right, y + height / 2 - down];
  return [
    [left, top],
    [left + 2 * right, top],
    [left + 2 * right, top + 2 * down],
    [left, top + 2 * down],
  ];
}

/**
 * Draws a face grey and upright.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} bitmap
 * @param {Explanation["corners"]} corners
 */
function drawFace(canvas, bitmap, corners) {
  const context = context2d(canvas);
  const side = canvas.width;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, side, side);
  context.setTransform(...squareToCanvas(corners, bitmap, { side, margin: MARGIN * side }));
  context.filter = "grayscale(1)";
  context.drawImage(bitmap, 0, 0);
  context.filter = "none";
  context.setTransform(1, 0, 0, 1, 0, 0);
}
