/** A photo with the boxes of its faces, and the heat that says why. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {HTMLElement} frame
 * @param {{result: object, chosen: number, heat: object | null}} shown
 */
export function drawFaces(frame, { result, chosen, heat }) {
  const { width, height } = result;
  const layer = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  if (heat) layer.append(heatImage(heat, width, height));
  result.faces.forEach(({ box: [x, y, w, h] }, at) => {
    const place = { x: x * width, y: y * height, width: w * width, height: h * height };
    layer.append(
      svg("rect", { ...place, rx: Math.max(width, height) * 0.006, class: at === chosen ? "chosen" : "" }),
    );
  });
  frame.querySelector("svg")?.remove();
  frame.append(layer);
}

/** The frame takes the photo's shape, so that shares of the photo are shares of the frame. */
export function fit(frame, width, height) {
  frame.style.aspectRatio = `${width} / ${height}`;
  frame.dataset.wide = String(width / height >= 4 / 3);
}

function heatImage({ heat, corners }, width, height) {
  const [[x0, y0], [x1, y1], , [x3, y3]] = corners.map(([x, y]) => [x * width, y * height]);
  const transform = `matrix(${[x1 - x0, y1 - y0, x3 - x0, y3 - y0, x0, y0].join(" ")})`;
  return svg("image", {
    href: asPicture(heat),
    width: 1,
    height: 1,
    preserveAspectRatio: "none",
    transform,
    class: "heat",
  });
}

/** Warm where something speaks for the label, clear where nothing does. */
function asPicture(rows) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [rows[0].length, rows.length];
  const context = canvas.getContext("2d");
  rows.forEach((row, y) =>
    row.forEach((share, x) => {
      context.fillStyle = `rgb(255 ${Math.round(210 - 150 * share)} 40 / ${Math.round(75 * share)}%)`;
      context.fillRect(x, y, 1, 1);
    }),
  );
  return canvas.toDataURL();
}

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
