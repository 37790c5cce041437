/** The grid of tiles: of many, only those near the window stand in the document, so that it scrolls smoothly. */

import { moveByKey, partOfGrid } from "./window.js";

const ALL_UP_TO = 60; // so few stand in the document whole, for the browser's own search in the page

/**
 * @typedef {object} Tile
 * @property {HTMLElement} element
 * @property {() => void} focus
 *
 * @param {HTMLElement} list
 * @param {object} parts
 * @param {(id: number) => Tile} parts.tileOf Makes a tile, or returns one that was made, as it should look now.
 * @param {(ids: number[]) => void} parts.onShown Called with the tiles in the document.
 */
export function createGrid(list, { tileOf, onShown }) {
  /** @type {number[]} */
  let ids = [];
  let isWhole = false; // while the page is printed
  let isAsked = false;
  /** @type {WeakMap<Element, number>} */
  const indexOf = new WeakMap();

  const layout = () => layoutOf(list, ids.length);

  function draw() {
    isAsked = false;
    if (!list.firstElementChild && ids.length) list.append(tileOf(ids[0]).element); // to be measured
    const isLong = ids.length > ALL_UP_TO && !isWhole;
    const part = isLong ? partOfGrid(layout()) : { first: 0, end: ids.length, before: 0, after: 0 };
    const shown = ids.slice(part.first, part.end);
    list.style.paddingTop = `${part.before}px`;
    list.style.paddingBottom = `${part.after}px`;
    const elements = shown.map((id) => tileOf(id).element);
    place(list, elements);
    elements.forEach((element, index) => {
      indexOf.set(element, part.first + index);
      element.setAttribute("aria-posinset", String(part.first + index + 1));
      element.setAttribute("aria-setsize", String(ids.length));
    });
    onShown(shown);
  }

  function drawSoon() {
    if (isAsked || ids.length <= ALL_UP_TO) return;
    isAsked = true;
    requestAnimationFrame(draw);
  }

  /** @param {boolean} whole */
  const drawWhole = (whole) => ((isWhole = whole), draw());

  addEventListener("scroll", drawSoon, { passive: true });
  addEventListener("resize", drawSoon);
  addEventListener("beforeprint", () => drawWhole(true));
  addEventListener("afterprint", () => drawWhole(false));
  list.addEventListener("keydown", (event) => {
    const item = /** @type {Element} */ (event.target).closest("li");
    const from = (item && indexOf.get(item)) ?? 0;
    const to = moveByKey(event.key, from, { num: ids.length, columns: layout().columns });
    if (to === null) return;
    event.preventDefault();
    focus(to);
  });

  /** @param {number} index */
  function focus(index) {
    const tile = tileOf(ids[index]);
    if (!tile.element.isConnected) {
      const { columns, rowHeight, top, height } = layout();
      scrollBy(0, Math.floor(index / columns) * rowHeight - top - height / 2);
      draw();
    }
    tile.focus();
  }

  return {
    /** @param {number[]} next Tiles in their order. */
    show(next) {
      ids = next;
      draw();
    },
    focus,
  };
}

/**
 * @param {HTMLElement} list
 * @param {number} num Number of tiles, in the document or not.
 * @returns {import("./window.js").Layout}
 */
function layoutOf(list, num) {
  const { gridTemplateColumns, rowGap } = getComputedStyle(list);
  const { top } = list.getBoundingClientRect();
  const tile = list.firstElementChild?.getBoundingClientRect();
  const rowHeight = tile ? tile.height + parseFloat(rowGap) : 1;
  return { num, columns: gridTemplateColumns.split(" ").length, rowHeight, top: -top, height: innerHeight };
}

/**
 * Makes the elements the children of the list. Only new ones move, because a moved element loses the focus.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement[]} elements
 */
function place(list, elements) {
  const wanted = new Set(elements);
  for (const child of /** @type {HTMLElement[]} */ ([...list.children]))
    if (!wanted.has(child)) child.remove();
  let at = list.firstElementChild;
  for (const element of elements) {
    if (element === at) at = at.nextElementSibling;
    else list.insertBefore(element, at);
  }
}
