/** The routes that the page of photos asks. */

import { gettext } from "../shared/i18n.js";
import { meaningOf } from "../shared/problems.js";

const UNREACHABLE = gettext("The server cannot be reached. Try again later.");

/** @param {File} file Some systems know no type of some clips. */
export function isClip({ name, type }) {
  return type.startsWith("video/") || /\.(mp4|m4v|mov|3gp|webm|mkv|avi)$/i.test(name);
}

/**
 * By XMLHttpRequest: `fetch` does not say how much has been sent.
 *
 * @param {File} file
 * @param {(share: number) => void} onSent 0..1
 */
export function sendFile(file, onSent) {
  const [route, field] = isClip(file) ? ["/api/v1/videos", "video"] : ["/api/v1/photos", "photos"];
  const request = new XMLHttpRequest();
  const answer = new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onSent(loaded / total);
    request.upload.onload = () => onSent(1);
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject({ code: "unreachable", message: UNREACHABLE });
    request.onabort = () => reject({ code: "cancelled", message: "" });
  });
  const form = new FormData();
  form.append(field, file);
  request.open("POST", route);
  request.responseType = "json";
  request.send(form);
  return { answer, abort: () => request.abort() };
}

function settle({ status, response }, resolve, reject) {
  if (status !== 200) {
    reject({
      code: response?.code,
      message: response?.detail ?? UNREACHABLE,
      retryAfterMs: response?.retry_after_ms,
    });
    return;
  }
  const [result] = response.results ?? [response];
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
  if (!answer.ok) throw new Error(meaningOf({ code: body.code, message: body.detail }));
  return body;
}
