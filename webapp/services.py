"""What a running app is made of, and how a request reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:  # the features import this module to reach each other; at run time it needs none of them
    from webapp.concurrency.blocking import RunBlocking
    from webapp.explaining import Explainer
    from webapp.inference import Classifier
    from webapp.music.service import Music
    from webapp.photos.clips import ClipDesk
    from webapp.photos.desk import PhotoDesk
    from webapp.pipeline import Pipeline
    from webapp.sessions import Sessions
    from webapp.settings import Settings
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
        clips: Reads uploaded clips.
        explainer: Says why a face has a label.
        upload_memory: Counts what uploads hold.
        run_blocking: Runs `(fn, *args)` without stopping other visitors.
    """

    settings: Settings
    classifier: Classifier
    pipeline: Pipeline
    sessions: Sessions
    music: Music
    photos: PhotoDesk
    clips: ClipDesk
    explainer: Explainer
    upload_memory: UploadMemory
    run_blocking: RunBlocking


def services() -> Services:
    """Returns the parts of the app that handles this request or event."""
    return cast(Services, current_app.extensions[KEY])
