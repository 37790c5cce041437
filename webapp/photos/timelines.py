"""Timelines of clips as they leave: JSON over HTTP and on the command line, and its schema."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from webapp.errors import AppError
from webapp.inference import LABELS
from webapp.photos.answers import FaceSchema, ProbsSchema
from webapp.photos.clips import Timeline
from webapp.sessions import Reading, describe_face


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


def describe_clip(timeline: Timeline, reading: Reading) -> dict[str, Any]:
    """Returns a timeline as `ClipSchema` has it.

    Args:
        timeline: From `read_clip`.
        reading: Labels and thresholds.
    """
    samples: list[dict[str, Any]] = []
    for one in timeline.samples:
        pairs = zip(one.found.boxes, one.probs, strict=True)
        faces = [describe_face(box, row, reading) for box, row in pairs]
        samples.append({"t_s": one.t_s, "faces": faces, "shares": _mean([face["probs"] for face in faces])})
    first = timeline.samples[0].found
    return {
        "name": timeline.name,
        "width": first.width,
        "height": first.height,
        "duration_s": timeline.duration_s,
        "rate": timeline.rate,
        "samples": samples,
        "shares": _mean([one["shares"] for one in samples if one["shares"]]),
        "hints": ["cut_short"] if timeline.is_cut_short else [],
    }


def describe_failure(name: str, rate: float, error: AppError) -> dict[str, Any]:
    """Returns the same of a clip that could not be read, with an `error`, as photos have it."""
    return {
        "name": name,
        "width": None,
        "height": None,
        "duration_s": None,
        "rate": rate,
        "samples": [],
        "shares": None,
        "hints": [],
        "error": error.as_dict(),
    }


def _mean(shares: list[dict[str, float]]) -> dict[str, float] | None:
    if not shares:
        return None
    return {label: round(sum(one[label] for one in shares) / len(shares), 4) for label in LABELS}
