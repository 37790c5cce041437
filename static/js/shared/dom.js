/** The page's elements: looked up once, written only where something changed. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Writes a text unless it stands there already, so that screen readers stay quiet.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id
 * @param {new () => E} [kind] Class that the element must have, such as `HTMLSelectElement`.
 * @returns {E}
 * @throws {Error} If the page has no such element.
 */
export function byId(id, kind) {
  return checked(document.getElementById(id), `#${id}`, kind);
}

/**
 * @param {ParentNode} root
 * @returns {<E extends HTMLElement = HTMLElement>(name: string, kind?: new () => E) => E} The look-up of the elements
 *   inside `root` by their `data-part`; it throws an Error for a part that is missing.
 */
export function partOf(root) {
  return (name, kind) => {
    const selector = `[data-part="${name}"]`;
    return checked(root.querySelector(selector), selector, kind);
  };
}

/**
 * @template {HTMLElement} E
 * @param {Element | null} element
 * @param {string} selector
 * @param {(new () => E) | undefined} kind
 */
function checked(element, selector, kind) {
  if (!element) throw new Error(`missing: ${selector}`);
  if (kind && !(element instanceof kind)) throw new Error(`not ${kind.name}: ${selector}`);
  return /** @type {E} */ (element);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function context2d(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("canvas: 2d");
  return context;
}

/**
 * Empties a canvas and gives it as many pixels as the screen has in its place.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {{context: CanvasRenderingContext2D, width: number, height: number}} Its context and size in CSS pixels.
 */
export function fitCanvas(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  const context = context2d(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/**
 * @param {Element} element
 * @returns {(name: string) => string} The values of design tokens, in the visitor's colour scheme.
 */
export function tokensOf(element) {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
export function svgElement(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
