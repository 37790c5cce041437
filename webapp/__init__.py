"""The running app. `create_app` is the composition root: it alone chooses implementations."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask, Response

    from webapp.detection import FaceDetector
    from webapp.inference import Classifier
    from webapp.settings import Settings
    from webapp.web.openapi import Api

# A frame over the frame limit gets an answer that says so; a message over this one costs the connection.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def create_app(
    settings: Settings | None = None,
    *,
    classifier: Classifier | None = None,
    detector: FaceDetector | None = None,
) -> Flask:
    """Builds the app.

    Args:
        settings: The operator's; read from the environment if left out.
        classifier: The model's door; the artifact in `MODEL_DIR` if left out.
        detector: Finds faces; the one chosen in docs/detection.md if left out.

    Raises:
        AppError: If a setting, the model or the detector is not usable; one sentence says why.
    """
    # Imported here: eventlet must have patched the standard library before Flask is loaded (webapp/wsgi.py).
    # `live` registers its events when it is imported.
    from webapp import live, pages  # noqa: F401
    from webapp.concurrency import strict_packets  # noqa: F401
    from webapp.errors import AppError
    from webapp.extensions import socketio
    from webapp.services import KEY
    from webapp.settings import ROOT, Settings
    from webapp.web import assets, i18n, openapi, problems, uploads  # noqa: F401

    settings = settings or Settings.from_env(os.environ)
    logging.getLogger("webapp").setLevel(settings.log_level.upper())
    app = assets.make_app(__name__, ROOT)
    app.secret_key = settings.secret_key
    app.extensions[KEY] = _compose(settings, classifier, detector)
    i18n.init_app(app, ROOT / "translations")
    app.register_blueprint(pages.bp)
    app.request_class = uploads.UploadRequest
    app.config["MAX_CONTENT_LENGTH"] = uploads.OTHER_REQUEST_BYTES
    _add_api(openapi.init_app(app), settings)
    app.register_error_handler(AppError, problems.on_app_error)
    app.after_request(_add_headers)
    app.context_processor(_page_context)
    problems.init_app(app)
    strict_packets.init_logging()
    socketio.init_app(
        app,
        async_mode=settings.async_mode,
        max_http_buffer_size=MAX_MESSAGE_BYTES,
        serializer=strict_packets.StrictPacket,
    )
    return app


def _add_api(http_api: Api, settings: Settings) -> None:
    from webapp import api, explain_api
    from webapp.music import routes
    from webapp.photos import api as photos_api
    from webapp.photos import video_api

    api.describe_card(http_api)
    http_api.register_blueprint(api.bp)
    for bp in (*routes.BLUEPRINTS, photos_api.make_blueprint(settings), video_api.bp, explain_api.bp):
        http_api.register_blueprint(bp)


def _compose(settings: Settings, classifier: Classifier | None, detector: FaceDetector | None) -> object:
    from webapp.concurrency.blocking import runner
    from webapp.detection import load_detector
    from webapp.explaining import Explainer
    from webapp.inference import load_classifier
    from webapp.music.service import Music
    from webapp.photos.clips import ClipDesk
    from webapp.photos.desk import PhotoDesk
    from webapp.photos.reading import make_reader
    from webapp.pipeline import Pipeline
    from webapp.services import Services
    from webapp.sessions import Reading, Sessions
    from webapp.web.uploads import UploadMemory

    detector = detector or load_detector(settings)
    classifier = classifier or load_classifier(
        settings.model_dir, threads=settings.classify_threads, max_waiting=settings.max_waiting_faces
    )
    reading = Reading.of_card(
        classifier.card,
        min_confidence=settings.min_confidence,
        smoothing_s=settings.smoothing_s,
        settle_s=settings.settle_s,
    )
    reader = make_reader(settings, detector, classifier)
    photos = PhotoDesk(reader, threads=settings.photo_threads)
    run_blocking = runner(settings.async_mode)
    return Services(
        settings=settings,
        classifier=classifier,
        pipeline=Pipeline(
            detector, classifier, max_pixels=settings.max_frame_pixels, max_faces=settings.max_faces
        ),
        sessions=Sessions(reading, settings.detect_side),
        music=Music.of(settings, run_blocking),
        photos=photos,
        clips=ClipDesk(reader, photos.threads, settings),
        explainer=Explainer(reader, classifier, reading),
        upload_memory=UploadMemory(settings.max_upload_memory_bytes),
        run_blocking=run_blocking,
    )


def _page_context() -> dict[str, object]:
    from flask import current_app

    from webapp.version import VERSION

    return {"version": VERSION, "endpoints": current_app.view_functions}


def _add_headers(response: Response) -> Response:
    from flask import request

    # Scripts and styles run under the policy of their page; half a kilobyte on each of fifty files weighs.
    names = ["X-Content-Type-Options"] if request.endpoint == "static" else SECURITY_HEADERS
    for name in names:
        response.headers.setdefault(name, SECURITY_HEADERS[name])
    response.headers.setdefault("Cache-Control", "no-cache")
    return response
