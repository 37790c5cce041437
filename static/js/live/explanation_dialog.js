/** "Why this label": one frozen image of the face, and the places in it that speak for an expression. */

import { context2d, partOf } from "../shared/dom.js";
import { explain, saliencyImage } from "../shared/explain.js";
import { squareToCanvas } from "../shared/geometry.js";
import { gettext } from "../shared/i18n.js";
import { meaningOf } from "../shared/problems.js";
import { adjective } from "../shared/words.js";

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
 */
export function createExplanationDialog(dialog, { freeze }) {
  const part = partOf(dialog);
  const canvas = part("canvas", HTMLCanvasElement);
  const select = part("label", HTMLSelectElement);
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
      select.value = frozen.face.label;
      await ask();
    }
  }

  async function ask() {
    if (!frozen) return;
    const mine = ++generation;
    const { image, face, mirrored } = frozen;
    show("waiting", gettext("Looking …"));
    try {
      const question = { image, box: face.box, label: select.value };
      const answer = await explain(dialog.dataset.action ?? "", question);
      if (mine !== generation) return;
      draw(canvas, await createImageBitmap(image), answer);
      canvas.classList.toggle("mirrored", mirrored);
      show("answer", sentenceOf(answer));
    } catch (error) {
      if (mine === generation) show("problem", problemOf(error));
    }
  }

  /**
   * @param {"waiting" | "answer" | "problem"} state
   * @param {string} text
   */
  function show(state, text) {
    dialog.dataset.state = state;
    part("text").textContent = text;
  }

  select.addEventListener("change", () => void ask());
  part("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    generation += 1;
    frozen = null; // the image goes
    clear(canvas);
  });
  return { open, close: () => dialog.close() };
}

/** @param {Explanation} explanation */
function sentenceOf({ heat: saliency, label }) {
  const words = { label: adjective(label) };
  const nothing = saliency.every((row) => row.every((cell) => cell === 0));
  if (nothing) return gettext("Nothing in this face speaks for “%(label)s”.", words);
  return gettext("The bright places speak for “%(label)s”.", words);
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
 * Draws the face as the model saw it, grey and upright, under the saliency map.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} bitmap
 * @param {Explanation} explanation
 */
function draw(canvas, bitmap, { corners, heat: saliency }) {
  const context = context2d(canvas);
  const side = canvas.width;
  const margin = MARGIN * side;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, side, side);
  context.setTransform(...squareToCanvas(corners, bitmap, { side, margin }));
  context.filter = "grayscale(1)";
  context.drawImage(bitmap, 0, 0);
  context.filter = "none";
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  const inner = side - 2 * margin;
  context.drawImage(saliencyImage(saliency, colorOf), margin, margin, inner, inner);
}

/**
 * From clear over amber to red.
 *
 * @param {number} share
 */
function colorOf(share) {
  return [255, 190 - 150 * share, 40 * (1 - share), 235 * share ** 0.75];
}
