/** Messages that pass, with a way back: `.toasts` in docs/reference/design.md. */

import { gettext } from "./i18n.js";

const STAY_MS = 8000;

/**
 * @typedef {object} Toast
 * @property {string} text
 * @property {() => void} [undo] Takes back what was just done; gives the message a button.
 *
 * @param {HTMLElement} region Of class `toasts`, with `role="status"`: its messages are read out.
 * @returns {{show: (toast: Toast) => void}} `show` replaces the last message.
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

/** Waits while the pointer or the focus is on the message: nobody has to hurry (WCAG 2.2.1). */
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

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

function button(text, act, label = text) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.setAttribute("aria-label", label);
  element.addEventListener("click", act);
  return element;
}
