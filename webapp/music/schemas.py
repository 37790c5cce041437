"""The music's part of the HTTP API, as schemas: what is accepted, what is answered."""

from __future__ import annotations

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, post_load, validate, validates_schema
from marshmallow.exceptions import ValidationError

from webapp.core.affect import EXPRESSIONS, Point
from webapp.music.tables import NAME_LENGTH
from webapp.music.texts import is_clean
from webapp.openapi import Id

PAGE_LIMIT = 200
RECENT_LIMIT = 50
ADD_LIMIT = 5000
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


def _point(**options: Any) -> fields.Nested:
    return fields.Nested(PointSchema, **options)


class TrackSchema(Schema):
    """Something that can be played."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    title = fields.String(required=True)
    artist = fields.String(required=True)
    album = fields.String(required=True)
    duration_s = fields.Float(required=True, allow_none=True)
    bpm = fields.Float(required=True, allow_none=True)
    point = _point(required=True, allow_none=True)
    mood_by = fields.String(
        required=True,
        metadata={"description": "`user`, `tags`, `ear`, `maker` or `nobody`: whose the point is."},
    )
    state = fields.String(required=True, metadata={"description": "`ok`, `missing` or `unreadable`."})
    problem = fields.String(required=True, metadata={"description": "Why it is not ok."})
    url = fields.String(
        required=True,
        metadata={"description": "Of the sound (file, stream), of the page (embed); a piece's name."},
    )
    details = fields.Dict(
        required=True,
        metadata={
            "description": "embed: `provider`, `frame` (address of its iframe), `height`; built_in: `seed`."
        },
    )


class PlaylistSchema(Schema):
    """Tracks in an order, at a point of the plane."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"description": "`own`, `folder` or `built_in`."})
    name = fields.String(required=True)
    point = _point(required=True, allow_none=True)
    placed_by = fields.String(required=True, metadata={"description": "`user`, `tracks` or `maker`."})
    num_tracks = fields.Integer(required=True)
    deleted = fields.Boolean(required=True)


class EntrySchema(Schema):
    """One place of a playlist."""

    id = fields.Integer(required=True)
    position = fields.Integer(required=True, metadata={"description": "From 0."})
    track = fields.Nested(TrackSchema, required=True)


class PageQuery(Schema):
    """Which page of a list."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    page_size = fields.Integer(load_default=50, validate=validate.Range(1, PAGE_LIMIT))


class PlaylistsQuery(PageQuery):
    """Which playlists."""

    deleted = fields.Boolean(load_default=False, metadata={"description": "Those that can be restored."})


class TracksQuery(PageQuery):
    """Which tracks."""

    search = fields.String(load_default="", validate=[validate.Length(max=NAME_LENGTH), plain])
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    state = fields.String(load_default=None, validate=validate.OneOf(("ok", "missing", "unreadable")))


class _PageSchema(Schema):
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)


class PlaylistsSchema(_PageSchema):
    """Some playlists."""

    playlists = fields.List(fields.Nested(PlaylistSchema), required=True, attribute="items")


class TracksSchema(_PageSchema):
    """Some tracks."""

    tracks = fields.List(fields.Nested(TrackSchema), required=True, attribute="items")


class EntriesSchema(_PageSchema):
    """Some of a playlist's tracks."""

    entries = fields.List(fields.Nested(EntrySchema), required=True, attribute="items")


def _name(**options: Any) -> fields.String:
    printable = validate.Regexp(r"\S", error="Must not be blank.")
    return fields.String(validate=[validate.Length(1, NAME_LENGTH), printable, plain], **options)


class NewPlaylistSchema(Schema):
    """A playlist to make."""

    name = _name(required=True)
    point = _point(load_default=None, allow_none=True)
    track_ids = fields.List(Id(), load_default=[], validate=validate.Length(max=ADD_LIMIT))
    copy_of = Id(load_default=None, metadata={"description": "A playlist whose tracks to take."})


