"""The app in one process, with a classifier and a detector whose answers a test decides."""

from __future__ import annotations

import cv2
import numpy as np

from tests.support.fakes import FakeClassifier, FakeDetector
from webapp import create_app
from webapp.extensions import socketio
from webapp.settings import Settings

SETTINGS = Settings.from_env({"ASYNC_MODE": "threading"})
JPEG = cv2.imencode(".jpg", np.full((480, 640, 3), 120, np.uint8))[1].tobytes()
DARK = cv2.imencode(".jpg", np.full((480, 640, 3), 12, np.uint8))[1].tobytes()


def make_app(*boxes, classifier=None, **environment):
    settings = Settings.from_env({"ASYNC_MODE": "threading", **environment}) if environment else SETTINGS
    return create_app(settings, classifier=classifier or FakeClassifier(), detector=FakeDetector(*boxes))


def send(app, *arguments):
    client = socketio.test_client(app, namespace="/live")
    return client.emit("frame", *arguments, namespace="/live", callback=True)


def send_faces(app, *boxes, crops=None, seq=3):
    """Sends faces that a browser cut; without `crops` all are black."""
    client = socketio.test_client(app, namespace="/live")
    content = bytes(48 * 48 * len(boxes)) if crops is None else crops
    meta = {"seq": seq, "t_ms": 1, "boxes": list(boxes)}
    return client.emit("faces", meta, content, namespace="/live", callback=True)


def frame(app, jpeg=JPEG):
    return send(app, {"seq": 3, "t_ms": 1}, jpeg)
