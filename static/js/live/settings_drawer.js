/** The settings of the live page: a drawer whose fields show the visitor's choices and tell of each change. */

import { DEFAULTS } from "./visitor_settings.js";
import { formatNumber, gettext } from "../shared/i18n.js";

const FORMATS = {
  smoothing_s: (value) => `${formatNumber(value, 2)} s`,
  min_confidence: (value) => `${formatNumber(100 * value)} %`,
};

/**
 * @param {HTMLDialogElement} dialog Its fields have the names of choices; sliders and selects the server's value as `data-default`.
 * @param {object} parts
 * @param {HTMLButtonElement} parts.opener
 * @param {(changed: Partial<import("./visitor_settings.js").Choices>) => void} parts.onChange
 * @param {() => void} parts.onReset
 */
export function createDrawer(dialog, { opener, onChange, onReset }) {
  const fields = [...dialog.querySelectorAll("[name]")];
  opener.addEventListener("click", () => dialog.showModal());
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.querySelector("[data-reset]").addEventListener("click", onReset);
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
    /** @param {import("./visitor_settings.js").Choices} choices */
    show(choices) {
      for (const field of fields) {
        const value = choices[field.name] ?? field.dataset.default ?? "";
        if (field.type === "checkbox") field.checked = choices[field.name];
        else if (field.name !== "camera" || field.options.length) field.value = value;
        showOutput(field);
      }
    },
    /** @param {{id: string, name: string}[]} cameras @param {string | undefined} current */
    setCameras(cameras, current) {
      const select = fields.find(({ name }) => name === "camera");
      select.replaceChildren(
        ...cameras.map(({ id, name }) => new Option(name || gettext("Camera"), id, false, id === current)),
      );
      select.disabled = cameras.length < 2;
    },
  };
}

/** @param {HTMLInputElement | HTMLSelectElement} field */
function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  return typeof DEFAULTS[field.name] === "number" || field.dataset.default !== undefined
    ? Number(field.value)
    : field.value;
}

function showOutput(field) {
  const output = field.closest("label")?.querySelector("output");
  if (output) output.textContent = FORMATS[field.name](Number(field.value));
}
