/** The page's side of the worker that finds faces. */

/**
 * @typedef {import("./finder.js").FoundFaces} FoundFaces
 *
 * @typedef {object} FaceFinder
 * @property {() => Promise<void>} prepare Loads the network; rejects if it cannot be loaded here.
 * @property {(bitmap: ImageBitmap, size: import("../../shared/geometry.js").Size,
 *   question: import("./finder.js").Question) => Promise<FoundFaces>} find Looks at an image, which is handed over.
 *
 * @typedef {Pick<Worker, "postMessage" | "addEventListener">} FinderWorker
 *
 * @param {() => FinderWorker} [open]
 * @returns {FaceFinder}
 */
export function createFaceFinder(open = openWorker) {
  /** @type {FinderWorker | null} */
  let worker = null;
  /** @type {Promise<void> | null} */
  let prepared = null;
  let lastId = 0;
  /** @type {Map<number, {resolve: (found: any) => void, reject: (error: Error) => void}>} */
  const waiting = new Map();

  /** @param {string} message */
  function failAll(message) {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
  }

  function openOnce() {
    if (worker) return worker;
    worker = open();
    worker.addEventListener("message", (event) => {
      const { id, found, problem } = /** @type {MessageEvent} */ (event).data;
      const asked = waiting.get(id);
      waiting.delete(id);
      if (problem) asked?.reject(new Error(problem));
      else asked?.resolve(found);
    });
    worker.addEventListener("error", () => failAll("worker: broken"));
    return worker;
  }

  /**
   * @param {object} message
   * @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  function ask(message, transfer = []) {
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      openOnce().postMessage({ id, ...message }, transfer);
    });
  }

  return {
    prepare: () => (prepared ??= ask({})),
    find: (bitmap, size, question) => ask({ bitmap, size, question }, [bitmap]),
  };
}

function openWorker() {
  return new Worker(new URL("worker.js", import.meta.url));
}
