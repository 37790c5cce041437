/** The settings of the live page: a drawer whose fields show the visitor's choices and report each change. */

import { formatNumber, gettext } from "../shared/i18n.js";
import { strengthText } from "../shared/words.js";
import { DEFAULTS } from "./visitor_settings.js";

/**
 * @typedef {import("./visitor_settings.js").Choices} Choices
 * @typedef {HTMLInputElement | HTMLSelectElement} Field
 */

/** @type {Record<string, (value: number) => string>} */
const FORMATS = {
  smoothing_s: (value) => `${formatNumber(value, 2)} s`,
  min_confidence: (value) => `${formatNumber(100 * value)} %`,
  strength: strengthText,
};

/**
 * @param {HTMLDialogElement} dialog Its fields have the names of choices; `data-default` is the server's value where a
 *   visitor may leave the choice to it.
 * @param {object} parts
 * @param {HTMLElement} parts.opener
 * @param {(changed: Partial<Choices>) => void} parts.onChange
 * @param {() => void} parts.onReset
 */
export function createDrawer(dialog, { opener, onChange, onReset }) {
  /** @type {Field[]} */
  const fields = [...dialog.querySelectorAll(/** @type {"input"} */ ("[name]"))];
  opener.addEventListener("click", () => dialog.showModal());
  dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
  dialog.querySelector("[data-reset]")?.addEventListener("click", onReset);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the drawer
  });
  for (const field of fields) {
    field.addEventListener("input", () => {
      showOutput(field);
      onChange({ [field.name]: valueOf(field) });
    });
  }

  return {
    close: () => dialog.close(),
    /** @param {Choices} choices */
    show(choices) {
      for (const field of fields) showChoice(field, choices);
    },
    /**
     * @param {{id: string, name: string}[]} cameras
     * @param {string | null | undefined} current Id of the camera in use.
     */
    setCameras(cameras, current) {
      const select = fields.find(({ name }) => name === "camera");
      select?.replaceChildren(
        ...cameras.map(({ id, name }) => new Option(name || gettext("Camera"), id, false, id === current)),
      );
      if (select) select.disabled = cameras.length < 2;
    },
  };
}

/**
 * @param {Field} field
 * @returns {field is HTMLInputElement}
 */
function isCheckbox(field) {
  return field.type === "checkbox";
}

/**
 * @param {Field} field
 * @param {Choices} choices
 */
function showChoice(field, choices) {
  const choice = choices[/** @type {keyof Choices} */ (field.name)];
  if (isCheckbox(field)) field.checked = Boolean(choice ?? field.dataset.default === "true");
  else if (field.name !== "camera" || (field instanceof HTMLSelectElement && field.options.length))
    field.value = String(choice ?? field.dataset.default ?? "");
  showOutput(field);
}

/** @param {Field} field */
function valueOf(field) {
  if (isCheckbox(field)) return field.checked;
  const isNumber = typeof DEFAULTS[/** @type {keyof Choices} */ (field.name)] === "number";
  return isNumber || field.dataset.default !== undefined ? Number(field.value) : field.value;
}

/** @param {Field} field */
function showOutput(field) {
  const output = field.closest("label")?.querySelector("output");
  if (output) output.textContent = FORMATS[field.name](Number(field.value));
}
