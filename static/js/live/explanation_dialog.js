/** "Why this label": one frozen picture of the face, and where in it the model saw what speaks for an expression. */

import { squareToCanvas } from "../shared/geometry.js";
import { gettext } from "../shared/i18n.js";
import { meaningOf } from "../shared/problems.js";
import { adjective } from "../shared/words.js";

const MARGIN = 0.12; // of the canvas, around the square that the model saw
const MAX_TRIES = 3;

/**
 * @param {HTMLDialogElement} dialog Its `data-action` is where questions go.
 * @param {object} parts
 * @param {HTMLButtonElement} parts.opener
 * @param {() => Promise<{picture: Blob, face: object, mirrored: boolean} | null>} parts.freeze Takes the picture that is asked
 *   about; null if there is none.
 */
export function createWhy(dialog, { opener, freeze }) {
  const part = (name) => dialog.querySelector(`[data-part="${name}"]`);
  let asked = 0; // a later question, or closing, makes an answer stale
  let frozen = null;

  async function open() {
    dialog.showModal();
    clear();
    frozen = await freeze();
    if (!frozen)
      say("problem", gettext("There is no face to ask about. Look at the camera, then ask again."));
    else {
      part("label").value = frozen.face.label;
      await ask();
    }
  }

  async function ask() {
    if (!frozen) return;
    const mine = ++asked;
    say("waiting", gettext("Looking …"));
    try {
      const answer = await explain(dialog.dataset.action, frozen, part("label").value);
      if (mine !== asked) return;
      const bitmap = await createImageBitmap(frozen.picture);
      draw(part("canvas"), bitmap, answer);
      part("canvas").classList.toggle("mirrored", frozen.mirrored);
      say("answer", sentenceOf(answer));
    } catch (error) {
      if (mine === asked) say("problem", problemOf(error));
    }
  }

  function clear() {
    const canvas = part("canvas");
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  }

  function say(state, text) {
    dialog.dataset.state = state;
    part("text").textContent = text;
  }

  opener.addEventListener("click", () => void open());
  part("label").addEventListener("change", () => void ask());
  part("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    asked += 1;
    frozen = null; // the picture goes
    clear();
  });
  return { close: () => dialog.close() };
}

/** Asks the server; one that is busy is asked again when it says so. */
async function explain(address, { picture, face }, label) {
  for (let tries = 1; ; tries += 1) {
    const form = new FormData();
    form.append("picture", picture, "face.jpg");
    form.append("box", face.box.join(","));
    form.append("label", label);
    const response = await fetch(address, { method: "POST", body: form });
    const answer = await response.json();
    if (response.ok) return answer;
    if (answer.code !== "server_busy" || tries === MAX_TRIES)
      throw Object.assign(new Error(answer.detail), { code: answer.code });
    await new Promise((resolve) => setTimeout(resolve, answer.retry_after_ms));
  }
}

function sentenceOf({ heat, label }) {
  const words = { label: adjective(label) };
  const nothing = heat.every((row) => row.every((cell) => cell === 0));
  if (nothing) return gettext("Nothing in this face speaks for “%(label)s”.", words);
  return gettext("The bright places speak for “%(label)s”.", words);
}

function problemOf({ code, message }) {
  if (code === "no_face")
    return gettext("The face was not found in that picture. Close this, look at the camera, and ask again.");
  if (code === "server_busy") return gettext("The server is busy. Try again in a moment.");
  return code
    ? meaningOf({ code, message })
    : gettext("The server cannot be reached. Try again in a moment.");
}

/** The face as the model saw it, grey and upright, under the heat. */
function draw(canvas, bitmap, { corners, heat }) {
  const context = canvas.getContext("2d");
  const side = canvas.width;
  const place = squareToCanvas(corners, bitmap, { side, margin: MARGIN * side });
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, side, side);
  context.setTransform(...place);
  context.filter = "grayscale(1)";
  context.drawImage(bitmap, 0, 0);
  context.filter = "none";
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  const inner = side - 2 * MARGIN * side;
  context.drawImage(heatPicture(heat), MARGIN * side, MARGIN * side, inner, inner);
}

/** One pixel per cell, from clear over amber to red; enlarging it smooths it. */
function heatPicture(heat) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: heat[0].length, height: heat.length });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  heat
    .flat()
    .forEach((share, at) =>
      pixels.data.set([255, 190 - 150 * share, 40 * (1 - share), 235 * share ** 0.75], 4 * at),
    );
  context.putImageData(pixels, 0, 0);
  return canvas;
}
