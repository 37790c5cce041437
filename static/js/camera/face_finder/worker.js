/**
 * Web Worker that finds and cuts faces. A classic worker, because LiteRT.js loads its runtime with `importScripts`,
 * which module workers lack.
 *
 * It answers each message in turn: `{id}` once the network is loaded, `{id, bitmap, size, question}` with the faces.
 */

/**
 * @typedef {object} Message
 * @property {number} id
 * @property {ImageBitmap} [bitmap]
 * @property {import("../../shared/geometry.js").Size} [size] Size at which the image is looked at.
 * @property {import("./finder.js").Question} [question]
 */

const loading = (async () => {
  const [{ createFinder }, { loadNetwork }] = await Promise.all([
    import("./finder.js"),
    import("./runtime.js"),
  ]);
  return createFinder(await loadNetwork());
})();
loading.catch(() => {}); // every message hears of it

/** @type {OffscreenCanvas | undefined} */
let canvas;

self.addEventListener("message", async ({ data }) => {
  const { id, bitmap, size, question } = /** @type {Message} */ (data);
  try {
    const finder = await loading;
    if (!bitmap || !size || !question) return answer({ id });
    const found = await finder.find(pixelsOf(bitmap, size), question);
    answer({ id, found }, [found.crops.buffer]);
  } catch (error) {
    answer({ id, problem: String(error) });
  } finally {
    bitmap?.close();
  }
});

/**
 * @param {unknown} message
 * @param {Transferable[]} [transfer]
 */
function answer(message, transfer = []) {
  self.postMessage(message, { transfer });
}

/**
 * @param {ImageBitmap} bitmap
 * @param {import("../../shared/geometry.js").Size} size
 * @returns {import("./pixels.js").Pixels}
 */
function pixelsOf(bitmap, { width, height }) {
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new Error("canvas: 2d");
  context.drawImage(bitmap, 0, 0, width, height);
  return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
}
