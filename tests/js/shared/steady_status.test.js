import assert from "node:assert/strict";
import { test } from "node:test";
import { createSteady } from "../../../static/js/shared/steady_status.js";

test("a passing status waits until it has lasted; any other shows at once", () => {
  const steady = createSteady(600);
  const show = (code, now, passing = true) => steady({ code, passing }, now).code;
  assert.equal(show("reading", 0), "reading");
  assert.equal(show("no_face", 100), "reading");
  assert.equal(show("reading", 200), "reading");
  assert.equal(show("no_face", 300), "reading");
  assert.equal(show("no_face", 899), "reading");
  assert.equal(show("no_face", 900), "no_face");
  assert.equal(show("disconnected", 910, false), "disconnected");
  assert.equal(show("reading", 920), "reading");
});

test("the same status in new words shows at once", () => {
  const steady = createSteady(600);
  steady({ code: "several", text: "2 faces", passing: true }, 0);
  assert.equal(steady({ code: "several", text: "3 faces", passing: true }, 10).text, "3 faces");
});

test("a face that comes or goes, or another face, is said at once, as the label shows it", () => {
  const steady = createSteady(600);
  const show = (code, now, about) => steady({ code, passing: true, about }, now).code;
  assert.deepEqual(
    [show("reading", 0, 1), show("no_face", 100, null), show("reading", 150, 1), show("too_small", 180, 2)],
    ["reading", "no_face", "reading", "too_small"],
  );
  assert.deepEqual([show("reading", 200, 2), show("reading", 800, 2)], ["too_small", "reading"]);
});
