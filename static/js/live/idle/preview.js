/**
 * The picture behind the invitation: a real face being read, in a loop of a few kilobytes that is fetched after the
 * first paint. Visitors who want less motion, or to save data, see it still.
 */

import { partOf, setText } from "../../shared/dom.js";
import { gettext } from "../../shared/i18n.js";
import { adjective, percent } from "../../shared/words.js";
import { loopReadingAt } from "./loop_readings.js";

const SAMPLES = new URL("../../../samples/", import.meta.url);
const STILL_S = 3;

/** @param {HTMLElement} preview */
export async function showPreview(preview) {
  const part = partOf(preview);
  const video = part("loop", HTMLVideoElement);
  video.poster = new URL("loop.webp", SAMPLES).href;
  const answer = await fetch(new URL("loop.json", SAMPLES));
  /** @type {import("./loop_readings.js").LoopReadings} */
  const loop = await answer.json();
  const draw = createDrawing(preview, loop);
  draw(STILL_S);
  preview.hidden = false;
  if (wantsStill()) return;
  const keepDrawing = () => {
    if (video.paused) return;
    draw(video.currentTime);
    requestAnimationFrame(keepDrawing);
  };
  video.addEventListener("play", keepDrawing);
  video.src = new URL("loop.webm", SAMPLES).href;
  createPlayback(video, preview);
}

function wantsStill() {
  const { connection } = /** @type {Navigator & {connection?: {saveData?: boolean}}} */ (navigator);
  return matchMedia("(prefers-reduced-motion: reduce)").matches || connection?.saveData === true;
}

/**
 * Plays while it is seen and not paused by the visitor: what moves by itself for more than five seconds must have a
 * button that stops it (WCAG 2.2.2).
 *
 * @param {HTMLVideoElement} video
 * @param {HTMLElement} preview
 */
function createPlayback(video, preview) {
  const button = partOf(/** @type {HTMLElement} */ (preview.parentElement))("pause");
  let isPaused = false;
  let isSeen = false;
  const update = () => {
    if (isSeen && !isPaused)
      video.play().catch(() => {}); // a browser that cannot play it keeps the still picture
    else video.pause();
    button.dataset.paused = String(isPaused);
    button.setAttribute("aria-label", isPaused ? gettext("Play the picture") : gettext("Pause the picture"));
  };
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    update();
  });
  video.addEventListener("playing", () => (button.hidden = false), { once: true });
  new IntersectionObserver(([entry]) => {
    isSeen = entry.isIntersecting;
    update();
  }).observe(preview);
}

/**
 * @param {HTMLElement} preview
 * @param {import("./loop_readings.js").LoopReadings} loop
 */
function createDrawing(preview, loop) {
  const part = partOf(preview);
  const [box, label] = [part("box"), part("label")];
  const fills = loop.labels.map((name) => addBar(part("bars"), name));
  /** @param {number} t Seconds since the loop's beginning. */
  return (t) => {
    const { box: place, shares, top } = loopReadingAt(loop, t);
    ["left", "top", "width", "height"].forEach((side, index) => {
      box.style.setProperty(side, `${100 * place[index]}%`);
    });
    preview.dataset.label = loop.labels[top];
    setText(label, `${adjective(loop.labels[top])} ${percent(Math.min(shares[top], 0.99))}`);
    fills.forEach((fill, index) => (fill.style.transform = `scaleX(${shares[index]})`));
  };
}

/**
 * @param {HTMLElement} bars
 * @param {string} label
 */
function addBar(bars, label) {
  const [row, name, track, fill] = ["p", "span", "span", "span"].map((tag) => document.createElement(tag));
  row.dataset.label = label;
  name.textContent = adjective(label);
  track.className = "track";
  track.append(fill);
  row.append(name, track);
  bars.append(row);
  return fill;
}
