/** The last minutes as lines, one per expression. The plotting library comes only when there is something to plot. */

import { columnsOf } from "./history.js";
import { formatNumber } from "../shared/i18n.js";

const WINDOWS_S = [30, 60, 120, 180]; // the shortest that holds the session, at most the last three minutes
const HEIGHT = 150;
const REDRAW_MS = 500;

/**
 * @param {HTMLElement} element Names in `data-script` and `data-style` where uPlot is.
 * @param {string[]} labels
 * @returns {{update: (samples: import("./history.js").Sample[], now: number) => void}} `update` may be called at any time.
 */
export function createTimeline(element, labels) {
  let plot = null;
  let library = null;
  let drawnAt = -Infinity;
  let latest = [];

  async function load() {
    const { script, style } = element.dataset;
    await Promise.all([addStyle(style), addScript(script)]);
    rebuild();
    new ResizeObserver(() => plot.setSize(sizeOf(element))).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", rebuild);
  }

  function rebuild() {
    plot?.destroy();
    plot = new globalThis.uPlot(
      optionsFor(element, labels, () => windowOf(latest)),
      columnsOf(latest, labels, 1000 * windowOf(latest)),
      element,
    );
  }

  return {
    update(samples, now) {
      if (now - drawnAt < REDRAW_MS || samples.length === 0) return;
      drawnAt = now;
      latest = samples;
      library ??= load().catch((error) => {
        library = null; // a later reading tries again
        drawnAt = now + 10_000;
        console.warn(error);
      });
      plot?.setData(columnsOf(samples, labels, 1000 * windowOf(samples)));
    },
  };
}

/** @param {import("./history.js").Sample[]} samples @returns {number} Seconds. */
export function windowOf(samples) {
  const seconds = samples.length ? (samples.at(-1).at - samples[0].at) / 1000 : 0;
  return WINDOWS_S.find((window) => window >= seconds) ?? WINDOWS_S.at(-1);
}

function optionsFor(element, labels, window) {
  const style = getComputedStyle(element);
  const token = (name) => style.getPropertyValue(`--${name}`).trim();
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
    select: { show: false },
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

const sizeOf = (element) => ({ width: Math.max(element.clientWidth, 200), height: HEIGHT });

/** @param {number} seconds Not positive. */
function minutes(seconds) {
  const past = Math.abs(seconds);
  return `${past ? "−" : ""}${Math.floor(past / 60)}:${String(past % 60).padStart(2, "0")}`;
}

function addScript(src) {
  return settled(Object.assign(document.createElement("script"), { src }));
}

function addStyle(href) {
  return settled(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

function settled(element) {
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => {
      element.remove();
      reject(new Error(element.src || element.href));
    });
    document.head.append(element);
  });
}
