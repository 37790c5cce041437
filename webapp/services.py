"""What a running app is made of, and how a request reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:  # the features import this module to reach each other; at run time it needs none of them
    from webapp.concurrency.blocking import RunBlocking
    from webapp.explain.service import Explainer
    from webapp.inference import Classifier
    from webapp.live.sessions import Sessions
    from webapp.music.service import Music
    from webapp.photos.service import PhotoService
    from webapp.recognition.pipeline import Pipeline
    from webapp.settings import Settings
    from webapp.videos.service import VideoService
    from webapp.web.uploads import UploadMemory

KEY = "countenance"


@dataclass(frozen=True)
class Services:
    """The parts that `create_app` chose.

    Attributes:
        settings: The operator's settings.
        classifier: The door to the model.
        pipeline: Reader of camera frames.
        sessions: The visitors now connected.
        music: The music page's services.
        photos: Reader of uploaded photos.
        videos: Reader of uploaded videos.
        explainer: Maker of saliency maps.
        upload_memory: Budget of bytes that uploads may hold.
        run_blocking: Caller of functions that block, which does not stop other visitors.
    """

    settings: Settings
    classifier: Classifier
    pipeline: Pipeline
    sessions: Sessions
    music: Music
    photos: PhotoService
    videos: VideoService
    explainer: Explainer
    upload_memory: UploadMemory
    run_blocking: RunBlocking


def services() -> Services:
    """Returns the parts of the app that handles this request or event."""
    return cast(Services, current_app.extensions[KEY])
