import assert from "node:assert/strict";
import { test } from "node:test";
import { createTranslator, gettext } from "../../../static/js/shared/i18n.js";

const german = createTranslator({
  language: "de",
  messages: {
    "The camera is off.": "Die Kamera ist aus.",
    "%(num)s face in view.": ["%(num)s Gesicht.", "%(num)s Gesichter."],
  },
});

test("a text is translated, an unknown one stays English", () => {
  assert.equal(german.gettext("The camera is off."), "Die Kamera ist aus.");
  assert.equal(german.gettext("Good day."), "Good day.");
  assert.equal(gettext("The camera is off."), "The camera is off.");
});

test("values are filled in, whatever they hold; a percent sign is written twice", () => {
  assert.equal(german.gettext("%(a)s of %(b)s %%", { a: "%(b)s", b: 0 }), "%(b)s of 0 %");
  assert.equal(german.gettext("65 % of all"), "65 % of all");
});

test("plurals follow the language", () => {
  const say = (num) => german.ngettext("%(num)s face in view.", "%(num)s faces in view.", num);
  assert.deepEqual([0, 1, 2, 1500].map(say), [
    "0 Gesichter.",
    "1 Gesicht.",
    "2 Gesichter.",
    "1.500 Gesichter.",
  ]);
  const untranslated = createTranslator({ language: "de", messages: {} });
  assert.equal(untranslated.ngettext("%(num)s face", "%(num)s faces", 1), "1 face");
  assert.equal(untranslated.ngettext("%(num)s face", "%(num)s faces", 0), "0 faces");
});

for (const [language, forms, expected] of [
  ["pl", ["twarz", "twarze", "twarzy"], { 1: "twarz", 3: "twarze", 5: "twarzy", 22: "twarze" }],
  ["fr", ["visage", "visages"], { 0: "visage", 1: "visage", 2: "visages", 1000000: "visages" }],
  ["ja", ["顔"], { 1: "顔", 7: "顔" }],
]) {
  test(`${language}: gettext's plural forms are chosen as gettext does`, () => {
    const { ngettext } = createTranslator({ language, messages: { face: forms } });
    for (const [num, form] of Object.entries(expected))
      assert.equal(ngettext("face", "faces", Number(num)), form);
  });
}

test("numbers are written as the language does", () => {
  assert.equal(german.formatNumber(1234.5, 2), "1.234,50");
  assert.equal(createTranslator({ language: "en", messages: {} }).formatNumber(1234.5, 1), "1,234.5");
});
