"""`POST /api/v1/photos`, and the schema of its results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import request
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import FileStorage

from webapp.core.addresses import address_key
from webapp.core.label_state import LabelThresholds
from webapp.errors import BadSettings
from webapp.inference import LABELS
from webapp.photos.service import PhotoFile
from webapp.recognition.reader import thresholds_of
from webapp.services import services
from webapp.settings import Settings
from webapp.web.openapi import Blueprint, MultipartBlueprint, Upload
from webapp.web.uploads import UploadRequest, received

MAX_NAME_LENGTH = 255
MIN_PREVIEW_SIDE, MAX_PREVIEW_SIDE = 64, 1024
SHARE = validate.Range(0, 1)


ProbsSchema = Schema.from_dict(
    {label: fields.Float(required=True, validate=SHARE) for label in LABELS}, name="ProbsSchema"
)


class LoneFaceSchema(Schema):
    """A face read by itself."""

    label = fields.String(required=True, validate=validate.OneOf(LABELS))
    confidence = fields.Float(required=True, validate=SHARE)
    probs = fields.Nested(ProbsSchema, required=True, metadata={"description": "Together 1."})
    state = fields.String(required=True, validate=validate.OneOf(["sure", "unsure"]))


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
    absolute = fields.Nested(
        LoneFaceSchema,
        metadata={
            "description": "With a `baseline`, of the largest face: read by itself; the rest is then relative to it."
        },
    )
    slight = fields.Boolean(
        metadata={
            "description": "With `absolute`: whether the expression is plain beside the resting face alone."
        }
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
    preview = fields.String(
        metadata={"description": "Small upright JPEG as a `data:` address, if `preview` asked for one."}
    )
    error = fields.Nested(FileErrorSchema)


class PhotosSchema(Schema):
    """What the photos of a request show, in their order."""

    results = fields.List(fields.Nested(PhotoSchema), required=True)


def make_blueprint(settings: Settings, *, models: Sequence[str]) -> Blueprint:
    """Returns the route as this server's limits and models make it."""
    parts = {
        "photos": _photos_field(settings.max_photos),
        "preview": _preview_field(),
        "baseline": Upload(
            load_default=None,
            metadata={
                "description": "A photo of the same person's resting face, relaxed and from the front: the largest "
                "face of each photo is read relative to it."
            },
        ),
        "model": fields.String(
            load_default=None,
            validate=validate.OneOf(models),
            metadata={"description": "Model that reads the photos; without it the server's own."},
        ),
        "strength": strength_field(),
    }
    schema = type("UploadedPhotosSchema", (Schema,), parts)
    bp = MultipartBlueprint("photos", __name__, description="Pictures")
    bp.before_request(_limit)

    @bp.post("/api/v1/photos")
    @bp.arguments(schema, location="files", unknown=RAISE)
    @bp.response(200, PhotosSchema)
    @bp.problems(400, 413, 415, 422, 503)
    def label(asked: dict[str, Any]) -> dict[str, Any]:
        """Reads the expressions in photos.

        A file that cannot be read has an `error`; it never spoils the others. No photo is kept.
        """
        results = read_uploads(
            asked["photos"],
            preview_side=asked["preview"],
            model=asked["model"],
            baseline=asked["baseline"],
            strength=asked["strength"],
        )
        return {"results": results}

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


def _preview_field() -> fields.Integer:
    return fields.Integer(
        load_default=0,
        validate=validate.Range(MIN_PREVIEW_SIDE, MAX_PREVIEW_SIDE),
        metadata={
            "description": "Longer side in pixels of a small JPEG that each result brings back, for formats that the "
            "client cannot show; without it none is made."
        },
    )


def strength_field() -> fields.Float:
    """Returns the field by which a request chooses how common expressions are taken to be."""
    return fields.Float(
        load_default=None,
        validate=SHARE,
        metadata={
            "description": "How common expressions are taken to be: from 0, as common as in the model's training "
            "(reserved: in doubt neutral), to 1, all alike (sensitive); without it the server's own."
        },
    )


def require_strength(thresholds: LabelThresholds, strength: float | None) -> None:
    """Refuses a strength where the model has none.

    Raises:
        BadSettings: If one is asked for and the model's card does not say how frequent labels were.
    """
    if strength is not None and thresholds.strength is None:
        raise BadSettings(
            "This model does not say how common each expression was in its training, so `strength` cannot be chosen. "
            f"Received: {strength:g}. Leave it out."
        )


def read_uploads(
    uploads: list[FileStorage],
    *,
    preview_side: int = 0,
    model: str | None = None,
    baseline: FileStorage | None = None,
    strength: float | None = None,
) -> list[dict[str, Any]]:
    """Returns what uploaded photos show, as `PhotoSchema` has it; waits for its turn.

    Args:
        uploads: The files.
        preview_side: See `PhotoFile`.
        model: Name of the model that reads them; the server's own if left out.
        baseline: A photo of the resting face, see `Request`.
        strength: How common expressions are taken to be, 0..1; the model's own if left out.
    """
    app = services()
    thresholds = app.sessions.thresholds
    if model and model != app.classifier.card.name:
        thresholds = thresholds_of(app.models.cards[model], app.settings)
    require_strength(thresholds, strength)
    files = [
        PhotoFile((one.filename or "")[:MAX_NAME_LENGTH], received(one), preview_side) for one in uploads
    ]
    asked = app.photos.request(files, model=model, baseline=received(baseline) if baseline else None)
    for lane in app.photos.lanes:
        if lane is app.photos.lanes[0] or lane in asked.waiting:
            with lane.limiter.slot(address_key(request.remote_addr)):
                app.run_blocking(app.photos.read, asked, lane)
    thresholds = thresholds.chosen(strength=strength)
    return [one.as_dict(thresholds) for one in asked.in_order()]


def _limit() -> None:
    cast(UploadRequest, request).limit_upload(services().settings.max_upload_bytes)
