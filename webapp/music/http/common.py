"""What the routes of the music share: a point, a page of a list, a listener, and who may change the catalogue."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields, post_load, validate
from marshmallow.exceptions import ValidationError

from webapp.core.affect import Point
from webapp.errors import ReadOnly
from webapp.music.catalogue.tables import is_clean
from webapp.services import services

PAGE_LIMIT = 200
KINDS = ("file", "stream", "embed", "built_in")


class PointSchema(Schema):
    """A place on the plane of valence and arousal."""

    valence = fields.Float(
        required=True, validate=validate.Range(-1, 1), metadata={"description": "Unpleasant to pleasant."}
    )
    arousal = fields.Float(
        required=True, validate=validate.Range(-1, 1), metadata={"description": "Quiet to active."}
    )

    @post_load
    def make(self, data: dict[str, float], **_: Any) -> Point:
        """Returns the point."""
        return Point(**data)


def plain(text: str) -> None:
    """Refuses control characters and halves of characters: no database holds them."""
    if not is_clean(text):
        raise ValidationError("Must not hold control characters.")


def point_field(**options: Any) -> fields.Nested:
    """A place on the plane, or `null` where `allow_none` says so."""
    return fields.Nested(PointSchema, **options)


class PageQuery(Schema):
    """Which page of a list."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    page_size = fields.Integer(load_default=50, validate=validate.Range(1, PAGE_LIMIT))


class PageSchema(Schema):
    """Which part of a list an answer holds; who inherits adds the items."""

    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)


def listener_field(**options: Any) -> fields.String:
    """A random name that a browser made up for its feedback."""
    return fields.String(validate=validate.Regexp(r"^[A-Za-z0-9-]{8,36}\Z"), **options)


class ListenerQuery(Schema):
    """Whose data."""

    listener = listener_field(required=True)


ALWAYS = ("tracks.check_file",)
"""Only notes what is so."""


def refuse_changes() -> None:
    """Refuses changes of the catalogue if `MUSIC_EDITS` is `nobody`; runs before each request of a blueprint."""
    reads = request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint in ALWAYS
    if not reads and services().settings.music_edits == "nobody":
        raise ReadOnly("This server's music cannot be changed: its operator has set MUSIC_EDITS=nobody.")
