/** A recording to look through: its video, the ribbon as a scrub bar, and its marks. */

import { partOf, setText } from "../shared/dom.js";
import { gettext } from "../shared/i18n.js";
import { fileName, saveFile } from "../shared/storage.js";
import { clock } from "../shared/words.js";
import { toCsv } from "./history.js";
import { drawRibbons } from "./ribbon.js";

/** @typedef {import("./recording.js").Recorded} Recorded */

export class ReviewDialog {
  #dialog;
  #part;
  #video;
  #scrub;
  /** @type {Recorded | null} */
  #recorded = null;
  #date = new Date();

  /**
   * @param {HTMLDialogElement} dialog
   * @param {{onDelete: () => void}} parts
   */
  constructor(dialog, { onDelete }) {
    const part = partOf(dialog);
    const labels = (dialog.dataset.labels ?? "").split(" ");
    this.#dialog = dialog;
    this.#part = part;
    const video = (this.#video = part("video", HTMLVideoElement));
    const scrub = (this.#scrub = part("scrub", HTMLInputElement));
    part("play").onclick = () => void (video.paused ? video.play() : video.pause());
    part("mark").onclick = () => this.#mark();
    part("save-video").onclick = () =>
      this.#save((recorded) => ({ kind: recorded.kind, content: recorded.video }));
    part("save-table").onclick = () =>
      this.#save(({ samples, marks }) => ({
        kind: "csv",
        content: new Blob([toCsv(samples, labels, marks)], { type: "text/csv" }),
      }));
    part("delete").onclick = () => (dialog.close(), onDelete());
    part("close").onclick = () => dialog.close();
    scrub.oninput = () => this.#seek(Number(scrub.value));
    for (const name of ["timeupdate", "seeked", "play", "pause", "ended"])
      video.addEventListener(name, () => this.#showTime());
    dialog.addEventListener("close", () => {
      video.pause();
      URL.revokeObjectURL(video.src);
      video.removeAttribute("src");
      video.load();
    });
  }

  /** @param {Recorded} recorded */
  async open(recorded) {
    this.#recorded = recorded;
    this.#date = new Date();
    this.#dialog.showModal();
    this.#scrub.max = String(recorded.ms / 1000);
    this.#video.src = URL.createObjectURL(recorded.video);
    drawRibbons(
      this.#part("ribbons", HTMLCanvasElement),
      recorded.samples,
      recorded.samples.at(-1)?.at || recorded.ms,
    );
    this.#showMarks();
    await findLength(this.#video);
    this.#seek(0);
  }

  #showTime() {
    if (!this.#recorded) return;
    const { currentTime: seconds, paused } = this.#video;
    this.#scrub.value = String(seconds);
    this.#scrub.setAttribute("aria-valuetext", clock(seconds));
    setText(this.#part("time"), `${clock(seconds)} / ${clock(this.#recorded.ms / 1000)}`);
    setText(this.#part("play"), paused ? gettext("Play") : gettext("Pause"));
  }

  /** @param {number} seconds */
  #seek(seconds) {
    this.#video.currentTime = seconds;
    this.#showTime();
  }

  #mark() {
    this.#recorded?.marks.push({ at: 1000 * this.#video.currentTime });
    this.#recorded?.marks.sort((a, b) => a.at - b.at);
    this.#showMarks();
  }

  #showMarks() {
    const { marks, ms } = this.#recorded ?? { marks: [], ms: 1 };
    this.#part("marks").replaceChildren(...marks.map((mark, index) => this.#markButton(mark.at, index + 1)));
    const ticks = marks.map(({ at }) => {
      const tick = document.createElement("span");
      tick.style.left = `${(100 * at) / ms}%`;
      return tick;
    });
    this.#part("ticks").replaceChildren(...ticks);
  }

  /**
   * @param {number} at
   * @param {number} number
   */
  #markButton(at, number) {
    const [item, button] = [document.createElement("li"), document.createElement("button")];
    button.type = "button";
    button.textContent = gettext("Mark %(number)s, %(time)s", { number, time: clock(at / 1000) });
    button.addEventListener("click", () => this.#seek(at / 1000));
    item.append(button);
    return item;
  }

  /** @param {(recorded: Recorded) => {kind: string, content: Blob}} make */
  #save(make) {
    if (!this.#recorded) return;
    const { kind, content } = make(this.#recorded);
    saveFile(fileName(kind, this.#date), content);
    this.#recorded.isSaved = true;
  }
}

/**
 * A WebM of MediaRecorder does not say how long it is, and cannot be searched until its end was looked for.
 *
 * @param {HTMLVideoElement} video
 */
async function findLength(video) {
  /** @param {string} name */
  const event = (name) => new Promise((resolve) => video.addEventListener(name, resolve, { once: true }));
  await Promise.race([event("loadedmetadata"), event("error")]);
  if (Number.isFinite(video.duration)) return;
  video.currentTime = Number.MAX_SAFE_INTEGER;
  await Promise.race([event("seeked"), event("error"), new Promise((resolve) => setTimeout(resolve, 3000))]);
}
