"""The composition root: `create_app` alone chooses implementations and joins the rooms.

Under eventlet the standard library must be patched before this module is imported (webapp/wsgi.py).
"""

from __future__ import annotations

import logging
import os

from flask import Flask, current_app

from webapp.concurrency import engine_io, strict_packets
from webapp.concurrency.blocking import runner
from webapp.concurrency.frame_pool import FramePool
from webapp.concurrency.signals import signals_of
from webapp.core.resting_face import RestingRule
from webapp.errors import AppError
from webapp.explain import routes as explain_routes
from webapp.explain.service import Explainer
from webapp.extensions import socketio
from webapp.inference import Classifier
from webapp.inference.library import ModelLibrary
from webapp.inference.signature import SignaturePolicy
from webapp.live import events as live_events
from webapp.live.readiness import Readiness
from webapp.live.sessions import Sessions
from webapp.metrics import Metrics
from webapp.music import http as music_http
from webapp.music.service import Music
from webapp.pages import health, operator, sign_in, site
from webapp.pages import routes as page_routes
from webapp.paths import SHIPPED
from webapp.photos import routes as photo_routes
from webapp.photos.service import PhotoService
from webapp.recognition.detection.face import FaceDetector
from webapp.recognition.pipeline import Pipeline
from webapp.recognition.reader import build_reader
from webapp.services import KEY, Services
from webapp.settings import Settings
from webapp.version import VERSION
from webapp.videos import routes as video_routes
from webapp.videos.service import VideoService
from webapp.web import access, assets, i18n, logs, middleware, openapi, problems, rate_limits, uploads
from webapp.web.openapi import Api

MESSAGE_SHARE = 4
"""A frame over the frame limit is refused by name; a message of so many times the limit costs the connection."""


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
        static_folder=str(SHIPPED / "static"),
        static_url_path=assets.static_url(SHIPPED / "static"),
        template_folder=str(SHIPPED / "templates"),
    )
    app.secret_key = settings.secret_key
    app.request_class = uploads.UploadRequest
    app.config["MAX_CONTENT_LENGTH"] = uploads.OTHER_REQUEST_BYTES
    app.extensions[KEY] = compose(settings, classifier, detector)
    assets.init_app(app)
    i18n.init_app(app, SHIPPED / "translations")
    access.init_app(app)
    app.register_blueprint(page_routes.bp)
    app.register_blueprint(site.bp)
    app.register_blueprint(sign_in.bp)
    app.register_blueprint(operator.bp)
    _register_api(openapi.init_app(app), app.extensions[KEY])
    app.register_error_handler(AppError, problems.on_app_error)
    app.context_processor(_page_context)
    problems.init_app(app)
    health.count_requests(app)
    rate_limits.init_app(app, settings)
    strict_packets.init_logging()
    socketio.init_app(
        app,
        async_mode=settings.async_mode,
        max_http_buffer_size=MESSAGE_SHARE * settings.max_frame_bytes,
        serializer=strict_packets.StrictPacket,
        json=engine_io.StrictJson,
        http_compression=False,
        ping_interval=engine_io.PING_EVERY_S,
        ping_timeout=engine_io.PING_ANSWER_S,
        logger=logs.of_sockets("socketio.server"),
        engineio_logger=logs.of_sockets("engineio.server"),
    )
    engine_io.harden(
        socketio.server, max_visitors=settings.max_visitors, per_address=settings.visitors_per_address
    )
    live_events.init_app(app)
    middleware.init_app(app, settings)
    return app


def compose(settings: Settings, classifier: Classifier | None, detector: FaceDetector | None) -> Services:
    """Returns the parts of an app; see `create_app` for the arguments."""
    metrics = Metrics()
    reader = build_reader(settings, classifier=classifier, detector=detector, note_batch=metrics.note_batch)
    sessions = Sessions(
        reader.thresholds,
        settings.detect_side,
        reuse_s=settings.reuse_ms / 1000,
        resting_rule=RestingRule.of_card(reader.classifier.card),
    )
    metrics.describe_model(
        name=reader.classifier.card.name, runtime=reader.classifier.runtime, version=VERSION
    )
    metrics.watch(waiting=lambda: reader.classifier.num_waiting, visitors=lambda: len(sessions))
    models = ModelLibrary(reader.classifier, settings.model_dir, signatures=SignaturePolicy.of(settings))
    photos = PhotoService(
        reader,
        threads=settings.photo_threads,
        max_request_pixels=settings.max_upload_pixels,
        models=models,
    )
    signals = signals_of(settings.async_mode)
    pipeline = Pipeline(
        reader.detector,
        reader.classifier,
        max_pixels=settings.max_frame_pixels,
        max_faces=settings.max_faces,
    )
    frames = FramePool(settings.frame_threads, signals)
    return Services(
        settings=settings,
        access=access.Access(settings),
        classifier=reader.classifier,
        models=models,
        pipeline=pipeline,
        sessions=sessions,
        music=Music.of(settings, signals),
        photos=photos,
        videos=VideoService(reader, photos.lanes[1].threads, settings),
        explainer=Explainer(reader),
        upload_memory=uploads.UploadMemory(
            settings.max_upload_memory_bytes,
            max_request_bytes=max(settings.max_upload_bytes, settings.max_video_bytes),
        ),
        frames=frames,
        readiness=Readiness(frames, pipeline, reader.classifier),
        run_blocking=runner(settings.async_mode),
        metrics=metrics,
    )


def _register_api(api: Api, parts: Services) -> None:
    health.describe_card(api)
    api.register_blueprint(health.bp)
    photos = photo_routes.make_blueprint(parts.settings, models=tuple(parts.models.cards))
    for bp in (*music_http.BLUEPRINTS, photos, video_routes.bp, explain_routes.bp):
        api.register_blueprint(bp)


def _page_context() -> dict[str, object]:
    return {"version": VERSION, "endpoints": current_app.view_functions}
