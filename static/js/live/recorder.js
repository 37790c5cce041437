/** The buttons of a recording: begins it, counts, marks, ends it, and shows it. */

import { byId, setText } from "../shared/dom.js";
import { gettext } from "../shared/i18n.js";
import { clock } from "../shared/words.js";

const TICK_MS = 500;

/**
 * @typedef {object} RecorderParts
 * @property {() => import("./picture.js").Shown | null} shown What is on the screen now.
 * @property {() => boolean} isMirrored
 * @property {import("../shared/toasts.js").Toasts} toasts
 */

export class Recorder {
  #parts;
  #buttons = { record: byId("record"), mark: byId("mark"), review: byId("review") };
  /** @type {import("./recording.js").Recording | null} */
  #recording = null;
  /** @type {import("./recording.js").Recorded | null} */
  #recorded = null;
  /** @type {import("./review_dialog.js").ReviewDialog | undefined} */
  #dialog;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  /** @param {RecorderParts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { mark, review } = this.#buttons;
    mark.addEventListener("click", () => this.mark());
    review.addEventListener("click", () => this.#try(() => this.#open()));
    this.#update();
  }

  /** Begins a recording, or ends it. */
  toggle() {
    this.#try(() => (this.#recording ? this.#end() : this.#begin()));
  }

  /** @param {import("./picture.js").Shown} drawn */
  draw(drawn) {
    this.#recording?.draw(drawn);
  }

  mark() {
    this.#recording?.mark();
    this.#update();
  }

  /** Ends a recording, because the camera goes, and shows it. */
  end() {
    if (this.#recording) this.#try(() => this.#end());
  }

  #update() {
    const { record, mark, review } = this.#buttons;
    const recording = this.#recording;
    const time = clock((recording?.ms ?? 0) / 1000);
    setText(record, recording ? gettext("End recording, %(time)s", { time }) : gettext("Record"));
    record.dataset.on = String(recording !== null);
    mark.hidden = !recording;
    setText(mark, gettext("Set mark %(number)s", { number: (recording?.numMarks ?? 0) + 1 }));
    review.hidden = !this.#recorded || recording !== null;
  }

  async #begin() {
    const { MAX_MS, Recording } = await import("./recording.js");
    const first = this.#parts.shown();
    if (!first || this.#recording) return;
    this.#recording = new Recording(first, this.#parts.isMirrored);
    this.#ticking = setInterval(() => {
      if (this.#recording && this.#recording.ms > MAX_MS) this.end();
      else this.#update();
    }, TICK_MS);
    this.#update();
  }

  async #end() {
    const [ended, before] = [this.#recording, this.#recorded];
    if (!ended) return;
    clearInterval(this.#ticking);
    this.#recording = null;
    this.#recorded = await ended.stop();
    this.#update();
    if (before && !before.isSaved)
      this.#offer(gettext("The recording before this one was replaced."), () => this.#restore(before));
    await this.#open();
  }

  async #open() {
    if (!this.#recorded) return;
    const { ReviewDialog } = await import("./review_dialog.js");
    const element = byId("review-dialog", HTMLDialogElement);
    this.#dialog ??= new ReviewDialog(element, {
      onDelete: () => this.#delete(),
    });
    await this.#dialog.open(this.#recorded);
  }

  #delete() {
    const before = this.#recorded;
    this.#restore(null);
    this.#offer(gettext("The recording was deleted."), () => this.#restore(before));
  }

  /** @param {import("./recording.js").Recorded | null} recorded */
  #restore(recorded) {
    this.#recorded = recorded;
    this.#update();
  }

  /**
   * @param {string} text
   * @param {() => void} undo
   */
  #offer(text, undo) {
    this.#parts.toasts.show({ text, undo });
  }

  /** @param {() => Promise<void>} act */
  #try(act) {
    act().catch((error) => {
      console.warn(error);
      const text = gettext("This browser could not record. Try again, or use another browser.");
      this.#parts.toasts.show({ text });
    });
  }
}
