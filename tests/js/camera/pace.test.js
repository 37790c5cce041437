import assert from "node:assert/strict";
import { test } from "node:test";
import { createPace } from "../../../static/js/camera/pace.js";

/** A visitor's pace; `run` answers at a steady rate until a time and returns the last state. */
function setUp() {
  const pace = createPace();
  let now = 0;
  const states = [];
  const note = (state) => (states.push({ now, ...state }), state);
  const run = (until, { everyMs, waitMs = 0, networkMs = 40 }) => {
    let last;
    for (; now < until; now += everyMs) last = note(pace.reply(now, { waitMs, networkMs }));
    return last;
  };
  const refuse = (until, { everyMs }) => {
    let last;
    for (; now < until; now += everyMs) last = note(pace.refusal(now, everyMs));
    return last;
  };
  const changes = (name) =>
    states.map((state) => state[name]).filter((value, at, all) => value !== all[at - 1]);
  return { run, refuse, states, changes, now: () => now };
}

const fast = { everyMs: 50 };
const asked = (everyMs) => ({ everyMs, waitMs: everyMs - 40 });

test("a server that asks for nothing has a free pace", () => {
  const { run } = setUp();
  assert.deepEqual(run(60_000, fast), { reason: null, perSecond: null, maxSide: Infinity });
});

test("a server is busy once it has asked for waits for a second and a half, and calm after three without", () => {
  const { run, states } = setUp();
  run(5000, fast);
  run(15_000, asked(500));
  run(25_000, fast);
  const busy = states.filter(({ reason }) => reason === "server_busy");
  assert.equal(busy[0].now, 6500);
  assert.equal(busy.at(-1).now, 17_950);
});

test("a short wait, or one that does not last, is no sign of load", () => {
  const { run, changes } = setUp();
  run(10_000, { everyMs: 200, waitMs: 150 });
  for (let at = 10_000; at < 30_000; at += 3000) {
    run(at + 1200, asked(400));
    run(at + 3000, fast);
  }
  assert.deepEqual(changes("reason"), [null]);
});

test("answers without a wait in between do not end a row of waits", () => {
  const { run, changes } = setUp();
  for (let at = 0; at < 20_000; at += 1000) {
    run(at + 500, asked(500));
    run(at + 1000, { everyMs: 250 });
  }
  assert.deepEqual(changes("reason"), [null, "server_busy"]);
});

test("refusals are a sign of load too, with and without readings before them", () => {
  const { run, refuse } = setUp();
  assert.deepEqual(refuse(1500, { everyMs: 300 }), { reason: null, perSecond: null, maxSide: Infinity });
  assert.deepEqual(refuse(1600, { everyMs: 300 }), { reason: "server_busy", perSecond: null, maxSide: 480 });
  assert.equal(run(4000, asked(500)).perSecond, 2);
  assert.equal(refuse(8000, { everyMs: 500 }).perSecond, 1 / 3); // seconds without a reading
});

test("the rate is that under load, rounded, from the first on", () => {
  for (const [everyMs, perSecond] of [
    [200, 5],
    [410, 2],
    [550, 2],
    [1000, 1],
    [1400, 1],
    [2100, 1 / 2],
    [3000, 1 / 3],
  ]) {
    const { run, changes } = setUp();
    run(5000, fast);
    run(30_000, asked(everyMs));
    run(60_000, fast);
    assert.deepEqual(changes("perSecond"), [null, perSecond, null], `every ${everyMs} ms`);
  }
});

test("a rate between two numbers keeps the one that is shown; it changes at most every two seconds", () => {
  const { run, states, changes } = setUp();
  run(4000, asked(500));
  for (let at = 4000; at < 40_000; at += 2000) {
    run(at + 1000, asked(360));
    run(at + 2000, asked(430));
  }
  assert.deepEqual(changes("perSecond"), [null, 2]);
  run(60_000, asked(250));
  run(80_000, asked(1000));
  const shown = states.filter(({ perSecond }, at) => at && perSecond !== states[at - 1].perSecond);
  assert.ok(shown.every(({ now }, at) => at === 0 || now - shown[at - 1].now >= 2000));
  assert.deepEqual([states.at(-1).perSecond, shown.length < 8], [1, true]);
});

test("frames are smaller while the server is busy, and smallest when that lasts and readings are few", () => {
  const { run, states, changes } = setUp();
  run(30_000, asked(700));
  assert.deepEqual(changes("maxSide"), [Infinity, 480, 320]);
  const smallest = states.find(({ maxSide }) => maxSide === 320).now;
  assert.ok(smallest >= 12_000 && smallest < 13_000, String(smallest)); // 2.1 s to be busy, then 10 s
  const many = setUp();
  many.run(30_000, asked(300));
  assert.deepEqual(many.changes("maxSide"), [Infinity, 480]);
});

test("frames grow step by step, seconds apart, once the server is calm", () => {
  const { run, states, changes } = setUp();
  run(30_000, asked(700));
  run(60_000, fast);
  assert.deepEqual(changes("maxSide"), [Infinity, 480, 320, 480, Infinity]);
  const [first, second] = [480, Infinity].map(
    (side) => states.find(({ now, maxSide }) => now > 30_000 && maxSide === side).now,
  );
  assert.ok(first >= 33_000 && first < 34_000, String(first));
  assert.equal(second - first, 5000);
});

test("a server that is busy only with large frames does not make them swing", () => {
  const { run, states, now } = setUp();
  for (let side = Infinity; now() < 600_000; side = states.at(-1).maxSide)
    run(now() + 1, side > 480 ? asked(400) : { everyMs: 100 });
  const steps = states.filter(({ maxSide }, at) => at && maxSide !== states[at - 1].maxSide);
  const grown = steps.filter(({ maxSide }) => maxSide === Infinity).map(({ now }) => now);
  const gaps = grown.slice(1).map((now, at) => now - grown[at]);
  assert.ok(gaps.length > 3, String(gaps));
  assert.ok(
    gaps.every((gap, at) => at === 0 || gap > gaps[at - 1] || gap > 60_000),
    String(gaps),
  );
  assert.ok(gaps.at(-1) >= 60_000);
});

test("a slow connection lowers the size the same way, and is none once it is quick again", () => {
  const { run, changes, states } = setUp();
  run(5000, fast);
  run(30_000, { everyMs: 1000, networkMs: 950 });
  assert.deepEqual(
    [changes("reason"), changes("maxSide"), changes("perSecond")],
    [
      [null, "slow_connection"],
      [Infinity, 480, 320],
      [null, 1],
    ],
  );
  run(40_000, { everyMs: 600, networkMs: 550 }); // better, but not well
  assert.equal(states.at(-1).reason, "slow_connection");
  run(60_000, fast);
  assert.deepEqual(changes("reason"), [null, "slow_connection", null]);
  assert.equal(states.at(-1).maxSide, Infinity);
});

test("a few long round trips are no slow connection", () => {
  const { run, changes } = setUp();
  run(5000, fast);
  run(9000, { everyMs: 1000, networkMs: 950 });
  run(15_000, fast);
  assert.deepEqual(changes("reason"), [null]);
});

test("a server that asks for waits is the reason, also where the connection is slow", () => {
  const { run, changes } = setUp();
  run(20_000, { everyMs: 1500, waitMs: 500, networkMs: 950 });
  assert.deepEqual(changes("reason"), [null, "server_busy"]);
});
