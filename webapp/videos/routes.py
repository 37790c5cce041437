"""`POST /api/v1/videos`, and the schema of its timeline."""

from __future__ import annotations

from typing import Any, cast

from flask import request
from marshmallow import RAISE, Schema, fields, validate

from webapp.core.addresses import address_key
from webapp.photos.routes import (
    MAX_NAME_LENGTH,
    FaceSchema,
    ProbsSchema,
    require_strength,
    strength_field,
)
from webapp.services import services
from webapp.videos.decoder_process import DEFAULT_RATE, MAX_RATE, MIN_RATE
from webapp.videos.decoding import VIDEO_WORDS
from webapp.web.client_disconnect import disconnect_check
from webapp.web.openapi import MultipartBlueprint, Upload
from webapp.web.uploads import UploadRequest, received

ROOM_FOR_FIELDS = 4096

bp = MultipartBlueprint("videos", __name__, description="Clips")


class SampleSchema(Schema):
    """One picture of a clip."""

    t_s = fields.Float(
        required=True, validate=validate.Range(0), metadata={"description": "Seconds from the first frame."}
    )
    faces = fields.List(
        fields.Nested(FaceSchema), required=True, metadata={"description": "The largest first."}
    )
    shares = fields.Nested(
        ProbsSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Mean of the faces' probabilities; `null` without a face."},
    )


class ClipSchema(Schema):
    """What a clip shows over time."""

    name = fields.String(required=True)
    width = fields.Integer(required=True, metadata={"description": "Upright, in pixels."})
    height = fields.Integer(required=True, metadata={"description": "Upright, in pixels."})
    duration_s = fields.Float(required=True, metadata={"description": "In seconds."})
    rate = fields.Float(required=True, metadata={"description": "Pictures per second that were asked for."})
    samples = fields.List(fields.Nested(SampleSchema), required=True, validate=validate.Length(min=1))
    shares = fields.Nested(
        ProbsSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Mean of the pictures with a face; `null` if there is none."},
    )
    hints = fields.List(
        fields.String(validate=validate.OneOf(["cut_short"])),
        required=True,
        metadata={"description": "`cut_short`: less could be read than the clip says it holds."},
    )


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
    strength = strength_field()


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
    thresholds, strength = app.sessions.thresholds, asked["strength"]
    require_strength(thresholds, strength)
    file = asked["video"]
    name = (file.filename or "")[:MAX_NAME_LENGTH]
    is_disconnected = disconnect_check(request.environ)
    with app.videos.limiter.slot(address_key(request.remote_addr)):
        timeline = app.run_blocking(
            app.videos.read, name, received(file), asked["rate"], is_disconnected=is_disconnected
        )
    return timeline.as_dict(thresholds.chosen(strength=strength))
