/** The pictures of tests/support/face_vectors.py, and what the server computes from them. */

import { readFileSync } from "node:fs";

export const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8"));

/** The picture of the vectors, with a byte of opacity as a canvas has it; `divisor` makes it darker. */
export function picture({ width = 120, height = 90, divisor = 1 } = {}) {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, at = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, at += 4)
      for (let c = 0; c < 4; c += 1) {
        const value = (5 * x + 3 * y + 60 * c + Math.floor((x * y) / (7 + c))) % 256;
        data[at + c] = c === 3 ? 255 : Math.floor(value / divisor);
      }
  return { data, width, height, channels: 4 };
}

/** Largest difference of two lists of bytes, the second in Base64; the share of bytes that differ at all. */
export function differences(found, text) {
  const expected = Buffer.from(text, "base64");
  if (found.length !== expected.length)
    throw new Error(`${found.length} bytes instead of ${expected.length}`);
  const gaps = [...found].map((value, index) => Math.abs(value - expected[index]));
  return { largest: Math.max(...gaps), share: gaps.filter((gap) => gap > 0).length / gaps.length };
}
