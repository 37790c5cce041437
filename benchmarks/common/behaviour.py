"""Records what the app answers, so that two versions of the code can be compared answer by answer.

`python -m benchmarks.common.behaviour OUT.json [--photos photos-dev.zip]` writes the OpenAPI document, the
acknowledgements of a recorded set of frames, and the results of up to 200 photos. Run it before and after a change that
should change nothing, then `python -m benchmarks.common.behaviour BEFORE.json --compare AFTER.json`.

Smoothing and tracking depend on time, so the frames have a clock of their own: ten frames per second. Only names that
do not change are used (`create_app`, `Settings`, `socketio`, the wire format, the routes), so the script can be copied
into an older tree, with data.py beside it, and run there.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.common.data import PHOTOS, portrait

NUM_PHOTOS = 200
PHOTOS_PER_REQUEST = 20
FRAME_S = 0.1
NAMESPACE = "/live"
SIZE = (640, 480)


def place(*portraits: tuple[int, int, int, float]) -> np.ndarray:
    """Returns a frame with portraits at `(x, y, side, angle in degrees)`."""
    frame = np.full((SIZE[1], SIZE[0], 3), 96, np.uint8)
    for x, y, side, angle in portraits:
        turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1.0)
        turned = cv2.warpAffine(portrait(side), turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + side, SIZE[0]), min(y + side, SIZE[1])
        if right > left and bottom > top:
            frame[top:bottom, left:right] = turned[top - y : bottom - y, left - x : right - x]
    return frame


def frames() -> Iterator[np.ndarray]:
    """Yields the recorded set: a face that sways, leaves, comes back, tilts, gains company, shrinks and goes dark."""
    for step in range(20):
        yield place((90 + 8 * step, 10, 460, 0))
    for _ in range(8):
        yield place()
    for step in range(20):
        yield place((90, 10, 460, -45 + 5 * step))
    for step in range(20):
        yield place((10, 60, 320, 0), (330, 60 + 4 * step, 280 + 4 * step, 0))
    for step in range(12):
        yield place((200, 100, 300 - 20 * step, 0))
    for step in range(10):
        yield (place((90, 10, 460, 0)) * (1 - step / 10)).astype(np.uint8)
    for step in range(10):
        yield cv2.GaussianBlur(place((60 + 30 * step, 10, 460, 10)), (0, 0), 1 + step / 2)


def events() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yields `(event, arguments)`: the frames, settings between them, and events that must be refused."""
    for seq, frame in enumerate(frames()):
        if seq == 30:
            yield "settings", ({"smoothing_s": 0.2, "min_confidence": 0.7, "detect_side": 256},)
        if seq == 60:
            yield "settings", ({},)
        jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        yield "frame", ({"seq": seq, "t_ms": 100.0 * seq}, jpeg)
    jpeg = cv2.imencode(".png", place((90, 10, 460, 0)))[1].tobytes()
    yield "frame", ({"seq": 900, "t_ms": 1.0}, jpeg)
    yield "frame", ({"seq": 901, "t_ms": 1.0}, b"no picture")
    yield "frame", ({"seq": -1, "t_ms": 1.0}, jpeg)
    yield "frame", ({"seq": 902, "t_ms": 1.0}, b"")
    yield "frame", ({"seq": 903, "t_ms": 1.0},)
    yield "settings", ({"smoothing_s": 9},)


class FrameClock:
    """A monotonic clock that stands still between frames."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        """Returns the time in seconds."""
        return self.now_s


def record_acknowledgements(app: Any, socketio: Any) -> list[Any]:
    """Returns the answers to all events of the recorded set, without the measured times."""
    answers = []
    client = socketio.test_client(app, namespace=NAMESPACE)
    answers.append(client.get_received(NAMESPACE)[0]["args"][0])
    clock, own = FrameClock(), time.monotonic
    time.monotonic = clock  # type: ignore[assignment]
    try:
        for event, arguments in events():
            clock.now_s += FRAME_S
            answer = client.emit(event, *arguments, namespace=NAMESPACE, callback=True)
            answer.pop("timing_ms", None)
            answers.append(answer)
    finally:
        time.monotonic = own
    client.disconnect(NAMESPACE)
    return answers


def record_photos(app: Any, archive: Path) -> list[Any]:
    """Returns the results of photos from an archive, spread evenly over it."""
    with zipfile.ZipFile(archive) as photos:
        names = sorted(name for name in photos.namelist() if not name.endswith("/"))
        chosen = names[:: max(1, len(names) // NUM_PHOTOS)][:NUM_PHOTOS]
        results: list[Any] = []
        for start in range(0, len(chosen), PHOTOS_PER_REQUEST):
            files = [
                (io.BytesIO(photos.read(name)), name) for name in chosen[start : start + PHOTOS_PER_REQUEST]
            ]
            answer = app.test_client().post("/api/v1/photos", data={"photos": files})
            results += answer.get_json()["results"]
    return results


def record(photos: Path | None) -> dict[str, Any]:
    """Returns the OpenAPI document, the acknowledgements, and the results of photos if there are any."""
    from webapp import create_app
    from webapp.extensions import socketio
    from webapp.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env({"ASYNC_MODE": "threading", "DATA_DIR": folder, **_model_of(os.environ)})
        app = create_app(settings)
        found: dict[str, Any] = {"openapi": app.test_client().get("/api/v1/openapi.json").get_json()}
        found["acknowledgements"] = record_acknowledgements(app, socketio)
        if photos is not None:
            found["photos"] = record_photos(app, photos)
    return found


def _model_of(environment: Any) -> dict[str, str]:
    return {"MODEL_DIR": environment["MODEL_DIR"]} if "MODEL_DIR" in environment else {}


def differences(before: Any, after: Any, place: str = "") -> Iterator[str]:
    """Yields a line for each place in which two recordings differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            if key not in before or key not in after:
                yield f"{place}/{key}: {'only after' if key not in before else 'only before'}"
            else:
                yield from differences(before[key], after[key], f"{place}/{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{place}/{number}")
    elif before != after:
        yield f"{place}: {json.dumps(before)[:160]} -> {json.dumps(after)[:160]}"


def main() -> int:
    """Records, or compares two recordings; returns 1 if they differ."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recording", type=Path)
    parser.add_argument("--photos", type=Path, help="zip archive of photos, such as photos-dev.zip")
    parser.add_argument("--compare", type=Path, metavar="AFTER", help="compare with this recording")
    arguments = parser.parse_args()
    if arguments.compare is None:
        found = record(arguments.photos and PHOTOS.find(arguments.photos))
        arguments.recording.write_text(json.dumps(found, indent=1, sort_keys=True))
        print({name: len(part) for name, part in found.items()})
        return 0
    before, after = (json.loads(path.read_text()) for path in (arguments.recording, arguments.compare))
    lines = list(differences(before, after))
    print("\n".join(lines) or "identical")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
