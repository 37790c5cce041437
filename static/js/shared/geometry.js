/** Where things lie on the overlay. Pure. */

/**
 * Turns a server box into overlay pixels.
 *
 * @param {[number, number, number, number]} box x, y, w, h as shares of the picture, 0..1, unmirrored.
 * @param {{width: number, height: number}} canvas In pixels.
 * @param {boolean} mirrored Whether the visitor sees the picture mirrored.
 * @returns {{x: number, y: number, w: number, h: number}}
 */
export function toOverlay([x, y, w, h], canvas, mirrored) {
  const left = mirrored ? 1 - x - w : x;
  return { x: left * canvas.width, y: y * canvas.height, w: w * canvas.width, h: h * canvas.height };
}

/**
 * Places a label above its box, or inside at the top where there is no room, never outside the canvas.
 *
 * @param {{x: number, y: number, w: number, h: number}} box
 * @param {{width: number, height: number}} text
 * @param {{width: number, height: number}} canvas
 * @returns {{x: number, y: number}} Top left corner of the text's background.
 */
export function placeLabel(box, text, canvas) {
  const above = box.y - text.height;
  return {
    x: Math.min(Math.max(box.x, 0), Math.max(canvas.width - text.width, 0)),
    y: above >= 0 ? above : Math.min(box.y, canvas.height - text.height),
  };
}

/**
 * The size at which a camera frame is sent.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} longest Longest side in pixels; a smaller frame stays as it is.
 */
export function fitWithin(width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/**
 * The transform that shows a square of a picture upright in the middle of a square canvas.
 *
 * @param {[number, number][]} corners Upper left, upper right, lower right, lower left, as shares of the picture.
 * @param {{width: number, height: number}} picture In pixels.
 * @param {{side: number, margin: number}} canvas Its side, and how much of it is left around the square, in pixels.
 * @returns {[number, number, number, number, number, number]} For `setTransform`: picture pixels to canvas pixels.
 */
export function squareToCanvas(corners, picture, { side, margin }) {
  const [[x0, y0], [x1, y1], , [x3, y3]] = corners.map(([x, y]) => [x * picture.width, y * picture.height]);
  const [ax, ay, bx, by] = [x1 - x0, y1 - y0, x3 - x0, y3 - y0]; // the square's own axes
  const scale = (side - 2 * margin) / (ax * by - bx * ay);
  const [a, b, c, d] = [by * scale, -ay * scale, -bx * scale, ax * scale];
  return [a, b, c, d, margin - a * x0 - c * y0, margin - b * x0 - d * y0];
}
