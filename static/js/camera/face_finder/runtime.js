/** The network itself: LiteRT.js in this worker, one compiled model per input size. */

import { resizeModel } from "./resize_model.js";

const VENDOR = new URL("../../../vendor/litert/", import.meta.url).href;
const MODEL = "face_detection_short_range.tflite";
const NUM_OFFSETS = 16;

/**
 * @typedef {typeof import("@litertjs/core")} LiteRt
 *
 * @returns {Promise<import("./blazeface.js").Network>}
 */
export async function loadNetwork() {
  const [litert, model] = await Promise.all([loadLiteRt(), fetchBytes(MODEL)]);
  /** @type {Map<string, Promise<import("@litertjs/core").CompiledModel>>} */
  const compiled = new Map();

  /** @param {import("./blazeface.js").Size} size */
  function modelOf(size) {
    const key = `${size.width} x ${size.height}`;
    const known =
      compiled.get(key) ?? litert.loadAndCompile(resizeModel(model, size), { accelerator: "wasm" });
    compiled.set(key, known);
    return known;
  }

  return async (input, size) => {
    const tensor = new litert.Tensor(input, [1, size.height, size.width, 3]);
    const outputs = await (await modelOf(size)).run([tensor]);
    const values = outputs.map((output) => /** @type {Float32Array} */ (output.toTypedArray()));
    for (const used of [tensor, ...outputs]) used.delete();
    const [logits, offsets] = values.sort((a, b) => a.length - b.length);
    if (offsets.length !== NUM_OFFSETS * logits.length) throw new Error("model: outputs");
    return { logits, offsets };
  };
}

/** @returns {Promise<LiteRt>} */
async function loadLiteRt() {
  // LiteRT.js would ask for the graphics device, which a small network on the processor does not need.
  Object.defineProperty(navigator, "gpu", { value: undefined });
  Object.assign(self, {
    Module: {
      // A third as large on its way: the server says in a header that it is packed.
      locateFile: (/** @type {string} */ name) => `${VENDOR}${name}.gz`,
      printErr: console.debug, // it reports its start there, which is no error
    },
  });
  const litert = await import(`${VENDOR}litert.js`);
  await litert.loadLiteRt(VENDOR);
  return litert;
}

/** @param {string} name */
async function fetchBytes(name) {
  const answer = await fetch(VENDOR + name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}
