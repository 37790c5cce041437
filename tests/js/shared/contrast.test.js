import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../../static/css/tokens.css", import.meta.url), "utf8");
const tokensOf = (block) =>
  Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );
const [light, dark] = [...css.matchAll(/:root \{([^}]*--[^}]*)\}/g)].map(([, block]) => tokensOf(block));

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = [
  ["ink", "paper"],
  ["ink", "card"],
  ["ink", "accent-soft"],
  ["ink-soft", "paper"],
  ["ink-soft", "card"],
  ["accent", "paper"],
  ["accent-ink", "accent"],
  ["warn", "warn-soft"],
  ["ink-soft", "paper"],
  ["danger", "danger-soft"],
  ["danger", "card"],
  ["danger", "paper"],
  ["night-ink", "night-glow"],
  ["night-soft", "night-glow"],
  ["night-accent", "night-glow"],
  ["night", "night-ink"],
];
const EXPRESSIONS = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
const PARTS = [
  ["accent", "card"],
  ["accent", "paper"],
  ["night-accent", "night-glow"],
  ["edge", "card"],
  ["edge", "paper"], // focus rings, bars, fields
  ...EXPRESSIONS.flatMap((name) => [
    [name, "card"],
    [name, "paper"],
  ]),
];

for (const [scheme, tokens] of Object.entries({ light, dark: { ...light, ...dark } })) {
  test(`${scheme}: text reaches WCAG AA, 4.5 to 1, and parts 3 to 1`, () => {
    for (const [least, pairs] of [
      [4.5, TEXT],
      [3, PARTS],
    ]) {
      for (const [front, back] of pairs) {
        const ratio = contrast(tokens[front], tokens[back]);
        assert.ok(ratio >= least, `${front} on ${back}: ${ratio.toFixed(2)}`);
      }
    }
  });
}

test("the contrast of black and white is 21", () => {
  assert.equal(contrast("#000000", "#ffffff").toFixed(3), "21.000");
});
