import assert from "node:assert/strict";
import { test } from "node:test";
import { readOnce } from "../../../static/js/photos/api.js";

test("a photo goes to each model once, however often it is compared; a refusal is asked anew", async () => {
  const asked = [];
  const read = readOnce((file, model) => {
    asked.push(`${file.name} ${model}`);
    return asked.length === 3
      ? Promise.reject({ code: "server_busy" })
      : Promise.resolve({ name: file.name });
  });
  const [one, two] = [{ name: "one" }, { name: "two" }];
  assert.equal(await read(one, "a"), await read(one, "a"));
  await read(one, "b");
  await assert.rejects(async () => read(two, "a"));
  await read(two, "a");
  assert.deepEqual(asked, ["one a", "one b", "two a", "two a"]);
});
