"""`POST /api/v1/explain`; thin."""

from __future__ import annotations

from typing import Any, cast

from flask import request
from marshmallow import Schema, fields, validate
from webargs.fields import DelimitedList

from webapp.core.addresses import address_key
from webapp.explain.service import Question
from webapp.inference import LABELS
from webapp.photos.routes import SHARE, FaceSchema, ProbsSchema, require_strength, strength_field
from webapp.services import services
from webapp.web.openapi import MultipartBlueprint, Upload
from webapp.web.uploads import UploadRequest, received

ROOM_FOR_FIELDS = 4096


bp = MultipartBlueprint("explain", __name__, description="Why a face has a label")


class QuestionSchema(Schema):
    """A picture and what is asked about it."""

    picture = Upload(
        required=True,
        error_messages={"required": "Send one picture as multipart/form-data in the field `picture`."},
        metadata={"description": "JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF or HEIC."},
    )
    label = fields.String(
        validate=validate.OneOf(LABELS),
        metadata={"description": "Which expression; without it the most probable one."},
    )
    face = fields.Integer(
        load_default=0,
        validate=validate.Range(0),
        metadata={"description": "Which face, counted from 0, the largest first."},
    )
    box = DelimitedList(
        fields.Float(validate=SHARE),
        validate=validate.Length(equal=4),
        metadata={"description": "Where the face is instead: `x,y,w,h` as shares of the picture, 0..1."},
    )
    strength = strength_field()


class WithoutHotSchema(Schema):
    """What the model reads once the hot area is blurred."""

    share = fields.Float(
        required=True,
        validate=SHARE,
        metadata={
            "description": "How much of the square is hot: from 0.3 of the highest heat on, in the oval."
        },
    )
    probs = fields.Nested(
        ProbsSchema, required=True, metadata={"description": "As `face.probs`, if nothing is hot."}
    )


class ExplanationSchema(Schema):
    """What speaks for a label."""

    width = fields.Integer(required=True, metadata={"description": "Of the upright picture, in pixels."})
    height = fields.Integer(required=True)
    num_faces = fields.Integer(required=True)
    turned = fields.Integer(
        required=True, metadata={"description": "Degrees clockwise by which it was turned to find faces."}
    )
    face = fields.Nested(FaceSchema, required=True)
    label = fields.String(required=True, validate=validate.OneOf(LABELS))
    corners = fields.List(
        fields.List(fields.Float(), validate=validate.Length(equal=2)),
        required=True,
        validate=validate.Length(equal=4),
        metadata={
            "description": "Where the heat lies: upper left, upper right, lower right and lower left corner of the "
            "square that the model saw, `[x, y]` as shares of the picture; it may be turned and reach beyond 0..1."
        },
    )
    heat = fields.List(
        fields.List(fields.Float(validate=SHARE)),
        required=True,
        metadata={
            "description": "Rows from the top: what speaks for the label, 0..1, 1 the most; all 0 if nothing does."
        },
    )
    oval = fields.List(
        fields.Float(validate=SHARE),
        required=True,
        validate=validate.Length(equal=4),
        metadata={
            "description": "The face's oval in the square: centre `x, y` and radii, as shares of it. The heat "
            "outside of it is hair and background."
        },
    )
    without_hot = fields.Nested(WithoutHotSchema, required=True)


@bp.before_request
def _limit() -> None:
    limit = services().settings.max_photo_bytes + ROOM_FOR_FIELDS
    cast(UploadRequest, request).limit_upload(limit)


@bp.post("/api/v1/explain")
@bp.arguments(QuestionSchema, location="files")
@bp.response(200, ExplanationSchema)
@bp.problems(400, 413, 415, 501, 503)
def explain(asked: dict[str, Any]) -> dict[str, Any]:
    """Says where in a face the model saw what speaks for a label. No picture is kept."""
    app = services()
    box = cast(tuple[float, float, float, float], tuple(asked["box"])) if "box" in asked else None
    strength = asked["strength"]
    require_strength(app.sessions.thresholds, strength)
    question = Question(received(asked["picture"]), asked["face"], box, asked.get("label"), strength)
    explainer, address = app.explainer, address_key(request.remote_addr)
    first = explainer.lanes[0]
    with first.limiter.slot(address):
        lane = app.run_blocking(explainer.lane_of, question)
        if lane is first:
            return app.run_blocking(explainer.explain, question, lane).as_dict()
    with lane.limiter.slot(address):
        return app.run_blocking(explainer.explain, question, lane).as_dict()
