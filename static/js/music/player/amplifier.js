/** Makes audio elements louder than they are by themselves, which takes an audio node for each. */

import { createAnalyser } from "./spectrum.js";

/**
 * @typedef {object} Amplifier
 * @property {(elements: HTMLAudioElement[]) => void} connect To be called in a click: before one, browsers keep audio
 *   nodes silent.
 * @property {(element: HTMLAudioElement, gain: number) => boolean} amplify Whether the element is connected, so that it
 *   now has this gain.
 * @property {() => AnalyserNode | null} analyser Where the sound of all elements passes; null before `connect`.
 * @property {() => Promise<void>} resume Lets the nodes sound, if they exist.
 */

/** @returns {Amplifier} */
export function createAmplifier() {
  /** @type {AudioContext | null} */
  let context = null;
  /** @type {AnalyserNode | null} */
  let analyser = null;
  /** @type {Map<HTMLAudioElement, GainNode>} */
  const nodes = new Map();

  return {
    connect(elements) {
      if (context || !globalThis.AudioContext) return;
      context = new AudioContext();
      analyser = createAnalyser(context);
      for (const element of elements) {
        const node = context.createGain();
        context.createMediaElementSource(element).connect(node).connect(context.destination);
        node.connect(analyser);
        nodes.set(element, node);
      }
    },
    amplify(element, gain) {
      const node = nodes.get(element);
      if (node) node.gain.value = gain;
      return node !== undefined;
    },
    analyser: () => analyser,
    resume: async () => void (await context?.resume()),
  };
}
