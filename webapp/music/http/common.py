"""What the routes of the music share: a point, a page of a list, a listener, and what may be changed."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields, post_load, validate
from marshmallow.exceptions import ValidationError

from webapp.core.affect import Point
from webapp.errors import ReadOnly
from webapp.music.catalogue.tables import is_clean
from webapp.music.http.visitors import current_edits, current_visitor
from webapp.web.origins import SAFE_METHODS

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
    """A random name that a client made up for its feedback; without it the cookie's id counts."""
    return fields.String(
        validate=validate.Regexp(r"^[A-Za-z0-9-]{8,36}\Z"),
        metadata={"description": "A random name; without it the visitor's cookie says who."},
        **options,
    )


class MayChange(fields.Boolean):
    """Whether the visitor who asks may change what is shown."""

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **_: Any) -> bool:
        """Asks who asks; the owner's id itself never leaves the server."""
        return current_visitor().may_change(obj.owner)


class ListenerQuery(Schema):
    """Whose data."""

    listener = listener_field(load_default="")


ALWAYS = ("tracks.check_file",)
"""Only notes what is so."""


def refuse_changes() -> None:
    """Refuses changes of the catalogue if `MUSIC_EDITS` is `nobody`; runs before each request of a blueprint."""
    if not _reads() and current_edits() == "nobody":
        raise ReadOnly("This server's music cannot be changed: its operator has set MUSIC_EDITS=nobody.")


def refuse_changes_for_all() -> None:
    """Refuses what would change something for all visitors, where each only changes their own."""
    if not _reads() and current_edits() == "own":
        raise ReadOnly("Only the operator of this server can do this for all visitors (MUSIC_EDITS).")


def _reads() -> bool:
    return request.method in SAFE_METHODS or request.endpoint in ALWAYS
