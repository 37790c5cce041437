/** The mood by the camera: pictures to the server, its settled place back. */

import { createCameraSlot, openCamera } from "../../camera/camera.js";
import { createCapture } from "../../camera/capture.js";
import { createFrameLoop, problemAfter, retryDelayMs } from "../../camera/frame_loop.js";
import { focusFirst } from "../../camera/face_slots.js";

const LONGEST_SIDE = 640;

/**
 * @param {HTMLVideoElement} video
 * @param {object} acts
 * @param {(facts: import("../../shared/words.js").Facts) => void} acts.onChange
 * @param {(place: {point: object | null, settled: object | null, settling: number}, label: string | null) => void} acts.onPlace
 */
export function createSensing(video, { onChange, onPlace }) {
  const facts = {
    phase: "idle",
    cameraProblem: null,
    muted: false,
    link: "connecting",
    hidden: document.hidden,
    problem: null,
    reply: null,
  };
  const slot = createCameraSlot((options) => openCamera(video, options));
  let channel = null;
  let failures = 0;

  const loop = createFrameLoop({
    capture: createCapture(video, () => LONGEST_SIDE),
    send: (frame) => channel.send(frame),
    onReply,
    onError,
  });
  const tell = (news = {}) => onChange(Object.assign(facts, news));

  function onReply(reply) {
    failures = 0;
    tell({ problem: null, reply: { ...reply, faces: focusFirst(reply.faces, reply.focus) } });
    onPlace(reply.place, reply.mood.settled ? reply.mood.label : null);
  }

  async function onError(error) {
    failures += 1;
    tell({ problem: problemAfter(error, failures, facts.problem) });
    if (error.code === undefined) console.error(error); // a fault of this page
    await new Promise((resolve) => setTimeout(resolve, retryDelayMs(error, failures)));
  }

  /** Runs while there is a picture to take, somebody to see it, and a server to read it. */
  function goOnOrPause() {
    tell({ hidden: document.hidden });
    if (facts.phase === "running" && facts.link === "up" && !facts.hidden) loop.start();
    else {
      loop.stop();
      tell({ reply: null });
    }
  }

  function onLink(link) {
    failures = 0;
    tell({ link, problem: null });
    goOnOrPause();
  }

  function become(phase, cameraProblem = null) {
    loop.stop();
    tell({ phase, cameraProblem, muted: false, problem: null, reply: null });
    goOnOrPause();
  }

  function leave(problem = null) {
    slot.release();
    channel?.close();
    channel = null;
    become("idle", problem);
  }

  async function start() {
    become("starting");
    let connect;
    try {
      ({ connect } = await import("../../camera/connection.js")); // only those who use the camera need it
      if (facts.phase !== "starting") return;
      const camera = await slot.take({
        longestSide: LONGEST_SIDE,
        onGone: () => leave("unplugged"),
        onMuted: (muted) => tell({ muted }),
      });
      if (!camera) return; // a later start or stop has overtaken this one
    } catch (error) {
      leave(error.code ?? "failed");
      return;
    }
    tell({ link: "connecting" });
    channel ??= connect({ onLink });
    become("running");
  }

  document.addEventListener("visibilitychange", goOnOrPause);
  return { start: () => void start(), stop: () => leave(), facts: () => facts };
}
