/** The session's card: a picture of the plane with the mood's way, to save or share. Nothing of it is sent. */

import { context2d, partOf, setText } from "../../shared/dom.js";
import { gettext } from "../../shared/i18n.js";
import { fileName, saveFile } from "../../shared/storage.js";
import { toShare } from "../mood/plane.js";
import { changeText, lengthText } from "./session.js";

const [WIDTH, HEIGHT, PAD] = [1080, 1080, 64];
const PLANE = { x: PAD, y: 236, width: WIDTH - 2 * PAD, height: 620 };
const [CARD, INK, SOFT, LINE, ACCENT] = ["#ffffff", "#1d2129", "#565c68", "#ddd8cf", "#0f766e"];
/** Colours of the plane's corners, as in tokens.css, and where they are. */
const CORNERS = /** @type {const} */ ([
  ["#a87400", 1, 0],
  ["#b3372f", 0, 0],
  ["#2f6bb0", 0, 1],
  ["#0f766e", 1, 1],
]);
const FONT = "system-ui, sans-serif";

/**
 * @typedef {import("../mood/plane.js").Point} Point
 *
 * @typedef {object} Shown
 * @property {string} title
 * @property {import("./session.js").Session} summary
 * @property {import("../mood/trail.js").TrailPoint[]} trail
 */

/**
 * @param {HTMLDialogElement} dialog
 * @param {Shown} shown
 */
export function showSession(dialog, shown) {
  const part = partOf(dialog);
  const card = paintCard(part("card", HTMLCanvasElement), shown);
  setText(part("change"), changeText(shown.summary));
  setText(part("told"), "");
  const withFile = async (/** @type {(file: File) => unknown} */ act) => {
    /** @type {Blob | null} */
    const image = await new Promise((resolve) => card.toBlob(resolve, "image/png"));
    if (image) await act(new File([image], fileName("png", new Date()), { type: "image/png" }));
  };
  part("save").onclick = () =>
    void withFile((file) => {
      saveFile(file.name, file);
      setText(part("told"), gettext("Saved."));
    });
  part("share").hidden = !navigator.canShare?.({ files: [new File([], "a.png", { type: "image/png" })] });
  part("share").onclick = () =>
    void withFile((file) => navigator.share({ files: [file], title: shown.title })).catch((error) => {
      if (error.name !== "AbortError")
        setText(part("told"), gettext("The browser did not allow it. Save the card instead."));
    });
  part("close").onclick = () => dialog.close();
  dialog.onclick = ({ target }) => target === dialog && dialog.close();
  dialog.showModal();
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Shown} shown
 */
function paintCard(canvas, { title, summary, trail }) {
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  const context = context2d(canvas);
  context.fillStyle = CARD;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  paintTitle(context, title);
  paintPlane(context);
  paintTrail(context, trail);
  if (summary.before) paintPoint(context, summary.before, false);
  if (summary.after) paintPoint(context, summary.after, true);
  const foot = PLANE.y + PLANE.height;
  write(context, changeText(summary), { x: PAD, y: foot + 74, size: 34, weight: 600, color: INK });
  write(context, lengthText(summary), { x: PAD, y: foot + 122, size: 28, weight: 400, color: SOFT });
  const brand = document.querySelector(".brand")?.textContent.trim() ?? "";
  context.textAlign = "right";
  write(context, brand, { x: WIDTH - PAD, y: foot + 122, size: 28, weight: 600, color: SOFT });
  context.textAlign = "left";
  return canvas;
}

/**
 * Day and time stand above, where the mood is going below.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {string} title
 */
function paintTitle(context, title) {
  const [day, time, ...mood] = title.split(", ");
  const way = mood.join(", ");
  const large = way ? way.charAt(0).toUpperCase() + way.slice(1) : day;
  const small = way ? `${day}, ${time}` : time;
  write(context, small, { x: PAD, y: 104, size: 30, weight: 600, color: ACCENT });
  write(context, large, { x: PAD, y: 180, size: 68, weight: 700, color: INK });
}

/** @param {CanvasRenderingContext2D} context */
function paintPlane(context) {
  const { x, y, width, height } = PLANE;
  context.save();
  context.beginPath();
  context.roundRect(x, y, width, height, 36);
  context.clip();
  for (const [color, right, down] of CORNERS) {
    const [atX, atY] = [x + right * width, y + down * height];
    const gradient = context.createRadialGradient(atX, atY, 0, atX, atY, 0.8 * width);
    gradient.addColorStop(0, `${color}5c`);
    gradient.addColorStop(1, `${color}00`);
    context.fillStyle = gradient;
    context.fillRect(x, y, width, height);
  }
  context.strokeStyle = LINE;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x + width / 2, y + 64);
  context.lineTo(x + width / 2, y + height - 64);
  context.moveTo(x + 30, y + height / 2);
  context.lineTo(x + width - 30, y + height / 2);
  context.stroke();
  context.restore();
  const word = { size: 25, weight: 400, color: SOFT };
  context.textAlign = "center";
  write(context, gettext("energetic"), { ...word, x: x + width / 2, y: y + 44 });
  write(context, gettext("calm"), { ...word, x: x + width / 2, y: y + height - 26 });
  context.textAlign = "right";
  write(context, gettext("bright"), { ...word, x: x + width - 26, y: y + height / 2 - 16 });
  context.textAlign = "left";
  write(context, gettext("sad, tense"), { ...word, x: x + 26, y: y + height / 2 - 16 });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Shown["trail"]} trail
 */
function paintTrail(context, trail) {
  context.strokeStyle = INK;
  context.globalAlpha = 0.4;
  context.lineWidth = 4;
  context.lineJoin = context.lineCap = "round";
  context.beginPath();
  for (const { point } of trail) context.lineTo(...at(point));
  context.stroke();
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point} point
 * @param {boolean} isFull Whether it is the mood now; the mood at the start is hollow.
 */
function paintPoint(context, point, isFull) {
  context.beginPath();
  context.arc(...at(point), 19, 0, 2 * Math.PI);
  context.fillStyle = isFull ? ACCENT : CARD;
  context.fill();
  context.lineWidth = 6;
  context.strokeStyle = isFull ? CARD : ACCENT;
  context.stroke();
}

/**
 * @param {Point} point
 * @returns {[number, number]}
 */
function at(point) {
  const { x, y } = toShare(point);
  return [PLANE.x + x * PLANE.width, PLANE.y + y * PLANE.height];
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {{x: number, y: number, size: number, weight: number, color: string}} style
 */
function write(context, text, { x, y, size, weight, color }) {
  context.font = `${weight} ${size}px ${FONT}`;
  context.fillStyle = color;
  context.fillText(text, x, y, WIDTH - 2 * PAD);
}
