"""Faces found in the browser against whole frames sent: `python -m benchmarks.recognition.browser_faces [--films 24]`.

Films of CK+48's faces and of a free portrait are played both ways. Each frame is read by the server's pipeline as it
comes, and its pixels are given to the page's own worker in a headless Chromium, whose crops the same model reads. Both
ways follow faces from frame to frame, with the same clock. Then a real server gets frames and faces in turn, ten a
second over a websocket, which gives the bytes and the processor time of its whole process tree.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import psutil
from playwright.sync_api import sync_playwright
from websockets.sync.client import ClientConnection, connect

from benchmarks.common.data import CKPLUS
from benchmarks.recognition.face_videos import FaceVideo, ckplus_videos, portrait_videos
from benchmarks.serving.live import running_server
from benchmarks.serving.load import processor_s
from tests.support.browser.chrome import chrome
from tests.support.browser.face_finding import BrowserFinder
from webapp.core.geometry import Box, iou
from webapp.core.label_state import LabelThresholds
from webapp.inference import LABELS, Classifier, load_classifier
from webapp.live.protocol import FrameReply
from webapp.live.sessions import Session
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.imaging import decode_image
from webapp.recognition.pipeline import Analysis, Pipeline

MAX_PIXELS = 10**6
SETTLE_S = 1.5
RATE = 10.0
ROUNDS = 3
ROUND_S = 6.0

Messages = list[tuple[dict, bytes]]
"""The part of `meta` beside number and time, and the binary, of each frame."""


@dataclass(frozen=True)
class Compared:
    """One frame read both ways.

    Attributes:
        same_count: Whether both found as many faces.
        same_top: Whether the most probable label of the largest face is the same; true if both found none.
        same_shown: Whether the visitor would see the same label, with its certainty.
        overlap: Intersection over union of the largest boxes; `None` unless both found a face.
        gap: Largest difference of a probability of the largest face; `None` unless both found a face.
        browser_ms: Time of finding and cutting in the browser.
    """

    same_count: bool
    same_top: bool
    same_shown: bool
    overlap: float | None
    gap: float | None
    browser_ms: float


class BothWays:
    """Plays films as frames and as faces, through one model.

    Args:
        classifier: The model.
        browser: The page's own worker.
    """

    def __init__(self, classifier: Classifier, browser: BrowserFinder) -> None:
        self._browser = browser
        self._pipeline = Pipeline(BlazeFaceDetector(), classifier, max_pixels=MAX_PIXELS, max_faces=16)
        self._thresholds = LabelThresholds.of_card(
            classifier.card, min_confidence=None, smoothing_s=None, settle_s=SETTLE_S
        )
        self.frames: Messages = []
        self.faces: Messages = []

    def play(self, film: FaceVideo) -> list[Compared]:
        """Returns each frame's comparison; keeps what both ways would send."""
        whole, only_faces = Session(self._thresholds), Session(self._thresholds)
        compared, num_shown = [], 0
        self._browser.open()
        for at_s, jpeg in film.frames():
            frame = self._pipeline.analyse(jpeg, time.perf_counter(), whole.search_hint(now_s=at_s))
            reply = whole.update(frame, now_s=at_s)
            rgb = decode_image(jpeg, max_pixels=MAX_PIXELS)
            found = self._browser.find(rgb, num_shown=num_shown, at_s=at_s)
            boxes = tuple(Box(*box) for box in found.boxes)
            faces = self._pipeline.analyse_crops(found.crops, boxes, time.perf_counter())
            reply_to_faces = only_faces.update(faces, now_s=at_s)
            num_shown = len(reply_to_faces.faces)
            compared.append(compare((frame, reply), (faces, reply_to_faces), found.ms))
            self.frames.append(({}, jpeg))
            self.faces.append(({"boxes": [list(box) for box in found.boxes]}, found.crops.tobytes()))
        return compared


