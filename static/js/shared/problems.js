/**
 * Meanings of the server's errors in the visitor's language. The server's own sentences are English and name what it
 * received: English readers get those; for others each `code` has a sentence here.
 */

import { gettext, language } from "./i18n.js";

/**
 * Sentences by the `code` of webapp/errors.py and of the HTTP API.
 *
 * @type {Record<string, string>}
 */
const MEANINGS = {
  bad_settings: gettext("The server does not accept these settings. They stay as they were."),
  content_too_large: gettext(
    "More was sent at once than the server accepts. Send fewer files, or smaller ones.",
  ),
  error: gettext("Something went wrong on the server. Try again; if it stays, tell whoever runs it."),
  foreign_origin: gettext(
    "This came from another site, so the server refused it. Load the page again, then try again.",
  ),
  image_too_large: gettext(
    "The picture has more pixels than the server accepts. Make it smaller and send that.",
  ),
  invalid_request: gettext("The server did not understand the request. Load the page again, then try again."),
  no_face: gettext("No face was found there. Choose a picture in which it is larger or better lit."),
  not_a_video: gettext(
    "The file is no clip that can be read, or it is damaged. Save it as MP4 (H.264) and send that.",
  ),
  not_an_image: gettext(
    "This is not a picture we can read, or it is damaged. Use JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF or BMP.",
  ),
  not_explainable: gettext("This model cannot say where it looked."),
  not_relative: gettext(
    "This model cannot be compared with a resting face. Choose another model, or delete the resting face.",
  ),
  photo_too_large: gettext("The file is larger than the server accepts. Save it smaller and send that."),
  server_busy: gettext("The server is busy. Try again in a moment."),
  too_many_requests: gettext("This address sends more than the server answers. Try again later."),
  unauthorized: gettext("This server asks for its token. Load the page again to sign in."),
  unknown_host: gettext("This server goes by another name. Use the address that its operator gave you."),
  video_too_large: gettext(
    "The clip is larger than the server accepts. Cut it, or save it smaller, and send that.",
  ),
  video_too_long: gettext("The clip is longer than the server accepts. Cut it and send that."),
};

/**
 * @typedef {object} Problem An error of the server or of this page.
 * @property {string} [code]
 * @property {string} message
 */

/**
 * @param {Problem} error
 * @param {string} [reader] Language of the visitor.
 * @returns {string} A sentence for people.
 */
export function meaningOf({ code = "", message }, reader = language) {
  if (reader === "en") return message;
  return MEANINGS[code === "internal_server_error" ? "error" : code] ?? message;
}
