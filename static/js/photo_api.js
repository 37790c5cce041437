/** The two routes that the page of photos asks. */

import { gettext } from "./i18n.js";

const UNREACHABLE = gettext("The server cannot be reached. Try again later.");

/**
 * By XMLHttpRequest: `fetch` does not say how much has been sent.
 *
 * @param {File} file
 * @param {(share: number) => void} onSent 0..1
 */
export function sendPhoto(file, onSent) {
  const request = new XMLHttpRequest();
  const answer = new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onSent(loaded / total);
    request.upload.onload = () => onSent(1);
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject({ code: "unreachable", message: UNREACHABLE });
    request.onabort = () => reject({ code: "cancelled", message: "" });
  });
  const form = new FormData();
  form.append("photos", file);
  request.open("POST", "/api/v1/photos");
  request.responseType = "json";
  request.send(form);
  return { answer, abort: () => request.abort() };
}

function settle({ status, response }, resolve, reject) {
  if (status !== 200) {
    reject({ code: response?.code, message: response?.detail ?? UNREACHABLE, retryAfterMs: response?.retry_after_ms });
    return;
  }
  const [result] = response.results;
  if (result.error) reject(result.error);
  else resolve(result);
}

/** @param {File} file @param {object} face One of its result. @returns {Promise<object>} Where it shows its label. */
export async function explain(file, { label, box }) {
  const form = new FormData();
  form.append("picture", file);
  form.append("label", label);
  form.append("box", box.join(","));
  let answer;
  try {
    answer = await fetch("/api/v1/explain", { method: "POST", body: form });
  } catch {
    throw new Error(UNREACHABLE);
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
}
