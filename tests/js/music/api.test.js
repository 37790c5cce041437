import assert from "node:assert/strict";
import { test } from "node:test";
import { createApi, createNaming } from "../../../static/js/music/api.js";
import { FILE_PROBLEMS, leaveSentence, problemOf, reasonSentence } from "../../../static/js/music/phrases.js";
import { clock } from "../../../static/js/shared/words.js";

test("a refusal of the server has its code and the place that was wrong", async () => {
  const answer = {
    ok: false,
    status: 422,
    json: async () => ({
      code: "invalid_request",
      detail: "The request is not valid.",
      errors: [{ detail: "Must not be blank." }],
    }),
  };
  await assert.rejects(createApi(async () => answer).post("/playlists", {}), {
    code: "invalid_request",
    message: "Must not be blank.",
  });
  await assert.rejects(
    createApi(async () => ({ ok: false, status: 502, json: async () => JSON.parse("<html>") })).get("/x"),
    { code: "unexpected" },
  );
  await assert.rejects(
    createApi(async () => {
      throw new TypeError("failed to fetch");
    }).get("/x"),
    { code: "offline" },
  );
});

test("what is built in has its name in the visitor's language, whatever answer it stands in", async () => {
  const naming = createNaming({ "Slow rain": "Langsamer Regen" });
  const [piece, file] = [
    { kind: "built_in", title: "Slow rain 2", artist: "" },
    { kind: "file", title: "Slow rain 2" },
  ];
  const answer = {
    total: 2,
    entries: [
      { id: 1, track: piece },
      { id: 2, track: file },
    ],
    playlist: { kind: "built_in", name: "Slow rain", point: null },
  };
  const api = createApi(async () => ({ ok: true, status: 200, json: async () => answer }), naming);
  const { entries, playlist, total } = await api.get("/x");
  assert.deepEqual(
    entries.map(({ track }) => track.title),
    ["Langsamer Regen 2", "Slow rain 2"],
  );
  assert.deepEqual([playlist, total], [{ kind: "built_in", name: "Langsamer Regen", point: null }, 2]);
  assert.deepEqual([naming({ kind: "built_in", name: "New one" }).name, naming(null)], ["New one", null]);
});

test("the reason is said in one sentence", () => {
  const reason = {
    origin: "face",
    mood: "unpleasant_quiet",
    step: "step",
    songs: 2,
    goal: "pleasant_active",
    playlist: "nearest",
    track: "liked",
  };
  const say = (changes) =>
    reasonSentence(
      { reason: { ...reason, ...changes }, playlist: { name: "Slow rain" }, track: { title: "Drops" } },
      "Lift",
    );
  assert.equal(
    say({}),
    "Your expression is sad and calm, and “Lift” is 2 songs on its way to bright and energetic: " +
      "“Slow rain” is the nearest playlist, and you liked “Drops” before.",
  );
  assert.equal(
    say({ origin: "hand", mood: "even", step: "match", track: "nearest" }),
    "The mood that you chose is balanced: " +
      "“Slow rain” is the nearest playlist, and “Drops” is its nearest track.",
  );
  assert.equal(
    say({ origin: "start", step: "match", playlist: "only_one", track: "among_near" }),
    "No mood is chosen yet, so the music starts in the middle: " +
      "“Slow rain” is the only playlist to choose from, and “Drops” is one of its nearest tracks.",
  );
});

test("what is wrong with a file keeps the words behind the colon", () => {
  const said = ["The file cannot be read: can't sync: here", "Odd: thing", "", ...FILE_PROBLEMS];
  assert.deepEqual(said.map(problemOf), said);
});

test("minutes and seconds", () => {
  assert.deepEqual([0, 9.9, 61, 3600].map(clock), ["0:00", "0:09", "1:01", "60:00"]);
});

test("another site's player is left for the reason that is true", () => {
  const upcoming = { track: { title: "Rain 1" }, playlist: { name: "Rain" } };
  const asked = ["mood", "policy", "goal"].map((cause) => leaveSentence(upcoming, cause, "YouTube"));
  assert.deepEqual(asked, [
    "The mood has changed. Leave YouTube for Rain 1, from Rain?",
    "You changed how the music follows. Leave YouTube for Rain 1, from Rain?",
    "You moved the goal. Leave YouTube for Rain 1, from Rain?",
  ]);
});
