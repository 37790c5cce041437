/** One photo on the page; `update` may be called as often as one likes. */

import { changesOf, clock, drawChart, leading, words } from "./video_chart.js";
import { gettext } from "../shared/i18n.js";
import { isClip } from "./api.js";
import { drawFaces, fit } from "./image_view.js";
import { adjective, percent, readingOf } from "../shared/words.js";

const HINTS = {
  too_dark: gettext("The photo is dark: the reading may be wrong."),
  too_small: gettext("The face is small: the reading may be wrong."),
  cut_short: gettext("The clip ends before it says it does: this is what could be read."),
};
const STATES = {
  waiting: gettext("waiting"),
  sending: gettext("being sent"),
  reading: gettext("being read"),
  cancelled: gettext("cancelled"),
};

/**
 * @param {object} parts
 * @param {HTMLTemplateElement} parts.template
 * @param {File} parts.file
 * @param {() => void} parts.onRemove
 * @param {() => void} parts.onRetry
 * @param {(face: object) => Promise<object>} parts.explain
 */
export function createCard({ template, file, onRemove, onRetry, explain }) {
  const element = template.content.firstElementChild.cloneNode(true);
  const at = (name) => element.querySelector(`[data-at="${name}"]`);
  const view = { photo: null, chosen: 0, heat: null };
  const picture = at("picture");
  picture.alt = gettext("Photo %(name)s", { name: file.name });
  picture.addEventListener("load", () => fit(at("frame"), picture.naturalWidth, picture.naturalHeight));
  picture.addEventListener("error", () => showTile(at, picture));
  const shown = isClip(file) ? at("clip") : picture;
  at("clip").hidden = shown === picture;
  picture.hidden = shown !== picture;
  at("clip").setAttribute("aria-label", gettext("Clip %(name)s", { name: file.name }));
  at("clip").addEventListener("loadedmetadata", ({ target }) =>
    fit(at("frame"), target.videoWidth, target.videoHeight),
  );
  at("clip").addEventListener("error", () => showTile(at, at("clip")));
  shown.src = URL.createObjectURL(file); // as long as the page: a removed photo may come back
  at("name").textContent = file.name;
  at("remove").setAttribute("aria-label", gettext("Remove %(name)s", { name: file.name }));
  at("remove").addEventListener("click", onRemove);
  at("retry").addEventListener("click", onRetry);
  at("why").addEventListener("click", () => void toggleWhy(view, at, explain));

  function choose(face) {
    Object.assign(view, { chosen: face, heat: null });
    showFaces(view, at, choose);
  }

  return {
    element,
    update(photo) {
      if (photo === view.photo) return;
      view.photo = photo;
      showState(photo, at, element);
      if (photo.state === "done" && photo.result.samples) showClip(photo.result, at);
      else if (photo.state === "done") showFaces(view, at, choose);
    },
  };
}

/** A format that this browser cannot show, such as HEIC, is read all the same. */
function showTile(at, picture) {
  picture.hidden = true;
  at("tile").hidden = false;
}

function showState(photo, at, element) {
  const busy = photo.state in STATES;
  element.dataset.state = photo.state;
  at("state").textContent = photo.state === "failed" ? photo.message : (STATES[photo.state] ?? "");
  at("state").hidden = !busy && photo.state !== "failed";
  at("progress").hidden = !["sending", "reading"].includes(photo.state);
  if (photo.state === "sending") at("progress").value = photo.sent;
  else at("progress").removeAttribute("value");
  at("retry").hidden = !["failed", "cancelled"].includes(photo.state) || !photo.again;
  at("reading").hidden = photo.state !== "done";
}

function showFaces(view, at, choose) {
  const { result } = view.photo;
  const face = result.faces[view.chosen];
  fit(at("frame"), result.width, result.height);
  drawFaces(at("frame"), { result, chosen: view.chosen, heat: view.heat });
  const words = readingOf(face);
  at("label").textContent = face ? words.label : gettext("no face found");
  at("detail").textContent = face ? words.detail : "";
  at("mark").dataset.expression = face?.label ?? "";
  at("hint").textContent = [turnOf(result), ...result.hints.map((hint) => HINTS[hint])]
    .filter(Boolean)
    .join(" ");
  at("bars").hidden = at("why").hidden = !face;
  at("why").setAttribute("aria-pressed", String(view.heat !== null));
  for (const bar of at("bars").children) showBar(bar, face);
  showChoice(view, at, choose);
}

function turnOf({ turned }) {
  return turned
    ? gettext("Read turned by %(degrees)s°: its faces stand upright that way.", { degrees: turned })
    : "";
}

/** The bars are the chart's legend too. */
function showClip(clip, at) {
  const most = leading(clip.shares);
  const face = most && { label: most[0], probs: clip.shares };
  at("label").textContent = face ? adjective(face.label) : gettext("no face found");
  at("detail").textContent = face
    ? gettext("%(share)s on average over %(time)s", { share: percent(most[1]), time: clock(clip.duration_s) })
    : "";
  at("mark").dataset.expression = face?.label ?? "";
  at("hint").textContent = clip.hints.map((hint) => HINTS[hint]).join(" ");
  at("why").hidden = true;
  at("bars").hidden = at("chart").hidden = at("times").hidden = !face;
  at("end").textContent = clock(clip.duration_s);
  for (const bar of at("bars").children) {
    bar.dataset.expression = bar.dataset.label;
    showBar(bar, face);
  }
  drawChart(at("plot"), clip);
  const changes = changesOf(clip.samples).map((one) =>
    Object.assign(document.createElement("li"), { textContent: words(one) }),
  );
  at("changes").replaceChildren(...changes);
}

function showBar(bar, face) {
  const share = face?.probs[bar.dataset.label] ?? 0;
  bar.toggleAttribute("data-top", bar.dataset.label === face?.label);
  bar.querySelector(".bar-fill").style.transform = `scaleX(${share})`;
  bar.querySelector(".bar-value").textContent = percent(share);
}

/** With several faces one may choose whose bars are shown. */
function showChoice({ photo, chosen }, at, choose) {
  const { faces } = photo.result;
  const place = at("faces");
  place.hidden = faces.length < 2;
  if (place.children.length !== faces.length) {
    place.replaceChildren(...faces.map((face, number) => faceButton(face, number, choose)));
  }
  [...place.children].forEach((button, number) =>
    button.setAttribute("aria-pressed", String(number === chosen)),
  );
}

function faceButton(face, number, choose) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = String(number + 1);
  button.setAttribute(
    "aria-label",
    gettext("Face %(number)s, %(label)s", { number: number + 1, label: adjective(face.label) }),
  );
  button.addEventListener("click", () => choose(number));
  return button;
}

async function toggleWhy(view, at, explain) {
  const { chosen, photo } = view;
  const note = at("why-note");
  note.textContent = "";
  if (!view.heat) {
    at("why").disabled = true;
    try {
      const heat = await explain(photo.result.faces[chosen]);
      if (view.chosen === chosen) view.heat = heat;
      note.textContent = gettext("Warm is where the model saw it.");
    } catch (error) {
      note.textContent = error.message;
    }
    at("why").disabled = false;
  } else view.heat = null;
  at("why").setAttribute("aria-pressed", String(view.heat !== null));
  drawFaces(at("frame"), { result: photo.result, chosen: view.chosen, heat: view.heat });
}
