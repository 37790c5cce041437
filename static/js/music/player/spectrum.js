/** A small spectrum of the sound that plays; nothing is drawn while nothing plays, or where motion is unwelcome. */

import { fitCanvas } from "../../shared/dom.js";

const NUM_BANDS = 48;
const FRAME_MS = 66;
const FFT_SIZE = 2048;
const [LOWEST_HZ, HIGHEST_HZ] = [40, 12_000];
const FALL = 0.82; // of a bar's height that is left a frame later
const STILL = "(prefers-reduced-motion: reduce)";

/**
 * Sums up a spectrum in bands that are equally wide to the ear.
 *
 * @param {Uint8Array} bins Levels as of `getByteFrequencyData`, 0..255, from 0 Hz to half the sample rate.
 * @param {number} sampleRate
 * @param {number} [numBands]
 * @returns {number[]} Highest level of each band, 0..1.
 */
export function bandsOf(bins, sampleRate, numBands = NUM_BANDS) {
  const perBin = sampleRate / 2 / bins.length;
  const edge = (/** @type {number} */ band) => LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** (band / numBands);
  return Array.from({ length: numBands }, (_, band) => {
    const from = Math.min(bins.length - 1, Math.round(edge(band) / perBin));
    const to = Math.max(from + 1, Math.round(edge(band + 1) / perBin));
    return Math.max(...bins.subarray(from, to)) / 255;
  });
}

/**
 * @param {AudioContext | BaseAudioContext} context
 * @returns {AnalyserNode}
 */
export function createAnalyser(context) {
  const analyser = context.createAnalyser();
  analyser.fftSize = FFT_SIZE;
  return analyser;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {() => AnalyserNode | null} analyser Where the sound passes; null if this page does not make it.
 */
export function createSpectrum(canvas, analyser) {
  const still = globalThis.matchMedia(STILL);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  /** @type {number[]} */
  let levels = [];

  function draw() {
    const node = analyser();
    canvas.hidden = !node;
    if (!node || document.hidden) return;
    const bins = new Uint8Array(node.frequencyBinCount);
    node.getByteFrequencyData(bins);
    levels = bandsOf(bins, node.context.sampleRate).map((level, band) =>
      Math.max(level, FALL * (levels[band] ?? 0)),
    );
    paint(canvas, levels);
  }

  return {
    /** @param {boolean} isPlaying */
    update(isPlaying) {
      const isWanted = isPlaying && !still.matches;
      if (isWanted && timer === undefined) timer = setInterval(draw, FRAME_MS);
      if (isWanted || timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      levels = [];
      canvas.hidden = true;
    },
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} levels 0..1
 */
function paint(canvas, levels) {
  const { context, ...size } = fitCanvas(canvas);
  context.fillStyle = getComputedStyle(canvas).color;
  const step = size.width / levels.length;
  const width = Math.max(1, 0.6 * step);
  context.beginPath();
  levels.forEach((level, band) => {
    const height = Math.max(width, level ** 1.6 * size.height);
    context.roundRect(band * step, size.height - height, width, height + width, width / 2);
  });
  context.fill();
}
