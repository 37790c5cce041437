/** The instruments of the built-in pieces, made of Tone.js' synthesizers. */

/**
 * @typedef {typeof import("tone")} Tone
 * @typedef {import("tone").Synth | import("tone").MembraneSynth | import("tone").NoiseSynth} Voice
 * @typedef {import("./composer.js").Layer} Layer
 * @typedef {import("./composer.js").Style} Style
 */

const NUM_VOICES = { pad: 10, bass: 2, arp: 4, lead: 3, kick: 2, hat: 2 };
const LINGER_MS = 400;
const LONGEST_RELEASE_S = 2; // the pad's
const MIN_RAMP_S = 0.02; // a shorter one would click
// After the compressor, pieces of all places come to -16 LUFS with these, give or take 1.
const LEVELS_DB = { sparse: 8.4, dense: 7.4 };
const DENSE_FROM = 0.55;
const DENSE_TO = 0.7;
const BEND = 0.6;
const CEILING = 0.84; // -1.5 dB: peaks between samples are a little higher
const CURVE_LENGTH = 4096;

/** @type {Record<Layer, (tone: Tone, style: Style) => Voice>} */
const VOICES = {
  pad: (tone, style) =>
    new tone.Synth({
      volume: -17,
      oscillator: { type: "fatsawtooth", count: 2, spread: 16 },
      envelope: { attack: padAttack(style), decay: 0.4, sustain: 0.75, release: 1.8 },
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
 * @param {Style} style Style of the first bar.
 */
export function createInstruments(tone, style) {
  const { out, ways, nodes, follow } = createEffects(tone, style);
  /** @type {Partial<Record<Layer, ReturnType<typeof createVoices>>>} */
  const layers = {};
  /** @type {WeakMap<object, number>} Time of each voice's last note. */
  const lastStarts = new WeakMap();
  let current = style;
  let busyUntil = 0; // time of the audio's clock at which the last note has died away

  /** @param {Layer} name */
  function layer(name) {
    const makeVoice = () => VOICES[name](tone, current).connect(ways[name]);
    return (layers[name] ??= createVoices(makeVoice, NUM_VOICES[name]));
  }

  return {
    /** Where the instruments' sound leaves them; it goes to the loudspeaker by itself. */
    out,
    /**
     * @param {Style} next
     * @param {number} time Time of the audio's clock, in seconds.
     * @param {number} seconds Duration of the change.
     */
    follow(next, time, seconds) {
      current = next;
      follow(next, time, seconds);
    },
    /**
     * @param {import("./composer.js").Note} note
     * @param {number} time Time of the audio's clock, in seconds.
     */
    play({ layer: name, midi, lasts, velocity }, time) {
      const voice = layer(name).next();
      // Where the page was too busy, late notes fall on one moment; Tone throws if a voice starts twice in it.
      if (time <= (lastStarts.get(voice) ?? -Infinity)) return;
      lastStarts.set(voice, time);
      if (name === "pad") voice.envelope.attack = padAttack(current);
      if (voice instanceof tone.NoiseSynth) voice.triggerAttackRelease(lasts, time, velocity);
      else voice.triggerAttackRelease(440 * 2 ** ((midi - 69) / 12), lasts, time, velocity);
      busyUntil = Math.max(busyUntil, time + lasts + LONGEST_RELEASE_S);
    },
    /**
     * @param {number} value 0..1
     * @param {number} seconds
     */
    setGain(value, seconds) {
      out.gain.cancelScheduledValues(tone.now());
      out.gain.rampTo(value, Math.max(seconds, MIN_RAMP_S));
    },
    /**
     * Falls silent without a click, then releases everything. A voice with a note still to come must outlive it: a
     * source that is disconnected before it stops throws an InvalidAccessError when it does.
     */
    end() {
      out.gain.cancelScheduledValues(tone.now());
      out.gain.rampTo(0, 0.15);
      const left = Math.max(0, busyUntil - tone.now());
      setTimeout(
        () => {
          for (const one of Object.values(layers)) one.end();
          for (const node of nodes) node.dispose();
        },
        left * 1000 + LINGER_MS,
      );
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
  const ceiling = new tone.WaveShaper(belowCeiling, CURVE_LENGTH).connect(out);
  ceiling.oversample = "4x";
  const level = new tone.Gain(levelOf(style)).connect(ceiling);
  const limit = new tone.Compressor({ threshold: -14, ratio: 4 }).connect(level);
  const room = new tone.Reverb({ decay: 4, wet: 0.32 }).connect(limit);
  const tail = new tone.FeedbackDelay({ delayTime: tailTime(style), feedback: 0.28, wet: 0.2 }).connect(room);
  const soft = new tone.Filter({ type: "lowpass", frequency: cutoff(style), rolloff: -12 }).connect(room);
  const thin = new tone.Filter({ type: "highpass", frequency: 7000 }).connect(limit);
  return {
    out,
    ways: { pad: soft, bass: limit, arp: tail, lead: tail, kick: limit, hat: thin },
    nodes: [thin, soft, tail, room, limit, level, ceiling, out],
    /**
     * @param {Style} next
     * @param {number} time
     * @param {number} seconds
     */
    follow(next, time, seconds) {
      soft.frequency.rampTo(cutoff(next), seconds, time);
      tail.delayTime.rampTo(tailTime(next), seconds, time);
      level.gain.rampTo(levelOf(next), seconds, time);
    },
  };
}

/** @param {Style} style */
const padAttack = ({ density }) => 0.25 + 1.6 * (1 - density);

/** @param {Style} style */
const tailTime = ({ tempo }) => 45 / tempo;

/** @param {Style} style */
const cutoff = ({ brightness }) => 500 + 2600 * brightness;

/** @param {Style} style */
function levelOf({ density }) {
  const share = Math.min(1, Math.max(0, (density - DENSE_FROM) / (DENSE_TO - DENSE_FROM)));
  return 10 ** ((LEVELS_DB.sparse + share * (LEVELS_DB.dense - LEVELS_DB.sparse)) / 20);
}

/**
 * Leaves what is quiet enough as it is and bends what is louder, so that no peak passes the ceiling.
 *
 * @param {number} sample -1..1
 */
function belowCeiling(sample) {
  const size = Math.abs(sample);
  if (size <= BEND) return sample;
  return Math.sign(sample) * (BEND + (CEILING - BEND) * Math.tanh((size - BEND) / (CEILING - BEND)));
}
