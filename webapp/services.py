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
        settings: The operator's.
        classifier: The model's door.
        pipeline: Picture to faces.
        sessions: The visitors now connected.
        music: What is played.
        photos: Reads uploaded photos.
        videos: Reads uploaded videos.
        explainer: Says why a face has a label.
        upload_memory: Counts what uploads hold.
        run_blocking: Runs `(fn, *args)` without stopping other visitors.
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
