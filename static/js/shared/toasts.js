/** Messages that pass, with an undo: `.toasts` in docs/reference/design.md. */

import { gettext } from "./i18n.js";

const STAY_MS = 8000;

/**
 * @typedef {object} Toast
 * @property {string} text
 * @property {() => void} [undo] Reverts what was just done; the message gets a button for it.
 *
 * @typedef {object} Toasts
 * @property {(toast: Toast) => void} show Replaces the last message.
 *
 * @param {HTMLElement} region Element of class `toasts` with `role="status"`: screen readers read its messages out.
 * @returns {Toasts}
 */
export function createToasts(region) {
  let end = () => {};

  /** @param {Toast} toast */
  function show({ text, undo }) {
    end();
    const element = document.createElement("div");
    element.className = "toast";
    element.append(paragraph(text), ...(undo ? [button(gettext("Undo"), () => (end(), undo()))] : []));
    element.append(button("×", () => end(), gettext("Close")));
    region.append(element);
    const stopWatching = leaveAfter(element, STAY_MS, () => end());
    end = () => {
      end = () => {};
      stopWatching();
      element.remove();
    };
  }

  return { show };
}

/**
 * Waits while the pointer or the focus is on the message: nobody has to hurry (WCAG 2.2.1).
 *
 * @param {HTMLElement} element
 * @param {number} delayMs
 * @param {() => void} leave
 * @returns {() => void} Ends the wait without leaving.
 */
function leaveAfter(element, delayMs, leave) {
  let timer = setTimeout(leave, delayMs);
  const hold = () => clearTimeout(timer);
  const goOn = () => {
    hold();
    timer = setTimeout(leave, delayMs);
  };
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, goOn);
  return hold;
}

/** @param {string} text */
function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

/**
 * @param {string} text
 * @param {() => void} act
 * @param {string} [label] Accessible name.
 */
function button(text, act, label = text) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.setAttribute("aria-label", label);
  element.addEventListener("click", act);
  return element;
}
