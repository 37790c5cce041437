"""What a running app is made of, and how a request reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:  # the features import this module to reach each other; at run time it needs none of them
    from webapp.concurrency.blocking import RunBlocking
    from webapp.concurrency.frame_pool import FramePool
    from webapp.explain.service import Explainer
    from webapp.inference import Classifier
    from webapp.inference.library import ModelLibrary
    from webapp.live.readiness import Readiness
    from webapp.live.sessions import Sessions
    from webapp.metrics import Metrics
    from webapp.music.service import Music
    from webapp.photos.service import PhotoService
    from webapp.recognition.pipeline import Pipeline
    from webapp.settings import Settings
    from webapp.videos.service import VideoService
    from webapp.web.access import Access
    from webapp.web.uploads import UploadMemory

KEY = "countenance"


@dataclass(frozen=True)
class Services:
    """The parts that `create_app` chose.

    Attributes:
        settings: The operator's settings.
        access: The tokens.
        classifier: The door to the model.
        models: That one, and the others that visitors may compare with it.
        pipeline: Reader of camera frames.
        sessions: The visitors now connected.
        music: The music page's services.
        photos: Reader of uploaded photos.
        videos: Reader of uploaded videos.
        explainer: Maker of saliency maps.
        upload_memory: Budget of bytes that uploads may hold.
        frames: Threads of the frames, and their turns.
        readiness: Whether frames are still read.
        run_blocking: Caller of functions that block, which does not stop other visitors.
        metrics: What the server counts.
    """

    settings: Settings
    access: Access
    classifier: Classifier
    models: ModelLibrary
    pipeline: Pipeline
    sessions: Sessions
    music: Music
    photos: PhotoService
    videos: VideoService
    explainer: Explainer
    upload_memory: UploadMemory
    frames: FramePool
    readiness: Readiness
    run_blocking: RunBlocking
    metrics: Metrics


def services() -> Services:
    """Returns the parts of the app that handles this request or event."""
    return cast(Services, current_app.extensions[KEY])
