"""The live protocol field by field: what documentation and tests know of the messages that the server sends.

docs/reference/live.md holds `as_markdown()`, and a test validates real messages against these schemas. Nothing here
runs while a frame is served.
"""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema, fields, validate

from webapp.inference import LABELS

SHARE = validate.Range(0, 1)
SIDE = validate.Range(-1, 1)


def _about(text: str) -> dict[str, str]:
    return {"description": text}


class LivePointSchema(Schema):
    """A place on the plane of valence and arousal."""

    valence = fields.Float(
        required=True, validate=SIDE, metadata=_about("From unpleasant, -1, to pleasant, 1.")
    )
    arousal = fields.Float(required=True, validate=SIDE, metadata=_about("From quiet, -1, to active, 1."))


def _label() -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(LABELS), metadata=_about("Its expression."))


def _confidence() -> fields.Float:
    return fields.Float(required=True, validate=SHARE, metadata=_about("Probability of that label, 0..1."))


def _probs() -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=validate.OneOf(LABELS)),
        values=fields.Float(validate=SHARE),
        required=True,
        metadata=_about("Probability of every label, smoothed over time; they sum to 1."),
    )


class AbsoluteSchema(Schema):
    """A face read by itself."""

    label, confidence, probs = _label(), _confidence(), _probs()
    state = fields.String(
        required=True, validate=validate.OneOf(["sure", "unsure"]), metadata=_about("As above.")
    )


class LiveFaceSchema(Schema):
    """One face."""

    id = fields.Integer(
        required=True,
        validate=validate.Range(1),
        metadata=_about("Stays with the face while it is followed, and for 3 s when it is gone."),
    )
    box = fields.List(
        fields.Float(validate=SHARE),
        required=True,
        validate=validate.Length(equal=4),
        metadata=_about("`[x, y, w, h]` as shares of the frame, 0..1."),
    )
    label, confidence, probs = _label(), _confidence(), _probs()
    state = fields.String(
        required=True,
        validate=validate.OneOf(["sure", "unsure"]),
        metadata=_about("`unsure`: the label is not probable enough to be shown without a question mark."),
    )
    absolute = fields.Nested(
        AbsoluteSchema,
        metadata=_about(
            "Only of the primary face, and only after a `baseline`: the face read by itself. The fields above are then "
            "relative to the visitor's resting face, and so are `mood` and `place`."
        ),
    )
    slight = fields.Boolean(
        metadata=_about(
            "With `absolute`: whether the expression is plain beside the resting face alone, such as a slight smile."
        )
    )


class MoodSchema(Schema):
    """The expression of the primary face over time."""

    label = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(LABELS),
        metadata=_about("`null` without a face, or while its label is unsure."),
    )
    since_ms = fields.Integer(
        required=True, validate=validate.Range(0), metadata=_about("Age of the label in milliseconds.")
    )
    settled = fields.Boolean(required=True, metadata=_about("Whether it has lasted `SETTLE_S` seconds."))


class PlaceSchema(Schema):
    """Where the expression of the primary face lies on the plane."""

    point = fields.Nested(
        LivePointSchema, required=True, allow_none=True, metadata=_about("Now; `null` without a face.")
    )
    settled = fields.Nested(
        LivePointSchema,
        required=True,
        allow_none=True,
        metadata=_about("The last place where it stayed for `SETTLE_S` seconds; `null` before the first."),
    )
    settling = fields.Float(
        required=True, validate=SHARE, metadata=_about("Share of `SETTLE_S` for which it has stayed, 0..1.")
    )


class TimingSchema(Schema):
    """Milliseconds of each stage on the server."""

    queue = fields.Float(required=True, metadata=_about("Wait for a thread."))
    decode = fields.Float(required=True, metadata=_about("JPEG to pixels."))
    detect = fields.Float(required=True, metadata=_about("Faces found or followed."))
    classify = fields.Float(
        required=True, metadata=_about("Faces cut and read, with the wait for the model.")
    )
    total = fields.Float(required=True, metadata=_about("From the event to the acknowledgement."))


class AckSchema(Schema):
    """The acknowledgement of a frame that was analysed."""

    ok = fields.Constant(True, required=True, metadata=_about("`true`."))
    seq = fields.Integer(required=True, metadata=_about("The number that the client gave to the frame."))
    faces = fields.List(
        fields.Nested(LiveFaceSchema), required=True, metadata=_about("The faces that count, largest first.")
    )
    focus = fields.Integer(
        required=True, allow_none=True, metadata=_about("Id of the primary face; `null` without a face.")
    )
    mood = fields.Nested(
        MoodSchema, required=True, metadata=_about("Expression of the primary face over time.")
    )
    place = fields.Nested(PlaceSchema, required=True, metadata=_about("Its place on the plane."))
    hints = fields.List(
        fields.String(validate=validate.OneOf(["too_dark", "too_small"])),
        required=True,
        metadata=_about("Reasons why a label may be poor or missing."),
    )
    timing_ms = fields.Nested(TimingSchema, required=True, metadata=_about("Milliseconds of each stage."))
    next_in_ms = fields.Integer(
        required=True,
        validate=validate.Range(0),
        metadata=_about(
            "Milliseconds until the next frame is welcome, 0 for at once: more than 0 while many visitors take turns. "
            "An earlier frame gets `server_busy` with the time that is left."
        ),
    )


class LiveErrorSchema(Schema):
    """Why a frame was not analysed."""

    code = fields.String(required=True, metadata=_about("Stable name, see the table of errors."))
    message = fields.String(
        required=True, metadata=_about("What was received, what was expected, what to do.")
    )
    retry_after_ms = fields.Integer(metadata=_about("Wait before trying again makes sense, if it does."))


class RefusalSchema(Schema):
    """The acknowledgement of a frame that was not analysed."""

    ok = fields.Constant(False, required=True, metadata=_about("`false`."))
    seq = fields.Integer(
        required=True, allow_none=True, metadata=_about("The frame's number; `null` if it cannot be read.")
    )
    error = fields.Nested(LiveErrorSchema, required=True, metadata=_about("What is wrong."))


def as_markdown() -> str:
    """Returns the tables of docs/reference/live.md: every field of both acknowledgements."""
    tables = []
    for schema in (AckSchema, RefusalSchema):
        rows = [f"| `{name}` | {kind} | {text} |" for name, kind, text in _rows(schema())]
        head = f"{schema.__doc__}\n\n| field | type | meaning |\n|---|---|---|\n"
        tables.append(head + "\n".join(rows))
    return "\n\n".join(tables)


def _rows(schema: Schema, above: str = "") -> Iterator[tuple[str, str, str]]:
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        here = f"{above}{name}{'[]' if isinstance(field, fields.List) else ''}"
        kind = type(inner).__name__.lower().replace("nested", "object").replace("dict", "object")
        kind = f"list of {kind}s" if isinstance(field, fields.List) else kind
        kind = "boolean" if kind == "constant" else kind
        optional = "" if field.required else ", optional"
        yield here, f"{kind}{' or null' if field.allow_none else ''}{optional}", field.metadata["description"]
        if isinstance(inner, fields.Nested):
            yield from _rows(inner.schema, f"{here}.")
