/** Asks the server for the next track, until there is one. */

const RETRY_MS = 5000;

/**
 * @typedef {import("../api.js").Selection} Selection
 *
 * @typedef {object} NextSelectionParts
 * @property {() => Promise<Selection>} choose
 * @property {(news: Partial<import("./player_state.js").PlayerState>) => void} onChange Gets `upcoming` and `refusal`.
 * @property {(act: () => void, ms: number) => unknown} later Timer such as `setTimeout`.
 */

export class NextSelection {
  #parts;
  #generation = 0; // an answer counts only while no later request overtook it

  /** @param {NextSelectionParts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Drops the upcoming selection and asks for another one; a refused request is repeated.
   *
   * @returns {Promise<Selection | null>} The answer, even if a later request overtook it; null for a refusal.
   */
  async prepare() {
    const { choose, onChange, later } = this.#parts;
    const generation = ++this.#generation;
    const isLatest = () => generation === this.#generation;
    onChange({ upcoming: null });
    try {
      const upcoming = await choose();
      if (isLatest()) onChange({ upcoming, refusal: null });
      return upcoming;
    } catch (error) {
      if (isLatest()) {
        onChange({ refusal: /** @type {import("../api.js").Failure} */ (error) });
        later(() => isLatest() && void this.prepare(), RETRY_MS);
      }
      return null;
    }
  }

  cancel() {
    this.#generation += 1;
  }
}
