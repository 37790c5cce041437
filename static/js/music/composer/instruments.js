/** The instruments of the built-in pieces, made of Tone.js' synthesizers. */

/** Voices that take turns: each plays one note at a time, at a time given in advance. */
function createVoices(makeVoice, num) {
  const voices = Array.from({ length: num }, makeVoice);
  let turn = 0;
  return {
    next: () => voices[turn++ % num],
    end: () => voices.forEach((voice) => voice.dispose()),
  };
}

const SETTINGS = {
  pad: (style) => ({
    volume: -17,
    oscillator: { type: "fatsawtooth", count: 2, spread: 16 },
    envelope: { attack: 0.25 + 1.6 * (1 - style.density), decay: 0.4, sustain: 0.75, release: 1.8 },
  }),
  bass: () => ({
    volume: -11,
    oscillator: { type: "triangle" },
    envelope: { attack: 0.02, decay: 0.3, sustain: 0.55, release: 0.35 },
  }),
  arp: () => ({
    volume: -15,
    oscillator: { type: "triangle" },
    envelope: { attack: 0.004, decay: 0.22, sustain: 0.08, release: 0.35 },
  }),
  lead: () => ({
    volume: -13,
    oscillator: { type: "sine" },
    envelope: { attack: 0.03, decay: 0.35, sustain: 0.35, release: 0.9 },
  }),
  kick: () => ({
    volume: -13,
    pitchDecay: 0.03,
    octaves: 4,
    envelope: { attack: 0.002, decay: 0.28, sustain: 0, release: 0.1 },
  }),
  hat: () => ({
    volume: -22,
    noise: { type: "white" },
    envelope: { attack: 0.001, decay: 0.045, sustain: 0, release: 0.02 },
  }),
};
const NUM_VOICES = { pad: 10, bass: 2, arp: 4, lead: 3, kick: 2, hat: 2 };
const LINGER_MS = 400;

/**
 * @param {object} tone Tone.js.
 * @param {import("./composer.js").Style} style
 */
export function createInstruments(tone, style) {
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
  const ways = { pad: soft, bass: limit, arp: tail, lead: tail, kick: limit, hat: thin };
  const kinds = { kick: tone.MembraneSynth, hat: tone.NoiseSynth };
  const layers = {};

  function layer(name) {
    const Kind = kinds[name] ?? tone.Synth;
    layers[name] ??= createVoices(
      () => new Kind(SETTINGS[name](style)).connect(ways[name]),
      NUM_VOICES[name],
    );
    return layers[name];
  }

  return {
    /** @param {import("./composer.js").Note} note @param {number} time Of the audio's clock, in seconds. */
    play({ layer: name, midi, lasts, velocity }, time) {
      const voice = layer(name).next();
      if (name === "hat") voice.triggerAttackRelease(lasts, time, velocity);
      else voice.triggerAttackRelease(440 * 2 ** ((midi - 69) / 12), lasts, time, velocity);
    },
    setGain(value, seconds) {
      out.gain.cancelScheduledValues(tone.now());
      out.gain.rampTo(value, Math.max(seconds, 0.02));
    },
    /** Falls silent without a click, then lets go of everything. */
    end() {
      out.gain.cancelScheduledValues(tone.now());
      out.gain.rampTo(0, 0.15);
      setTimeout(() => {
        for (const one of Object.values(layers)) one.end();
        for (const node of [thin, soft, tail, room, limit, out]) node.dispose();
      }, LINGER_MS);
    },
  };
}
