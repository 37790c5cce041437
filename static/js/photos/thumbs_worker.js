/** Shrinks photos beside the page: decoding and scaling large ones would make its scrolling stumble. */

const SIDE = 300; // shorter side in pixels: a tile at two pixels per point
const TYPE = "image/jpeg";

addEventListener("message", async ({ data: { file } }) => {
  postMessage({ thumb: await shrink(file) });
});

/**
 * @param {Blob} file
 * @returns {Promise<Blob | null>} Null for what this browser cannot decode.
 */
async function shrink(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.min(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(bitmap.height * scale));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    if (!context) return null;
    context.fillStyle = "#fff"; // behind what is transparent
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    return await canvas.convertToBlob({ type: TYPE, quality: 0.85 });
  } catch {
    return null;
  }
}
