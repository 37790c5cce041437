/** "This is my resting face": a button, a bar for three seconds, and what is in use, with its end. */

import { partOf, setText } from "../shared/dom.js";
import { gettext } from "../shared/i18n.js";
import { baselineFor, recallFace, rememberFace } from "../shared/resting_face.js";
import { adjective, percent } from "../shared/words.js";
import { createCapture, createSlowFace } from "./resting_capture.js";

const SLOW_MS = 10_000; // between two changes of the resting face

/**
 * @typedef {import("./resting_capture.js").Face & {confidence: number, absolute?: {confidence: number}}} Face
 * @typedef {import("../shared/resting_face.js").Probs} Probs
 * @typedef {import("../shared/resting_face.js").Stores} Stores
 *
 * @typedef {object} RestingParts
 * @property {Stores} stores
 * @property {import("../shared/toasts.js").Toasts} toasts
 * @property {() => number | null} strength What the visitor chose; null for the server's own.
 * @property {() => boolean} isSlow Whether it is followed slowly by itself.
 * @property {() => boolean} isOwn Whether the face in view can be the visitor's.
 * @property {() => void} send Sends what `baseline` gives.
 *
 * @param {HTMLElement} section
 * @param {RestingParts} parts
 */
export function createRestingPanel(section, { stores, toasts, strength, isSlow, isOwn, send }) {
  const view = createView(section);
  const known = createKnown(stores, { strength, isOwn, send });
  const slow = createSlowFace();
  /** @type {ReturnType<typeof createCapture> | null} */
  let capture = null;
  let slowAt = -Infinity;

  /** @param {Face} [face] */
  const show = (face) =>
    view.show({ canUse: known.canUse(), isUsed: known.baseline() !== null, isCapturing: !!capture, face });

  /** @param {() => void} undo */
  const undoing = (undo) => () => (undo(), show());

  /** @param {ReturnType<ReturnType<typeof createCapture>["result"]>} result */
  function finish(result) {
    capture = null;
    if ("failure" in result) return toasts.show({ text: failureText(result.failure) });
    slow.reset();
    const undo = undoing(known.use(result.probs, view.isKept()));
    toasts.show({ text: gettext("Readings are now compared with your resting face."), undo });
  }

  view.onSet(() => {
    capture = createCapture(performance.now());
    show();
  });
  view.onCancel(() => {
    capture = null;
    show();
  });
  view.onDelete(() => {
    const undo = undoing(known.forget());
    slow.reset();
    show();
    toasts.show({ text: gettext("Your resting face is deleted."), undo });
  });
  view.onKeep((isKept) => known.keep(isKept));
  view.showKept(known.isKept());

  return {
    baseline: known.baseline,
    /** @param {import("../camera/channel.js").Hello} said */
    takeHello(said) {
      known.takeHello(said);
      show();
    },
    /** The source of the picture has changed. */
    sync: () => (known.sync(), show()),
    /** The camera has stopped. */
    rest() {
      capture = null;
      show();
    },
    /**
     * @param {number} now Milliseconds.
     * @param {Face | undefined} face The followed face.
     */
    add(now, face) {
      if (capture) {
        const progress = capture.add(now, face);
        view.showProgress(progress);
        if (progress >= 1 || capture.isOver(now)) finish(capture.result());
      } else if (isSlow() && isOwn()) {
        const probs = slow.add(now, face);
        if (probs && now - slowAt >= SLOW_MS) {
          slowAt = now;
          known.use(probs, view.isKept());
        }
      }
      show(face);
    },
  };
}

/**
 * The resting face that is known, for the model of the server that is connected.
 *
 * @param {Stores} stores
 * @param {Pick<RestingParts, "strength" | "isOwn" | "send">} parts
 */
function createKnown(stores, { strength, isOwn, send }) {
  /** @type {import("../camera/channel.js").Hello | null} */
  let hello = null;
  /** @type {ReturnType<typeof baselineFor>} */
  let sent = null;

  const baseline = () => (isOwn() ? baselineFor(stores, hello) : null);

  function sync() {
    const now = baseline();
    if (JSON.stringify(now) === JSON.stringify(sent)) return;
    sent = now;
    send();
  }

  /**
   * @param {ReturnType<typeof recallFace>} next
   * @returns {() => void} Brings the last one back.
   */
  function put(next) {
    const before = recallFace(stores);
    rememberFace(stores, next?.face ?? null, next?.isKept ?? false);
    sync();
    return () => void put(before);
  }

  return {
    baseline,
    sync,
    canUse: () => Boolean(hello?.limits.baseline) && isOwn(),
    isKept: () => recallFace(stores)?.isKept ?? false,
    /** @param {boolean} isKept */
    keep(isKept) {
      const now = recallFace(stores);
      if (now) rememberFace(stores, now.face, isKept);
    },
    /**
     * @param {Probs} probs
     * @param {boolean} isKept
     */
    use(probs, isKept) {
      const read = strength() ?? hello?.settings.strength ?? null;
      return put(hello && { face: { model: hello.model.name, probs, strength: read }, isKept });
    },
    forget: () => put(null),
    /** @param {import("../camera/channel.js").Hello} said */
    takeHello(said) {
      hello = said;
      sent = null; // a new connection knows nothing
      sync();
    },
  };
}

/** @param {HTMLElement} section */
function createView(section) {
  const part = partOf(section);
  const progress = part("progress", HTMLProgressElement);
  const keep = part("keep", HTMLInputElement);

  /**
   * @param {string} name
   * @param {string} next Button that is there afterwards; the keyboard's focus moves to it.
   * @returns {(act: () => void) => void}
   */
  const onClick = (name, next) => (act) =>
    part(name).addEventListener("click", () => {
      act();
      part(next).focus({ preventScroll: true });
    });

  return {
    onSet: onClick("set", "cancel"),
    onCancel: onClick("cancel", "set"),
    onDelete: onClick("delete", "set"),
    /** @param {(isKept: boolean) => void} act */
    onKeep: (act) => keep.addEventListener("change", () => act(keep.checked)),
    isKept: () => keep.checked,
    /** @param {boolean} isKept */
    showKept: (isKept) => void (keep.checked = isKept),
    /** @param {number} share 0..1 */
    showProgress: (share) => void (progress.value = share),
    /** @param {{canUse: boolean, isUsed: boolean, isCapturing: boolean, face?: Face}} state */
    show({ canUse, isUsed, isCapturing, face }) {
      section.hidden = !canUse;
      if (!isCapturing) progress.value = 0;
      part("capturing").hidden = !isCapturing;
      part("set").hidden = isCapturing;
      for (const name of ["in-use", "delete", "keep-field"]) part(name).hidden = !isUsed || isCapturing;
      if (isUsed && face) setText(part("in-use"), usedText(face));
    },
  };
}

/** @param {Face} face */
function usedText(face) {
  if (!face.absolute) return gettext("Your resting face is for the largest face in view.");
  const label = face.absolute.state === "sure" ? adjective(face.absolute.label) : gettext("unsure");
  return gettext("Compared with your resting face. Without it: %(label)s, %(share)s.", {
    label,
    share: percent(face.absolute.confidence),
  });
}

/** @param {import("./resting_capture.js").Failure} failure */
function failureText(failure) {
  return failure === "smiling"
    ? gettext("That looked like a smile. Relax your face and try again.")
    : gettext("Your face was not in view for three seconds. Look at the camera and try again.");
}
