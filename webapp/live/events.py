"""Socket.IO namespace `/live`: frames in, acknowledgements out; thin."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, emit  # noqa: A004 - the socket's own

from webapp.core.label_state import LabelThresholds
from webapp.errors import AppError, TooFast
from webapp.extensions import socketio
from webapp.inference.card import INPUT_SHAPE
from webapp.live.protocol import (
    DETECT_SIDES,
    SETTING_RANGES,
    Ack,
    FaceCrops,
    Frame,
    Refusal,
    parse_faces,
    parse_frame,
    parse_settings,
    readable_seq,
)
from webapp.live.sessions import Session
from webapp.recognition.pipeline import Analysis
from webapp.services import KEY, Services, services
from webapp.version import VERSION
from webapp.web.access import require_visitor

NAMESPACE = "/live"
RETRY_MS = 50

log = logging.getLogger(__name__)


@socketio.on("connect", namespace=NAMESPACE)
def on_connect(auth: object = None) -> None:
    """Greets a visitor with what the client needs to know.

    Args:
        auth: What the client says of itself: `{token}`, if the server asks for one.

    Raises:
        ConnectionRefusedError: Without it; carries what every refusal does.
    """
    app = services()
    try:
        require_visitor(auth)
    except AppError as error:
        raise ConnectionRefusedError(error.message, error.as_dict()) from None
    app.sessions.open(_sid())
    emit("hello", hello(app))


@socketio.on("disconnect", namespace=NAMESPACE)
def on_disconnect(*_: object) -> None:
    """Forgets the visitor."""
    app = services()
    app.sessions.close(_sid())
    app.frames.forget(_sid())


def init_app(app: Flask) -> None:
    """Adds the events of frames and faces to an app whose socket server is ready.

    They go past Flask-SocketIO, whose request context would take a quarter of a frame's time on the event loop, and of
    which they have no use.
    """
    parts: Services = app.extensions[KEY]

    @socketio.server.on("frame", namespace=NAMESPACE)
    def on_frame(sid: str, *arguments: object) -> dict[str, Any]:
        return answer_frame(parts, sid, arguments)

    @socketio.server.on("faces", namespace=NAMESPACE)
    def on_faces(sid: str, *arguments: object) -> dict[str, Any]:
        return answer_faces(parts, sid, arguments)


def answer_frame(app: Services, sid: str, arguments: tuple[object, ...]) -> dict[str, Any]:
    """Analyses one frame; returns the acknowledgement.

    Args:
        app: The app's parts.
        sid: Socket id of the visitor.
        arguments: Arguments of the event.
    """
    limit = app.settings.max_frame_bytes
    return _answer(app, sid, arguments, lambda: parse_frame(arguments, max_bytes=limit))


def answer_faces(app: Services, sid: str, arguments: tuple[object, ...]) -> dict[str, Any]:
    """Reads the faces that a browser found and cut in one frame; returns the acknowledgement, see `answer_frame`."""
    limit = app.settings.max_faces
    crop_bytes = math.prod(INPUT_SHAPE)
    return _answer(
        app, sid, arguments, lambda: parse_faces(arguments, max_faces=limit, crop_bytes=crop_bytes)
    )


def _answer(
    app: Services, sid: str, arguments: tuple[object, ...], parse: Callable[[], Frame | FaceCrops]
) -> dict[str, Any]:
    try:
        ack = _analyse(app, sid, parse())
        app.metrics.note_frame("ok", ack.timing_ms)
        return ack.as_dict()
    except AppError as error:
        app.metrics.note_frame(error.code)
        return Refusal(readable_seq(arguments), error).as_dict()
    except Exception:
        log.exception("a frame failed")
        app.metrics.note_frame(AppError.code)
        failure = AppError(
            "The server could not analyse this frame. The next one may work.", retry_after_ms=1000
        )
        return Refusal(readable_seq(arguments), failure).as_dict()


@socketio.on("settings", namespace=NAMESPACE)
def on_settings(*arguments: object) -> dict[str, Any]:
    """Applies what a visitor chose; the return value, the settings that now hold, is the acknowledgement."""
    app = services()
    try:
        chosen = parse_settings(
            arguments,
            max_side=app.settings.detect_side,
            baseline_labels=app.classifier.card.labels if app.sessions.resting_rule else None,
        )
    except AppError as error:
        return {"ok": False, "error": error.as_dict()}
    thresholds = app.sessions.apply_settings(_sid(), chosen)
    now: dict[str, Any] = describe_settings(thresholds, chosen.detect_side or app.settings.detect_side)
    if chosen.baseline is not None:
        now["baseline"] = chosen.baseline
    return {"ok": True, "settings": now}


def describe_settings(thresholds: LabelThresholds, detect_side: int) -> dict[str, Any]:
    """Returns the settings that a visitor may choose, with their present values."""
    return {
        "smoothing_s": thresholds.smoothing_s,
        "min_confidence": thresholds.min_confidence,
        "detect_side": detect_side,
        "strength": None if thresholds.strength is None else thresholds.strength.value,
    }


def hello(app: Services) -> dict[str, Any]:
    """Returns what a client learns on connecting."""
    settings, card = app.settings, app.classifier.card
    return {
        "labels": list(card.labels),
        "settings": describe_settings(app.sessions.thresholds, settings.detect_side),
        "model": {"name": card.name, "parameters": card.parameters},
        "limits": {
            "max_frame_bytes": settings.max_frame_bytes,
            "max_frame_pixels": settings.max_frame_pixels,
            "max_faces": settings.max_faces,
            "frames_in_flight": 1,
            **{name: list(limits) for name, limits in SETTING_RANGES.items()},
            "detect_side": [side for side in DETECT_SIDES if side <= settings.detect_side],
            "baseline": app.sessions.resting_rule is not None,
        },
        "send": settings.camera_sends,
        "crop": {**asdict(card.crop), "size": INPUT_SHAPE[0]},
        "detect_threshold": settings.detect_threshold,
        "version": VERSION,
    }


def _analyse(app: Services, sid: str, frame: Frame | FaceCrops) -> Ack:
    session = app.sessions.take(sid)
    if session is None:
        raise TooFast(
            "The last frame is still being analysed. Send the next one after its acknowledgement.",
            retry_after_ms=RETRY_MS,
        )
    try:
        return _read(app, sid, session, frame)
    finally:
        app.sessions.release(session)


def _read(app: Services, sid: str, session: Session, frame: Frame | FaceCrops) -> Ack:
    started_s = time.perf_counter()

    def analyse(_: float) -> Analysis:
        if isinstance(frame, FaceCrops):
            crops = np.frombuffer(frame.crops, np.uint8).reshape(-1, *INPUT_SHAPE)
            return app.pipeline.analyse_crops(crops, frame.boxes, started_s)
        return app.pipeline.analyse(
            frame.jpeg, started_s, session.search_hint(now_s=time.monotonic(), busy=app.frames.is_busy())
        )

    analysis, next_in_ms = app.frames.run(sid, analyse)
    reply = session.update(analysis, now_s=time.monotonic())
    total_ms = round((time.perf_counter() - started_s) * 1000, 2)
    return Ack(frame.seq, reply, {**analysis.timing_ms, "total": total_ms}, next_in_ms)


def _sid() -> str:
    return request.sid  # type: ignore[attr-defined]  # Flask-SocketIO adds it to the request