def compare(
    whole: tuple[Analysis, FrameReply], faces: tuple[Analysis, FrameReply], browser_ms: float
) -> Compared:
    """Compares the analyses and the acknowledgements of a frame."""
    tops = [LABELS[int(one.probs[0].argmax())] if len(one.probs) else "none" for one, _ in (whole, faces)]
    shown = [_shown(reply) for _, reply in (whole, faces)]
    both = all(len(one.probs) for one, _ in (whole, faces))
    boxes = [Box(*one.boxes[0].relative(one.width, one.height)) for one, _ in (whole, faces) if one.boxes]
    return Compared(
        same_count=len(whole[0].boxes) == len(faces[0].boxes),
        same_top=tops[0] == tops[1],
        same_shown=shown[0] == shown[1],
        overlap=iou(*boxes) if both else None,
        gap=float(np.abs(whole[0].probs[0] - faces[0].probs[0]).max()) if both else None,
        browser_ms=browser_ms,
    )


def _shown(reply: FrameReply) -> tuple[str, str] | None:
    first = next((face.reading for face in reply.faces if face.id == reply.focus), None)
    return None if first is None else (first.label, first.state)


def agreement_table(films: dict[str, list[Compared]]) -> str:
    """Returns the table of agreement, by kind of film."""
    head = (
        "| films | frames | as many faces | same top label | same label shown | IoU of the boxes, mean / least | "
        "probability off by, median / most | in the browser, ms |\n|---|---|---|---|---|---|---|---|"
    )
    everything = [one for frames in films.values() for one in frames]
    return "\n".join([head, *(_row(name, frames) for name, frames in {**films, "all": everything}.items())])


def _row(name: str, frames: Sequence[Compared]) -> str:
    overlaps = [one.overlap for one in frames if one.overlap is not None]
    gaps = [one.gap for one in frames if one.gap is not None]
    shares = [
        f"{100 * np.mean([getattr(one, field) for one in frames]):.2f} %"
        for field in ("same_count", "same_top", "same_shown")
    ]
    return (
        f"| {name} | {len(frames)} | {' | '.join(shares)} | {np.mean(overlaps):.4f} / {min(overlaps):.3f} | "
        f"{np.median(gaps):.4f} / {max(gaps):.3f} | {statistics.median(one.browser_ms for one in frames):.1f} |"
    )


