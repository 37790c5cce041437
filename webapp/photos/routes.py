"""`POST /api/v1/photos`, and the schema of its results."""

from __future__ import annotations

from typing import Any, cast

from flask import request
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import FileStorage

from webapp.inference import LABELS
from webapp.photos.service import PhotoFile
from webapp.services import services
from webapp.settings import Settings
from webapp.web.openapi import Blueprint, MultipartBlueprint, Upload
from webapp.web.uploads import UploadRequest, received

MAX_NAME_LENGTH = 255
SHARE = validate.Range(0, 1)


ProbsSchema = Schema.from_dict(
    {label: fields.Float(required=True, validate=SHARE) for label in LABELS}, name="ProbsSchema"
)


class FaceSchema(Schema):
    """One face."""

    box = fields.List(
        fields.Float(validate=SHARE),
        required=True,
        validate=validate.Length(equal=4),
        metadata={"description": "`[x, y, w, h]` as shares of the photo, 0..1."},
    )
    label = fields.String(required=True, validate=validate.OneOf(LABELS))
    confidence = fields.Float(required=True, validate=SHARE)
    probs = fields.Nested(ProbsSchema, required=True, metadata={"description": "Together 1."})
    state = fields.String(
        required=True,
        validate=validate.OneOf(["sure", "unsure"]),
        metadata={"description": "`unsure`: not probable enough to be called so."},
    )


class FileErrorSchema(Schema):
    """Why one file could not be read."""

    code = fields.String(required=True, metadata={"example": "not_an_image"})
    message = fields.String(required=True)


class PhotoSchema(Schema):
    """What one photo shows."""

    name = fields.String(required=True)
    width = fields.Integer(required=True, allow_none=True, metadata={"description": "Upright, in pixels."})
    height = fields.Integer(required=True, allow_none=True, metadata={"description": "Upright, in pixels."})
    faces = fields.List(
        fields.Nested(FaceSchema), required=True, metadata={"description": "The largest first."}
    )
    turned = fields.Integer(
        required=True,
        validate=validate.OneOf([0, 90, 180, 270]),
        metadata={"description": "Degrees clockwise by which the photo was turned to find its faces."},
    )
    hints = fields.List(
        fields.String(validate=validate.OneOf(["too_dark", "too_small"])),
        required=True,
        metadata={"description": "Why a label may be poor or missing."},
    )
    error = fields.Nested(FileErrorSchema)


class PhotosSchema(Schema):
    """What the photos of a request show, in their order."""

    results = fields.List(fields.Nested(PhotoSchema), required=True)


def make_blueprint(settings: Settings) -> Blueprint:
    """Returns the route as this server's limits make it."""
    schema = type("UploadedPhotosSchema", (Schema,), {"photos": _photos_field(settings.max_photos)})
    bp = MultipartBlueprint("photos", __name__, description="Pictures")
    bp.before_request(_limit)

    @bp.post("/api/v1/photos")
    @bp.arguments(schema, location="files", unknown=RAISE)
    @bp.response(200, PhotosSchema)
    @bp.problems(400, 413, 503)
    def label(files: dict[str, list[FileStorage]]) -> dict[str, Any]:
        """Reads the expressions in photos.

        A file that cannot be read has an `error`; it never spoils the others. No photo is kept.
        """
        return {"results": read_uploads(files["photos"])}

    return bp


def _photos_field(limit: int) -> fields.List:
    expected = f"Send 1 to {limit} files as multipart/form-data in the field `photos`."

    def check(uploads: list[FileStorage]) -> None:
        if not 1 <= len(uploads) <= limit:
            raise ValidationError(f"{expected} Received: {len(uploads)}.")

    return fields.List(
        Upload(),
        required=True,
        validate=check,
        error_messages={"required": f"{expected} Received: none."},
        metadata={
            "description": "JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF or HEIC.",
            "minItems": 1,
            "maxItems": limit,
        },
    )


def read_uploads(uploads: list[FileStorage]) -> list[dict[str, Any]]:
    """Returns what uploaded photos show, as `PhotoSchema` has it; waits for its turn."""
    app = services()
    files = [PhotoFile((one.filename or "")[:MAX_NAME_LENGTH], received(one)) for one in uploads]
    with app.photos.limiter.slot():
        results = app.run_blocking(app.photos.read, files)
    return [result.as_dict(app.sessions.thresholds) for result in results]


def _limit() -> None:
    cast(UploadRequest, request).limit_upload(services().settings.max_upload_bytes)
