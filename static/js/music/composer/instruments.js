/** The instruments of the built-in pieces, made of Tone.js' synthesizers. */

/**
 * @typedef {typeof import("tone")} Tone
 * @typedef {import("tone").Synth | import("tone").MembraneSynth | import("tone").NoiseSynth} Voice
 * @typedef {import("./composer.js").Layer} Layer
 * @typedef {import("./composer.js").Style} Style
 */

const NUM_VOICES = { pad: 10, bass: 2, arp: 4, lead: 3, kick: 2, hat: 2 };
const LINGER_MS = 400;
const MIN_RAMP_S = 0.02; // a shorter one would click

/** @type {Record<Layer, (tone: Tone, style: Style) => Voice>} */
const VOICES = {
  pad: (tone, style) =>
    new tone.Synth({
      volume: -17,
      oscillator: { type: "fatsawtooth", count: 2, spread: 16 },
      envelope: { attack: 0.25 + 1.6 * (1 - style.density), decay: 0.4, sustain: 0.75, release: 1.8 },
    }),
  bass: (tone) =>
    new tone.Synth({
      volume: -11,
      oscillator: { type: "triangle" },
      envelope: { attack: 0.02, decay: 0.3, sustain: 0.55, release: 0.35 },
    }),
  arp: (tone) =>
    new tone.Synth({
      volume: -15,
      oscillator: { type: "triangle" },
      envelope: { attack: 0.004, decay: 0.22, sustain: 0.08, release: 0.35 },
    }),
  lead: (tone) =>
    new tone.Synth({
      volume: -13,
      oscillator: { type: "sine" },
      envelope: { attack: 0.03, decay: 0.35, sustain: 0.35, release: 0.9 },
    }),
  kick: (tone) =>
    new tone.MembraneSynth({
      volume: -13,
      pitchDecay: 0.03,
      octaves: 4,
      envelope: { attack: 0.002, decay: 0.28, sustain: 0, release: 0.1 },
    }),
  hat: (tone) =>
    new tone.NoiseSynth({
      volume: -22,
      noise: { type: "white" },
      envelope: { attack: 0.001, decay: 0.045, sustain: 0, release: 0.02 },
    }),
};

/**
 * @param {Tone} tone
 * @param {Style} style
 */
export function createInstruments(tone, style) {
  const { out, ways, nodes } = createEffects(tone, style);
  /** @type {Partial<Record<Layer, ReturnType<typeof createVoices>>>} */
  const layers = {};

  /** @param {Layer} name */
  function layer(name) {
    const makeVoice = () => VOICES[name](tone, style).connect(ways[name]);
    return (layers[name] ??= createVoices(makeVoice, NUM_VOICES[name]));
  }

  return {
    /**
     * @param {import("./composer.js").Note} note
     * @param {number} time Time of the audio's clock, in seconds.
     */
    play({ layer: name, midi, lasts, velocity }, time) {
      const voice = layer(name).next();
      if (voice instanceof tone.NoiseSynth) voice.triggerAttackRelease(lasts, time, velocity);
      else voice.triggerAttackRelease(440 * 2 ** ((midi - 69) / 12), lasts, time, velocity);
    },
    /**
     * @param {number} value 0..1
     * @param {number} seconds
     */
    setGain(value, seconds) {
      out.gain.cancelScheduledValues(tone.now());
      out.gain.rampTo(value, Math.max(seconds, MIN_RAMP_S));
    },
    /** Falls silent without a click, then releases everything. */
    end() {
      out.gain.cancelScheduledValues(tone.now());
      out.gain.rampTo(0, 0.15);
      setTimeout(() => {
        for (const one of Object.values(layers)) one.end();
        for (const node of nodes) node.dispose();
      }, LINGER_MS);
    },
  };
}

/**
 * Makes voices that take turns: each plays one note at a time, at a time given in advance.
 *
 * @param {() => Voice} makeVoice
 * @param {number} num
 */
function createVoices(makeVoice, num) {
  const voices = Array.from({ length: num }, makeVoice);
  let turn = 0;
  return {
    next: () => voices[turn++ % num],
    end: () => voices.forEach((voice) => voice.dispose()),
  };
}

/**
 * @param {Tone} tone
 * @param {Style} style
 */
function createEffects(tone, style) {
  const out = new tone.Gain(0).toDestination();
  const limit = new tone.Compressor({ threshold: -14, ratio: 4 }).connect(out);
  const room = new tone.Reverb({ decay: 3 + 3 * (1 - style.density), wet: 0.32 }).connect(limit);
  const tail = new tone.FeedbackDelay({ delayTime: 45 / style.tempo, feedback: 0.28, wet: 0.2 }).connect(
    room,
  );
  const soft = new tone.Filter({
    type: "lowpass",
    frequency: 500 + 2600 * style.brightness,
    rolloff: -12,
  }).connect(room);
  const thin = new tone.Filter({ type: "highpass", frequency: 7000 }).connect(limit);
  return {
    out,
    ways: { pad: soft, bass: limit, arp: tail, lead: tail, kick: limit, hat: thin },
    nodes: [thin, soft, tail, room, limit, out],
  };
}
