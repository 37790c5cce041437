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


def make_app(*boxes, classifier=None):
    return create_app(SETTINGS, classifier=classifier or FakeClassifier(), detector=FakeDetector(*boxes))


def send(app, *arguments):
    client = socketio.test_client(app, namespace="/live")
    return client.emit("frame", *arguments, namespace="/live", callback=True)


def frame(app, jpeg=JPEG):
    return send(app, {"seq": 3, "t_ms": 1}, jpeg)