class PlaylistChangeSchema(Schema):
    """What to change of a playlist."""

    name = _name(load_default=None)
    point = _point(
        load_default=None, allow_none=True, metadata={"description": "`null`: the mean of its tracks again."}
    )

    @validates_schema(pass_original=True)
    def check(self, _: Any, original: Any, **__: Any) -> None:
        """Refuses to change nothing."""
        if not original:
            raise ValidationError("Expected `name` or `point`. Received: nothing.")

    @post_load(pass_original=True)
    def say(self, data: dict[str, Any], original: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Tells a point of null from no point."""
        return {**data, "by_tracks": "point" in original and original["point"] is None}


class AddTracksSchema(Schema):
    """Tracks to put into a playlist."""

    track_ids = fields.List(Id(), required=True, validate=validate.Length(1, ADD_LIMIT))
    position = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 10**9),
        metadata={"description": "Before which; else the end."},
    )


class MoveSchema(Schema):
    """Where an entry goes."""

    position = fields.Integer(required=True, validate=validate.Range(0, 10**9))


class TrackChangeSchema(Schema):
    """A correction of a track's mood."""

    point = _point(
        required=True,
        allow_none=True,
        metadata={"description": "`null`: its own mood, looked for by the next scan."},
    )


def listener_field(**options: Any) -> fields.String:
    """A random name that a browser made up for its feedback."""
    return fields.String(validate=validate.Regexp(r"^[A-Za-z0-9-]{8,36}\Z"), **options)


class WishSchema(Schema):
    """What the page knows when a song comes to its end."""

    mood = _point(required=True, metadata={"description": "The settled one, or the one set by hand."})
    origin = fields.String(load_default="hand", validate=validate.OneOf(("face", "hand")))
    policy = fields.String(load_default="match")
    songs = fields.Integer(
        strict=True,
        load_default=0,
        validate=validate.Range(0, 10_000),
        metadata={"description": "Heard since the mood settled."},
    )
    goal = _point(
        load_default=None, allow_none=True, metadata={"description": "For policies with an own goal."}
    )
    listener = listener_field(load_default="")
    playing = Id(load_default=None, allow_none=True, metadata={"description": "Playlist that plays."})
    recent = fields.List(
        Id(),
        load_default=[],
        validate=validate.Length(max=RECENT_LIMIT),
        metadata={"description": "Tracks heard just now, the last one first."},
    )
    avoid = fields.List(
        Id(),
        load_default=[],
        validate=validate.Length(max=RECENT_LIMIT),
        metadata={"description": "Tracks that did not play for this visitor."},
    )
    kinds = fields.List(
        fields.String(validate=validate.OneOf(KINDS)),
        load_default=None,
        metadata={
            "description": "What may be played; without it, all, and built-in music where nothing else is."
        },
    )
    playlist_id = Id(
        load_default=None,
        allow_none=True,
        attribute="only",
        metadata={"description": "The one playlist to use."},
    )
    seed = fields.Integer(
        strict=True,
        load_default=None,
        validate=validate.Range(0, 2**63 - 1),
        metadata={"description": "Makes the draw repeatable."},
    )


class ReasonSchema(Schema):
    """Why this playlist and this track: codes to translate, and the sentence in English."""

    origin = fields.String(required=True, metadata={"description": "`face` or `hand`."})
    mood = fields.String(required=True, metadata={"description": "Such as `pleasant_active`."})
    step = fields.String(required=True, metadata={"description": "`match`, `begin`, `step` or `arrived`."})
    policy = fields.String(required=True)
    policy_title = fields.String(required=True)
    songs = fields.Integer(required=True)
    goal = fields.String(required=True)
    playlist = fields.String(required=True, metadata={"description": "`nearest`, `liked`, `among_near`, …"})
    playlist_name = fields.String(required=True)
    track = fields.String(
        required=True, metadata={"description": "`nearest`, `liked`, `among_near`, `only_one`."}
    )
    track_title = fields.String(required=True)
    text = fields.String(required=True)


class NextSchema(Schema):
    """What comes next."""

    playlist = fields.Nested(PlaylistSchema, required=True)
    track = fields.Nested(TrackSchema, required=True)
    target = _point(required=True)
    reason = fields.Nested(ReasonSchema, required=True)


class ReactionSchema(Schema):
    """What a listener did with a track."""

    listener = listener_field(required=True)
    track_id = Id(required=True)
    action = fields.String(
        required=True, validate=validate.OneOf(("like", "unlike", "skip", "unskip", "played"))
    )


class FeedbackSchema(Schema):
    """All that is kept of one listener and one track."""

    track_id = fields.Integer(required=True)
    likes = fields.Integer(required=True)
    skips = fields.Integer(required=True)
    plays = fields.Integer(required=True)


class ListenerQuery(Schema):
    """Whose data."""

    listener = listener_field(required=True)


class PolicySchema(Schema):
    """Where music goes from a mood."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    goal = _point(required=True, allow_none=True)
    own_goal = fields.Boolean(required=True)
    hold = fields.Integer(required=True)
    step = fields.Float(required=True)


class PoliciesSchema(Schema):
    """All policies, in the file's order."""

    policies = fields.List(fields.Nested(PolicySchema), required=True)


class ScanSchema(Schema):
    """How far the scan of the music folder is."""

    state = fields.String(
        required=True, metadata={"description": "`idle`, `reading`, `listening`, `done` or `failed`."}
    )
    num_found = fields.Integer(required=True, metadata={"description": "Files to do in this phase."})
    num_done = fields.Integer(required=True)
    num_problems = fields.Integer(required=True, metadata={"description": "Files that could not be read."})
    message = fields.String(required=True, metadata={"description": "What went wrong."})
    has_folder = fields.Boolean(
        required=True, metadata={"description": "Whether the operator has set MUSIC_DIR."}
    )


class AddressSchema(Schema):
    """A pasted address."""

    url = fields.String(required=True, validate=validate.Length(1, 2000))


class AddedTracksSchema(Schema):
    """What was behind it; several where it was a list of stations."""

    tracks = fields.List(fields.Nested(TrackSchema), required=True)


class ExportQuery(Schema):
    """As what."""

    format = fields.String(load_default="xspf", validate=validate.OneOf(("xspf", "json")))


class ImportSchema(Schema):
    """A playlist file: .xspf, .json, .m3u, .m3u8 or .pls."""

    file = Upload(required=True)


class ImportedSchema(Schema):
    """What became of it."""

    playlist = fields.Nested(PlaylistSchema, required=True)
    num_left_out = fields.Integer(
        required=True, metadata={"description": "Lines that name nothing that is here or can be played."}
    )


class JournalNoteSchema(Schema):
    """For how long which expression was settled."""

    listener = listener_field(required=True)
    day = fields.String(
        required=True,
        validate=validate.Regexp(r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z"),
        metadata={"description": "The visitor's date, such as 2026-11-24."},
    )
    label = fields.String(required=True, validate=validate.OneOf(tuple(EXPRESSIONS)))
    seconds = fields.Float(required=True, validate=validate.Range(0, 3600))


class JournalLineSchema(Schema):
    """One expression of one day."""

    day = fields.String(required=True)
    label = fields.String(required=True)
    seconds = fields.Float(required=True)


class JournalSchema(Schema):
    """All that is kept of one listener."""

    lines = fields.List(fields.Nested(JournalLineSchema), required=True)
