/** The elements of a card: its image or video, the bars of the expressions, the choice of a face. */

import { partOf } from "../shared/dom.js";
import { gettext } from "../shared/i18n.js";
import { adjective, percent } from "../shared/words.js";
import { isVideo } from "./api.js";
import { fit } from "./drawing.js";

/** @typedef {import("./api.js").Face} Face */

/** @param {HTMLElement} element */
export function partsOf(element) {
  const part = partOf(element);
  return {
    element,
    frame: part("frame"),
    image: part("picture", HTMLImageElement),
    video: part("clip", HTMLVideoElement),
    tile: part("tile"),
    name: part("name"),
    remove: part("remove"),
    progress: part("progress", HTMLProgressElement),
    state: part("state"),
    retry: part("retry"),
    reading: part("reading"),
    mark: part("mark"),
    label: part("label"),
    detail: part("detail"),
    hint: part("hint"),
    faces: part("faces"),
    chart: part("chart"),
    plot: part("plot"),
    end: part("end"),
    times: part("times"),
    changes: part("changes"),
    bars: part("bars"),
    explain: part("why", HTMLButtonElement),
    note: part("why-note"),
  };
}

/** @typedef {ReturnType<typeof partsOf>} Parts */

/**
 * @param {Parts} parts
 * @param {File} file
 */
export function showFile(parts, file) {
  const { frame, image, video, name, remove } = parts;
  const shown = isVideo(file) ? video : image;
  for (const element of [image, video]) {
    element.hidden = element !== shown;
    element.addEventListener("error", () => showTile(parts, element));
  }
  image.alt = gettext("Photo %(name)s", { name: file.name });
  image.addEventListener("load", () => fit(frame, image.naturalWidth, image.naturalHeight));
  video.setAttribute("aria-label", gettext("Clip %(name)s", { name: file.name }));
  video.addEventListener("loadedmetadata", () => fit(frame, video.videoWidth, video.videoHeight));
  shown.src = URL.createObjectURL(file); // as long as the page: a removed photo may come back
  name.textContent = file.name;
  remove.setAttribute("aria-label", gettext("Remove %(name)s", { name: file.name }));
}

/**
 * Stands in for a format that this browser cannot show, such as HEIC; the server reads it all the same.
 *
 * @param {Parts} parts
 * @param {HTMLElement} shown
 */
function showTile({ tile }, shown) {
  shown.hidden = true;
  tile.hidden = false;
}

/**
 * @param {Parts} parts
 * @param {Pick<Face, "label" | "probs"> | undefined} face
 */
export function showBars({ bars }, face) {
  for (const bar of /** @type {HTMLElement[]} */ ([...bars.children])) {
    const label = bar.dataset.label ?? "";
    const share = face?.probs[label] ?? 0;
    const fill = /** @type {HTMLElement} */ (bar.querySelector(".bar-fill"));
    const value = /** @type {HTMLElement} */ (bar.querySelector(".bar-value"));
    bar.toggleAttribute("data-top", label === face?.label);
    fill.style.transform = `scaleX(${share})`;
    value.textContent = percent(share);
  }
}

/**
 * Makes the bars the legend of the chart.
 *
 * @param {Parts} parts
 */
export function colorBars({ bars }) {
  for (const bar of /** @type {HTMLElement[]} */ ([...bars.children]))
    bar.dataset.expression = bar.dataset.label;
}

/**
 * Lets visitors choose the face whose bars are shown, if there are several.
 *
 * @param {HTMLElement} place
 * @param {Face[]} faces
 * @param {number} chosen
 * @param {(face: number) => void} choose
 */
export function showChoice(place, faces, chosen, choose) {
  place.hidden = faces.length < 2;
  if (place.children.length !== faces.length)
    place.replaceChildren(...faces.map((face, index) => faceButton(face, index, choose)));
  [...place.children].forEach((button, index) =>
    button.setAttribute("aria-pressed", String(index === chosen)),
  );
}

/**
 * @param {Face} face
 * @param {number} index
 * @param {(face: number) => void} choose
 */
function faceButton(face, index, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = String(index + 1);
  button.setAttribute(
    "aria-label",
    gettext("Face %(number)s, %(label)s", { number: index + 1, label: adjective(face.label) }),
  );
  button.addEventListener("click", () => choose(index));
  return button;
}
