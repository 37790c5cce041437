"""Socket.IO namespace `/live`: frames in, acknowledgements out; thin."""

from __future__ import annotations

import logging
import time
from typing import Any

from flask import request
from flask_socketio import emit

from webapp.core.label_state import LabelThresholds
from webapp.errors import AppError, TooFast
from webapp.extensions import socketio
from webapp.live.protocol import (
    DETECT_SIDES,
    SETTING_RANGES,
    Ack,
    Frame,
    Refusal,
    parse_frame,
    parse_settings,
    readable_seq,
)
from webapp.live.sessions import Session
from webapp.services import Services, services
from webapp.version import VERSION

NAMESPACE = "/live"
RETRY_MS = 50

log = logging.getLogger(__name__)


@socketio.on("connect", namespace=NAMESPACE)
def on_connect() -> None:
    """Greets a visitor with what the client needs to know."""
    app = services()
    app.sessions.open(_sid())
    emit("hello", hello(app))


@socketio.on("disconnect", namespace=NAMESPACE)
def on_disconnect(*_: object) -> None:
    """Forgets the visitor."""
    services().sessions.close(_sid())


@socketio.on("frame", namespace=NAMESPACE)
def on_frame(*arguments: object) -> dict[str, Any]:
    """Analyses one frame; the return value is the acknowledgement."""
    app = services()
    try:
        frame = parse_frame(arguments, max_bytes=app.settings.max_frame_bytes)
        return _analyse(app, frame).as_dict()
    except AppError as error:
        return Refusal(readable_seq(arguments), error).as_dict()
    except Exception:
        log.exception("a frame failed")
        failure = AppError(
            "The server could not analyse this frame. The next one may work.", retry_after_ms=1000
        )
        return Refusal(readable_seq(arguments), failure).as_dict()


@socketio.on("settings", namespace=NAMESPACE)
def on_settings(*arguments: object) -> dict[str, Any]:
    """Applies what a visitor chose; the return value, the settings that now hold, is the acknowledgement."""
    app = services()
    try:
        chosen = parse_settings(arguments, max_side=app.settings.detect_side)
    except AppError as error:
        return {"ok": False, "error": error.as_dict()}
    thresholds = app.sessions.apply_settings(_sid(), chosen)
    return {
        "ok": True,
        "settings": describe_settings(thresholds, chosen.detect_side or app.settings.detect_side),
    }


def describe_settings(thresholds: LabelThresholds, detect_side: int) -> dict[str, float]:
    """Returns the settings that a visitor may choose, with their present values."""
    return {
        "smoothing_s": thresholds.smoothing_s,
        "min_confidence": thresholds.min_confidence,
        "detect_side": detect_side,
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
        },
        "version": VERSION,
    }


def _analyse(app: Services, frame: Frame) -> Ack:
    session = app.sessions.take(_sid())
    if session is None:
        raise TooFast(
            "The last frame is still being analysed. Send the next one after its acknowledgement.",
            retry_after_ms=RETRY_MS,
        )
    try:
        return _read(app, session, frame)
    finally:
        app.sessions.release(session)


def _read(app: Services, session: Session, frame: Frame) -> Ack:
    started_s = time.perf_counter()
    hint = session.search_hint(now_s=time.monotonic())
    analysis = app.run_blocking(app.pipeline.analyse, frame.jpeg, started_s, hint)
    reply = session.update(analysis, now_s=time.monotonic())
    total_ms = round((time.perf_counter() - started_s) * 1000, 2)
    return Ack(frame.seq, reply, {**analysis.timing_ms, "total": total_ms})


def _sid() -> str:
    return request.sid  # type: ignore[attr-defined]  # Flask-SocketIO adds it to the request
