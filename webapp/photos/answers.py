"""Results of photos as they leave: JSON over HTTP and on the command line, and its schema."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from webapp.inference import LABELS
from webapp.photos.desk import PhotoResult
from webapp.sessions import Reading, describe_face

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


def describe_photo(result: PhotoResult, reading: Reading) -> dict[str, Any]:
    """Returns a result as `PhotoSchema` has it.

    Args:
        result: From the desk.
        reading: Labels and thresholds.
    """
    found, probs = result.found, result.probs
    if found is None or probs is None:
        unknown: dict[str, Any] = {"width": None, "height": None, "faces": [], "turned": 0, "hints": []}
        return {"name": result.name, **unknown, "error": result.error.as_dict() if result.error else None}
    return {
        "name": result.name,
        "width": found.width,
        "height": found.height,
        "faces": [describe_face(box, row, reading) for box, row in zip(found.boxes, probs, strict=True)],
        "turned": found.turned,
        "hints": list(found.hints),
    }
