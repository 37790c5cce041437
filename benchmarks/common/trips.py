"""The server files that a frame, a photo and a song cross: `python -m benchmarks.common.structure --trips`."""

from __future__ import annotations

import io
import sys
import tempfile
import threading
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Visited:
    """Notes the files of webapp whose code runs, in this thread and in every thread that starts after `install`."""

    def __init__(self) -> None:
        """Begins without a file."""
        self.files: set[str] = set()

    def install(self) -> None:
        """Starts to take notes."""
        threading.setprofile(self._note)
        sys.setprofile(self._note)

    def _note(self, frame: Any, event: str, _: Any) -> None:
        path = frame.f_code.co_filename
        if event == "call" and path.startswith(str(ROOT / "webapp")):
            self.files.add(str(Path(path).relative_to(ROOT)))


def measure_trips() -> dict[str, list[str]]:
    """Returns the server files that a frame, a photo and a song cross."""
    import cv2

    from benchmarks.common.behaviour import place
    from webapp import create_app
    from webapp.extensions import socketio
    from webapp.settings import Settings

    moved = [cv2.imencode(".jpg", place((x, 10, 300, 0)))[1].tobytes() for x in (40, 300)]
    frames = cycle(moved)  # the reading of a face that hardly changes would be used again
    visited = Visited()
    visited.install()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_env({"ASYNC_MODE": "threading", "DATA_DIR": folder}))
        web, live = app.test_client(), socketio.test_client(app, namespace="/live")

        def frame() -> None:
            live.emit("frame", {"seq": 1, "t_ms": 1.0}, next(frames), namespace="/live", callback=True)

        def photo() -> None:
            _check(web.post("/api/v1/photos", data={"photos": (io.BytesIO(moved[0]), "a.jpg")}))

        def song() -> None:
            asked = {"mood": {"valence": 0.5, "arousal": 0.5}}
            _check(web.post("/api/v1/music/next", json=asked))

        return {act.__name__: _files_of(act, visited) for act in (frame, photo, song)}


def _check(answer: Any) -> None:
    if answer.status_code != 200:
        raise SystemExit(f"error: {answer.request.path} answered {answer.status_code}, expected 200.")


def _files_of(act: Callable[[], None], visited: Visited) -> list[str]:
    act()  # work that is done only once is done now
    visited.files = set()
    act()
    return sorted(visited.files)
