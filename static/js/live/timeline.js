/**
 * The last minutes: as ribbons, one per face, or as lines, one per expression of the followed face. The plotting
 * library is loaded once lines are asked for.
 */

import { setText, tokensOf } from "../shared/dom.js";
import { formatNumber } from "../shared/i18n.js";
import { columnsOf } from "./history.js";
import { drawRibbons } from "./ribbon.js";

const WINDOWS_S = [30, 60, 120, 180]; // the shortest that holds the session, at most the last three minutes
const HEIGHT = 150;
const REDRAW_MS = 500;
const RETRY_MS = 10_000;

/** @typedef {import("./history.js").Sample} Sample */

/**
 * @param {object} elements
 * @param {HTMLCanvasElement} elements.ribbons
 * @param {HTMLElement} elements.lines Its `data-script` and `data-style` are the addresses of uPlot.
 * @param {HTMLElement} elements.start Names the start of the shown time.
 * @param {string[]} labels
 * @returns {{update: (samples: Sample[], now: number) => void, showLines: (shown: boolean) => void}} Both may be called
 *   at any time.
 */
export function createTimeline({ ribbons, lines, start }, labels) {
  let isLines = false;
  let drawnAt = -Infinity;
  /** @type {Sample[]} */
  let latest = [];
  const plot = createPlot(lines, labels);

  /** @param {number} now */
  function draw(now) {
    drawnAt = now;
    if (isLines) return plot.draw(latest, now);
    const seconds = windowOf(latest);
    drawRibbons(ribbons, latest, 1000 * seconds);
    setText(start, minutes(-seconds));
  }

  new ResizeObserver(() => latest.length > 0 && draw(drawnAt)).observe(ribbons);
  return {
    showLines(shown) {
      isLines = shown;
      [ribbons.parentElement ?? ribbons, lines][shown ? 0 : 1].hidden = true;
      [ribbons.parentElement ?? ribbons, lines][shown ? 1 : 0].hidden = false;
      if (latest.length) draw(performance.now());
    },
    update(samples, now) {
      if (now - drawnAt < REDRAW_MS || samples.length === 0) return;
      latest = samples;
      draw(now);
    },
  };
}

/**
 * @param {HTMLElement} element
 * @param {string[]} labels
 */
function createPlot(element, labels) {
  /** @type {import("uplot") | null} */
  let plot = null;
  /** @type {Promise<void> | null} */
  let library = null;
  let askedAt = -Infinity;
  /** @type {Sample[]} */
  let latest = [];

  async function load() {
    const { script = "", style = "" } = element.dataset;
    await Promise.all([addStyle(style), addScript(script)]);
    rebuild();
    new ResizeObserver(() => plot?.setSize(sizeOf(element))).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", rebuild);
  }

  function rebuild() {
    plot?.destroy();
    plot = new window.uPlot(
      optionsFor(element, labels, () => windowOf(latest)),
      columnsOf(latest, labels, 1000 * windowOf(latest)),
      element,
    );
  }

  return {
    /**
     * @param {Sample[]} samples
     * @param {number} now
     */
    draw(samples, now) {
      latest = samples;
      if (!library && now - askedAt >= RETRY_MS) {
        askedAt = now;
        library = load().catch((error) => {
          library = null; // a later reading tries again
          console.warn(error);
        });
      }
      plot?.setData(columnsOf(samples, labels, 1000 * windowOf(samples)));
    },
  };
}

/**
 * @param {Pick<Sample, "at">[]} samples
 * @returns {number} Seconds to plot.
 */
export function windowOf(samples) {
  const seconds = samples.length ? (samples[samples.length - 1].at - samples[0].at) / 1000 : 0;
  return WINDOWS_S.find((window) => window >= seconds) ?? WINDOWS_S[WINDOWS_S.length - 1];
}

/**
 * @param {HTMLElement} element
 * @param {string[]} labels
 * @param {() => number} window Seconds to plot, as they are now.
 * @returns {import("uplot").Options}
 */
function optionsFor(element, labels, window) {
  const token = tokensOf(element);
  const axis = {
    stroke: token("ink-soft"),
    grid: { stroke: token("line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: { x: { time: false, range: () => [-window(), 0] }, y: { range: [0, 1] } },
    axes: [
      {
        ...axis,
        size: 26,
        values: (_, seconds) => seconds.map(minutes),
        splits: () => [1, 2 / 3, 1 / 3, 0].map((part) => -Math.round(part * window())),
      },
      {
        ...axis,
        size: 52,
        values: (_, shares) => shares.map((share) => `${formatNumber(100 * share)} %`),
        splits: () => [0, 0.5, 1],
      },
    ],
    series: [{}, ...labels.map((label) => ({ stroke: token(label), width: 2, points: { show: false } }))],
  };
}

/** @param {HTMLElement} element */
const sizeOf = (element) => ({ width: Math.max(element.clientWidth, 200), height: HEIGHT });

/** @param {number} seconds Seconds before now, not positive. */
function minutes(seconds) {
  const past = Math.abs(seconds);
  return `${past ? "−" : ""}${Math.floor(past / 60)}:${String(past % 60).padStart(2, "0")}`;
}

/** @param {string} src */
function addScript(src) {
  return added(Object.assign(document.createElement("script"), { src }), src);
}

/** @param {string} href */
function addStyle(href) {
  return added(Object.assign(document.createElement("link"), { rel: "stylesheet", href }), href);
}

/**
 * Adds an element to the page's head and waits until it is loaded.
 *
 * @param {HTMLElement} element
 * @param {string} address
 */
function added(element, address) {
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => {
      element.remove();
      reject(new Error(address));
    });
    document.head.append(element);
  });
}
