import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { meaningOf } from "../../../static/js/shared/problems.js";

const error = { code: "not_an_image", message: "Cannot read 12 bytes." };

test("English readers get the server's words, which say what was received", () => {
  assert.equal(meaningOf(error, "en"), "Cannot read 12 bytes.");
});

test("others get what the error means; an unknown one as the server says it", () => {
  assert.match(meaningOf(error, "de"), /not a picture we can read/); // untranslated without a page
  assert.equal(meaningOf({ code: "new", message: "Something new." }, "de"), "Something new.");
  assert.equal(meaningOf({ message: "Not reached." }, "de"), "Not reached.");
});

test("every error about a visitor's picture, clip, request or choice has a meaning", () => {
  // The live page's statuses say these; nobody is left to hear the fourth; monitors ask for the last.
  const frames = ["bad_frame", "frame_too_large", "too_fast", "client_left", "not_ready"];
  // The music page says these in its own words, static/js/music/phrases.js.
  const music = [
    "not_found",
    "not_editable",
    "full",
    "no_music",
    "not_understood",
    "file_gone",
    "read_only",
    "cannot_write",
    "music_unavailable",
  ];
  const source = readFileSync(new URL("../../../webapp/errors.py", import.meta.url), "utf8");
  const codes = [...source.matchAll(/^ {4}code = "(\w+)"\n {4}http_status = (4\d\d|50[13])/gm)].map(
    (found) => found[1],
  );
  assert.ok(codes.length >= 10);
  for (const code of codes.filter((code) => !frames.includes(code) && !music.includes(code))) {
    assert.notEqual(meaningOf({ code, message: "?" }, "de"), "?", code);
  }
});
