/** The expressions' colours on a picture: bright in both schemes, for dark text (the dark scheme's of tokens.css). */

/** @type {Record<string, string>} */
const ON_PICTURE = {
  angry: "#ff8a7d",
  disgust: "#b5d46a",
  fear: "#c2a8ff",
  happy: "#ffd166",
  sad: "#8ec2ff",
  surprise: "#ff9fcb",
  neutral: "#b4bac4",
};

export const UNSURE_ON_PICTURE = "#f4f2ee";

/** @param {string} label */
export function colorOnPicture(label) {
  return ON_PICTURE[label] ?? UNSURE_ON_PICTURE;
}
