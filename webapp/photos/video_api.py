"""`POST /api/v1/videos`; thin."""

from __future__ import annotations

from typing import Any, cast

from flask import request
from marshmallow import RAISE, Schema, fields, validate

from webapp.photos.api import MAX_NAME_LENGTH
from webapp.photos.timelines import ClipSchema, describe_clip
from webapp.photos.video import DEFAULT_RATE, MAX_RATE, MIN_RATE
from webapp.photos.video_decoding import VIDEO_WORDS
from webapp.services import services
from webapp.web.client_disconnect import disconnect_check
from webapp.web.openapi import MultipartBlueprint, Upload
from webapp.web.uploads import UploadRequest, received

ROOM_FOR_FIELDS = 4096

bp = MultipartBlueprint("videos", __name__, description="Clips")


class UploadedClipSchema(Schema):
    """A clip and how closely to look."""

    video = Upload(
        required=True,
        error_messages={"required": "Send one clip as multipart/form-data in the field `video`."},
        metadata={"description": f"{VIDEO_WORDS}."},
    )
    rate = fields.Float(
        load_default=DEFAULT_RATE,
        validate=validate.Range(MIN_RATE, MAX_RATE),
        metadata={"description": "Pictures looked at per second."},
    )


@bp.before_request
def _limit() -> None:
    limit = services().settings.max_video_bytes + ROOM_FOR_FIELDS
    cast(UploadRequest, request).limit_upload(limit)


@bp.post("/api/v1/videos")
@bp.arguments(UploadedClipSchema, location="files", unknown=RAISE)
@bp.response(200, ClipSchema)
@bp.problems(400, 413, 415, 503)
def label(asked: dict[str, Any]) -> dict[str, Any]:
    """Reads the expressions in a short clip over time. No picture of it is kept."""
    app = services()
    file = asked["video"]
    name = (file.filename or "")[:MAX_NAME_LENGTH]
    is_disconnected = disconnect_check(request.environ)
    with app.clips.limiter.slot():
        timeline = app.run_blocking(
            app.clips.read, name, received(file), asked["rate"], is_disconnected=is_disconnected
        )
    return describe_clip(timeline, app.sessions.reading)
