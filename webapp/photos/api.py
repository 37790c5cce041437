"""`POST /api/v1/photos`; thin."""

from __future__ import annotations

from typing import Any, cast

from flask import request
from marshmallow import RAISE, Schema, ValidationError, fields
from werkzeug.datastructures import FileStorage

from webapp.photos.answers import PhotosSchema, describe_photo
from webapp.photos.desk import PhotoFile
from webapp.services import services
from webapp.settings import Settings
from webapp.web.openapi import Blueprint, MultipartBlueprint, Upload
from webapp.web.uploads import UploadRequest, received

MAX_NAME_LENGTH = 255


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
    return [describe_photo(result, app.sessions.reading) for result in results]


def _limit() -> None:
    cast(UploadRequest, request).limit_upload(services().settings.max_upload_bytes)
