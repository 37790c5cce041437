"""The composition root: `create_app` alone chooses implementations and joins the rooms.

Under eventlet the standard library must be patched before this module is imported (webapp/wsgi.py).
"""

from __future__ import annotations

import logging
import os

from flask import Flask, current_app

import webapp.live.events  # noqa: F401 - registers the events of `/live`
from webapp.concurrency import strict_packets
from webapp.concurrency.blocking import runner
from webapp.errors import AppError
from webapp.explain import routes as explain_routes
from webapp.explain.service import Explainer
from webapp.extensions import socketio
from webapp.inference import Classifier
from webapp.live.sessions import Sessions
from webapp.music import http as music_http
from webapp.music.service import Music
from webapp.pages import health
from webapp.pages import routes as page_routes
from webapp.photos import routes as photo_routes
from webapp.photos.service import PhotoService
from webapp.recognition.detection.face import FaceDetector
from webapp.recognition.pipeline import Pipeline
from webapp.recognition.reader import build_reader
from webapp.services import KEY, Services
from webapp.settings import ROOT, Settings
from webapp.version import VERSION
from webapp.videos import routes as video_routes
from webapp.videos.service import VideoService
from webapp.web import assets, i18n, openapi, problems, uploads
from webapp.web.openapi import Api

# A frame over the frame limit is refused by name; a message over this limit costs the connection.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024


def create_app(
    settings: Settings | None = None,
    *,
    classifier: Classifier | None = None,
    detector: FaceDetector | None = None,
) -> Flask:
    """Builds the app.

    Args:
        settings: The operator's settings; read from the environment if left out.
        classifier: The door to the model; the artifact in `MODEL_DIR` if left out.
        detector: Face detector; the one that docs/reference/detection.md chose if left out.

    Raises:
        AppError: If a setting, the model or the detector is not usable; one sentence says why.
    """
    settings = settings or Settings.from_env(os.environ)
    logging.getLogger("webapp").setLevel(settings.log_level.upper())
    app = Flask(
        __name__,
        static_folder=str(ROOT / "static"),
        static_url_path=assets.static_url(ROOT / "static"),
        template_folder=str(ROOT / "templates"),
    )
    app.secret_key = settings.secret_key
    app.request_class = uploads.UploadRequest
    app.config["MAX_CONTENT_LENGTH"] = uploads.OTHER_REQUEST_BYTES
    app.extensions[KEY] = compose(settings, classifier, detector)
    assets.init_app(app)
    i18n.init_app(app, ROOT / "translations")
    app.register_blueprint(page_routes.bp)
    _register_api(openapi.init_app(app), settings)
    app.register_error_handler(AppError, problems.on_app_error)
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


def compose(settings: Settings, classifier: Classifier | None, detector: FaceDetector | None) -> Services:
    """Returns the parts of an app; see `create_app` for the arguments."""
    reader = build_reader(settings, classifier=classifier, detector=detector)
    photos = PhotoService(reader, threads=settings.photo_threads)
    run_blocking = runner(settings.async_mode)
    return Services(
        settings=settings,
        classifier=reader.classifier,
        pipeline=Pipeline(
            reader.detector,
            reader.classifier,
            max_pixels=settings.max_frame_pixels,
            max_faces=settings.max_faces,
        ),
        sessions=Sessions(reader.thresholds, settings.detect_side),
        music=Music.of(settings, run_blocking),
        photos=photos,
        videos=VideoService(reader, photos.threads, settings),
        explainer=Explainer(reader),
        upload_memory=uploads.UploadMemory(settings.max_upload_memory_bytes),
        run_blocking=run_blocking,
    )


def _register_api(api: Api, settings: Settings) -> None:
    health.describe_card(api)
    api.register_blueprint(health.bp)
    photos = photo_routes.make_blueprint(settings)
    for bp in (*music_http.BLUEPRINTS, photos, video_routes.bp, explain_routes.bp):
        api.register_blueprint(bp)


def _page_context() -> dict[str, object]:
    return {"version": VERSION, "endpoints": current_app.view_functions}
