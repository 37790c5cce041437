/** The snapshot: a card of one moment, to save, copy or share. Loaded at the first one; nothing of it is sent. */

import { colorOnPicture } from "../shared/colors.js";
import { context2d, partOf, setText } from "../shared/dom.js";
import { gettext, language, ngettext } from "../shared/i18n.js";
import { fileName, saveFile } from "../shared/storage.js";
import { readingOf } from "../shared/words.js";
import { ribbonsOf } from "./history.js";
import { paintMoment } from "./overlay.js";
import { paintRibbons, heightOf } from "./ribbon.js";

const MIN_WIDTH = 480;
const [MIN_SECONDS, MAX_SECONDS] = [5, 60];
const PAD = 24;
const [PAPER, INK, SOFT, LINE] = ["#f7f5f1", "#1d2129", "#565c68", "#ddd8cf"];

/**
 * @typedef {object} Moment
 * @property {HTMLCanvasElement} image Camera frame, unmirrored.
 * @property {import("../camera/live_feed.js").SlottedFace[]} faces The followed face comes first.
 * @property {boolean} mirrored
 * @property {import("./history.js").Sample[]} samples
 *
 * @param {HTMLDialogElement} dialog
 * @param {Moment} moment
 */
export async function showSnapshot(dialog, moment) {
  const part = partOf(dialog);
  const date = new Date();
  const card = paintCard(part("card", HTMLCanvasElement), moment, date);
  /** @type {Blob | null} */
  const image = await new Promise((resolve) => card.toBlob(resolve, "image/png"));
  if (!image) return;
  const file = new File([image], fileName("png", date), { type: "image/png" });
  const share = { files: [file], title: document.title };
  setText(part("told"), "");
  part("copy").hidden = !("ClipboardItem" in window);
  part("share").hidden = !navigator.canShare?.(share);
  part("save").onclick = () => {
    saveFile(file.name, file);
    setText(part("told"), gettext("Saved."));
  };
  part("copy").onclick = () =>
    navigator.clipboard.write([new ClipboardItem({ "image/png": image })]).then(
      () => setText(part("told"), gettext("Copied.")),
      () => setText(part("told"), gettext("The browser did not allow it. Save the card instead.")),
    );
  part("share").onclick = () =>
    navigator.share(share).catch((error) => {
      if (error.name !== "AbortError")
        setText(part("told"), gettext("The browser did not allow it. Save the card instead."));
    });
  part("close").onclick = () => dialog.close();
  dialog.onclick = ({ target }) => target === dialog && dialog.close();
  dialog.onclose = () => Object.assign(card, { width: 1, height: 1 }); // the image goes
  dialog.showModal();
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Moment} moment
 * @param {Date} date
 */
function paintCard(canvas, { image, faces, mirrored, samples }, date) {
  const width = Math.max(image.width, MIN_WIDTH);
  const size = { width, height: Math.round((image.height * width) / image.width) };
  const end = samples.at(-1)?.at ?? 0;
  const seconds = Math.min(
    Math.max(Math.ceil((end - (samples[0]?.at ?? 0)) / 1000), MIN_SECONDS),
    MAX_SECONDS,
  );
  const windowMs = 1000 * seconds;
  const ribbons = ribbonsOf(samples, windowMs);
  const ribbonsHeight = heightOf(ribbons.length);
  const tops = { label: size.height + PAD, ribbon: size.height + PAD + 78 };
  Object.assign(canvas, { width, height: tops.ribbon + ribbonsHeight + 22 + PAD + 30 });
  const context = context2d(canvas);
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  paintMoment(context, { image, faces, mirrored, size });
  paintWords(context, { face: faces[0], date, width, top: tops.label });
  const style = { color: colorOnPicture, ground: LINE, ink: SOFT };
  paintRibbons(context, ribbons, { x: PAD, y: tops.ribbon, width: width - 2 * PAD, style });
  write(context, spanText(seconds), {
    x: PAD,
    y: tops.ribbon + ribbonsHeight + 16,
    font: "13px system-ui, sans-serif",
    color: SOFT,
  });
  const foot = canvas.height - PAD;
  write(context, gettext("Read by a program, not a feeling."), {
    x: PAD,
    y: foot,
    font: "italic 15px system-ui, sans-serif",
    color: INK,
  });
  const brand = document.querySelector(".brand")?.textContent.trim() ?? "";
  context.textAlign = "right";
  write(context, brand, { x: width - PAD, y: foot, font: "600 15px system-ui, sans-serif", color: SOFT });
  context.textAlign = "left";
  return canvas;
}

/** @param {number} seconds */
function spanText(seconds) {
  if (seconds === MAX_SECONDS) return gettext("the last minute");
  return ngettext("the last %(num)s second", "the last %(num)s seconds", seconds);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{face: Moment["faces"][number] | undefined, date: Date, width: number, top: number}} words
 */
function paintWords(context, { face, date, width, top }) {
  const { label, detail, state } = readingOf(face);
  const title = state === "none" ? gettext("no face in view") : label;
  const large = title.charAt(0).toUpperCase() + title.slice(1);
  write(context, large, { x: PAD, y: top + 30, font: "680 34px system-ui, sans-serif", color: INK });
  write(context, state === "none" ? "" : detail, {
    x: PAD,
    y: top + 56,
    font: "16px system-ui, sans-serif",
    color: SOFT,
  });
  const when = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(date);
  context.textAlign = "right";
  write(context, when, { x: width - PAD, y: top + 28, font: "15px system-ui, sans-serif", color: SOFT });
  context.textAlign = "left";
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {{x: number, y: number, font: string, color: string}} place `y` is the text's base line.
 */
function write(context, text, { x, y, font, color }) {
  context.font = font;
  context.fillStyle = color;
  context.textBaseline = "alphabetic";
  context.fillText(text, x, y);
}
