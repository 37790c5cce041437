import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { byId, partOf, setText } from "../../../static/js/shared/dom.js";

afterEach(() => delete globalThis.document);

test("a text is written only if it is another one", () => {
  const written = [];
  const element = {
    get textContent() {
      return written.at(-1) ?? "";
    },
    set textContent(text) {
      written.push(text);
    },
  };
  for (const text of ["", "a", "a", "b"]) setText(element, text);
  assert.deepEqual(written, ["a", "b"]);
});

test("an element is found by its id; a missing one is named", () => {
  globalThis.document = { getElementById: (id) => (id === "video" ? { id } : null) };
  assert.equal(byId("video").id, "video");
  assert.throws(() => byId("vidoe"), /#vidoe/);
});

test("a part is found inside its root; a missing one is named", () => {
  const part = partOf({ querySelector: (selector) => (selector === '[data-part="text"]' ? "found" : null) });
  assert.equal(part("text"), "found");
  assert.throws(() => part("txet"), /data-part="txet"/);
});

test("an element of another kind than the script needs is named", () => {
  class Dialog {}
  globalThis.document = { getElementById: () => new (class Video {})() };
  assert.throws(() => byId("why-dialog", Dialog), /Dialog.*#why-dialog/);
});