class Visitor:
    """Sends frames or faces over a websocket, one in flight, and counts their bytes."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._seq = 0
        self.num_bytes = 0
        socket.recv()
        socket.send("40/live,")
        while not str(socket.recv()).startswith("42/live,"):
            pass

    def send(self, event: str, meta: dict, content: bytes) -> None:
        """Sends one message of two parts and waits for its acknowledgement."""
        self._seq += 1
        full = json.dumps({"seq": self._seq, "t_ms": 0, **meta}, separators=(",", ":"))
        text = f'451-/live,{self._seq}["{event}",{full},{{"_placeholder":true,"num":0}}]'
        self.num_bytes += len(text) + len(content)
        self._socket.send(text)
        self._socket.send(content)
        head = f"43/live,{self._seq}["
        while not (message := str(self._socket.recv())).startswith(head):
            if message == "2":
                self._socket.send("3")
        reply = json.loads(message[len(head) - 1 :])[0]
        if not reply["ok"]:
            raise SystemExit(f"error: the server refused {event}: {reply['error']}")

    def play(self, event: str, messages: Messages, first: int) -> None:
        """Sends messages for one round, `RATE` a second, every seventh one so that films mix."""
        due_s = time.perf_counter() + (first % 97) / 97 / RATE  # visitors do not come in step
        for number in range(round(RATE * ROUND_S)):
            time.sleep(max(0.0, due_s - time.perf_counter()))
            due_s += 1 / RATE
            self.send(event, *messages[(first + 7 * number) % len(messages)])


def cost(
    visitors: Sequence[Visitor], event: str, messages: Messages, server: psutil.Process
) -> tuple[float, float]:
    """Returns processor milliseconds of the server and bytes, both per frame, of one round of all visitors."""
    before_s, before_bytes = processor_s(server), sum(one.num_bytes for one in visitors)
    with ThreadPoolExecutor(len(visitors)) as threads:
        playing = [threads.submit(one.play, event, messages, 31 * i) for i, one in enumerate(visitors)]
        for one in playing:
            one.result()
    num_frames = round(RATE * ROUND_S) * len(visitors)
    num_bytes = sum(one.num_bytes for one in visitors) - before_bytes
    return 1000 * (processor_s(server) - before_s) / num_frames, num_bytes / num_frames


def cost_table(frames: Messages, faces: Messages, counts: Sequence[int]) -> str:
    """Measures a real server in rounds, in turn with frames and with faces, and returns the table.

    Args:
        frames: Messages of the event `frame`.
        faces: Messages of the event `faces`, of the same films.
        counts: Numbers of visitors.
    """
    lines = []
    with running_server({}) as (url, server):
        address = url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        for count in counts:
            with ExitStack() as stack:
                visitors = [
                    Visitor(stack.enter_context(connect(address, compression=None, max_size=None)))
                    for _ in range(count)
                ]
                lines.append(_cost_row(visitors, {"frame": frames, "faces": faces}, server))
    head = (
        "| visitors | bytes a frame: frames, faces, ratio | kB a second and visitor | "
        "server ms a frame: frames, faces, ratio |\n|---|---|---|---|"
    )
    return "\n".join([head, *lines])


def _cost_row(visitors: Sequence[Visitor], sources: dict[str, Messages], server: psutil.Process) -> str:
    rounds: dict[str, list[tuple[float, float]]] = {event: [] for event in sources}
    for number in range(1 + ROUNDS):
        for event, messages in sources.items():
            done = cost(visitors, event, messages, server)
            if number:  # the first round warms up
                rounds[event].append(done)
    (frame_ms, frame_bytes), (faces_ms, faces_bytes) = (
        np.median(np.array(done), axis=0) for done in rounds.values()
    )
    return (
        f"| {len(visitors)} | {frame_bytes:.0f}, {faces_bytes:.0f}, **{frame_bytes / faces_bytes:.1f}** | "
        f"{frame_bytes * RATE / 1000:.0f}, {faces_bytes * RATE / 1000:.0f} | "
        f"{frame_ms:.2f}, {faces_ms:.2f}, **{frame_ms / faces_ms:.2f}** |"
    )


def films_of(archive: Path, count: int) -> dict[str, list[FaceVideo]]:
    """Returns films by kind: about `count` of CK+ faces, half of them with a change of expression."""
    stills, changes = ckplus_videos(archive, num_stills=count // 2, num_changes=count - count // 2)
    return {"portrait": portrait_videos(2), "still faces": stills, "changes of expression": changes}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=Path("models/model2-ferplus-balanced"))
    CKPLUS.add_option(parser)
    parser.add_argument("--films", type=int, default=24, help="films of CK+ faces (default: 24)")
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 8], help="visitors of the second part")
    options = parser.parse_args()
    films = films_of(CKPLUS.find(options.ckplus), options.films)
    cv2.setNumThreads(1)
    classifier = load_classifier(options.model, threads=1)
    with running_server({}) as (url, _), sync_playwright() as playwright, chrome(playwright) as browser:
        page = browser.new_page()
        page.goto(url)
        ways = BothWays(classifier, BrowserFinder(page, classifier.card.crop))
        compared = {kind: [one for film in some for one in ways.play(film)] for kind, some in films.items()}
    classifier.close()
    print(agreement_table(compared), end="\n\n", flush=True)
    print(cost_table(ways.frames, ways.faces, options.visitors))


if __name__ == "__main__":
    main()
