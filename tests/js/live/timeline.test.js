import assert from "node:assert/strict";
import { test } from "node:test";
import { windowOf } from "../../../static/js/live/timeline.js";

test("the plot shows the shortest window that holds the session, three minutes at most", () => {
  const lasting = (seconds) => [{ at: 500 }, { at: 500 + 1000 * seconds }];
  assert.deepEqual(
    [[], ...[0, 30, 31, 119, 150, 4000].map(lasting)].map(windowOf),
    [30, 30, 30, 60, 120, 180, 180],
  );
});
