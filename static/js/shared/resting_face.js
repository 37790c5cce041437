/**
 * The visitor's resting face: numbers that stay in this browser, for this tab or, if wanted, for longer. The pages with
 * a camera send it to the server, which reads the face relative to it and keeps it only while the connection lasts.
 */

import { readStored, writeStored } from "./storage.js";

export const KEY = "countenance.resting-face";
const MAX_ROUNDING = 0.01;

/**
 * @typedef {import("./storage.js").Store & Pick<Storage, "removeItem">} Store
 *
 * @typedef {Record<string, number>} Probs Probability of each label, together 1.
 *
 * @typedef {object} RestingFace Mean answer of a model to the visitor's face at rest.
 * @property {string} model Its name.
 * @property {Probs} probs
 * @property {number | null} strength How common expressions were taken to be then; null where that is not known.
 *
 * @typedef {{baseline: Probs, baseline_strength: number | null}} Baseline The same as a part of a server's settings.
 *
 * @typedef {object} Stores
 * @property {Store | null} tab Lasts as long as the tab.
 * @property {Store | null} browser Lasts until it is deleted.
 */

/** @returns {Stores} This browser's stores; null where a visitor or a policy forbids them. */
export function restingStores() {
  /** @param {() => Storage} find */
  const store = (find) => {
    try {
      return find();
    } catch {
      return null; // the mere access throws where site data is blocked
    }
  };
  return { tab: store(() => sessionStorage), browser: store(() => localStorage) };
}

/**
 * @param {Stores} stores
 * @returns {{face: RestingFace, isKept: boolean} | null} The resting face, and whether it outlasts the tab.
 */
export function recallFace({ tab, browser }) {
  for (const [store, isKept] of /** @type {const} */ ([
    [browser, true],
    [tab, false],
  ])) {
    const face = readFace(readStored(store, KEY));
    if (face) return { face, isKept };
  }
  return null;
}

/**
 * @param {Stores} stores
 * @param {RestingFace | null} face Null deletes it everywhere.
 * @param {boolean} isKept Whether it is to outlast the tab.
 */
export function rememberFace({ tab, browser }, face, isKept) {
  for (const store of [tab, browser]) store?.removeItem(KEY);
  if (face) writeStored(isKept ? browser : tab, KEY, face);
}

/**
 * @param {unknown} value Value that an earlier page left.
 * @returns {RestingFace | null} It, if a server would accept it.
 */
export function readFace(value) {
  const { model, probs, strength } = /** @type {{model?: unknown, probs?: unknown, strength?: unknown}} */ (
    value ?? {}
  );
  if (typeof model !== "string" || typeof probs !== "object" || probs === null) return null;
  const shares = Object.values(probs);
  const isGood = shares.every((one) => typeof one === "number" && one >= 0 && one <= 1);
  const total = shares.reduce((sum, one) => sum + one, 0);
  return isGood && Math.abs(total - 1) <= MAX_ROUNDING
    ? {
        model,
        probs: /** @type {Probs} */ (probs),
        strength: typeof strength === "number" && strength >= 0 && strength <= 1 ? strength : null,
      }
    : null;
}

/**
 * What is sent to a server on connecting.
 *
 * @param {Stores} stores
 * @param {{model: {name: string}, limits: {baseline?: boolean}} | null} hello What the server said of itself.
 * @returns {Baseline | null} Null without a resting face, or for a model that it is not of.
 */
export function baselineFor(stores, hello) {
  const face = recallFace(stores)?.face;
  if (!face || !hello?.limits.baseline || face.model !== hello.model.name) return null;
  return { baseline: face.probs, baseline_strength: face.strength };
}
