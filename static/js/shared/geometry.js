/** Positions and sizes in images and on canvases. Pure. */

/**
 * @typedef {{width: number, height: number}} Size In pixels, or in another unit that the function names.
 * @typedef {{x: number, y: number, w: number, h: number}} Rectangle Upper left corner and size, in its canvas's unit.
 */

/**
 * Converts a box of the server to pixels of the overlay.
 *
 * @param {number[]} box x, y, w, h as shares of the image, 0..1, unmirrored.
 * @param {Size} canvas
 * @param {boolean} mirrored Whether the visitor sees the image mirrored.
 * @returns {Rectangle}
 */
export function toOverlay([x, y, w, h], canvas, mirrored) {
  const left = mirrored ? 1 - x - w : x;
  return { x: left * canvas.width, y: y * canvas.height, w: w * canvas.width, h: h * canvas.height };
}

/**
 * Places a label above its box, or inside at the top where there is no room, never outside the canvas.
 *
 * @param {Rectangle} box
 * @param {Size} text
 * @param {Size} canvas
 * @param {Size} taken What buttons take of the canvas's upper right corner; a label goes to the left of them.
 * @returns {{x: number, y: number}} Upper left corner of the text's background.
 */
export function placeLabel(box, text, canvas, taken) {
  const above = box.y - text.height;
  const y = above >= 0 ? above : Math.min(box.y, canvas.height - text.height);
  const right = canvas.width - (y < taken.height ? taken.width : 0);
  return { x: Math.min(Math.max(box.x, 0), Math.max(right - text.width, 0)), y };
}

/**
 * Computes the size at which a camera frame is sent.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} longest Longest side in pixels; a smaller frame keeps its size.
 * @returns {Size}
 */
export function fitWithin(width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
