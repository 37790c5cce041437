"""What the player asks: what comes next, and what was thought of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from marshmallow import Schema, fields, validate

from webapp.errors import NotThere
from webapp.music.catalogue import listeners
from webapp.music.choice.reasons import explain
from webapp.music.choice.selection import SelectionRequest, select_next
from webapp.music.http.common import KINDS, ListenerQuery, listener_field, point_field
from webapp.music.http.playlists import PlaylistSchema
from webapp.music.http.tracks import TrackSchema
from webapp.music.http.visitors import current_visitor, greet, listener_of
from webapp.services import services
from webapp.web.openapi import Blueprint, Id, ShortList

RECENT_LIMIT = 50


class WishSchema(Schema):
    """What the page knows when a song comes to its end."""

    mood = point_field(required=True, metadata={"description": "The settled one, or the one set by hand."})
    origin = fields.String(load_default="hand", validate=validate.OneOf(("face", "hand")))
    policy = fields.String(load_default="match")
    songs = fields.Integer(
        strict=True,
        load_default=0,
        validate=validate.Range(0, 10_000),
        metadata={"description": "Heard since the mood settled."},
    )
    goal = point_field(
        load_default=None, allow_none=True, metadata={"description": "For policies with an own goal."}
    )
    listener = listener_field(load_default="")
    playing = Id(load_default=None, allow_none=True, metadata={"description": "Playlist that plays."})
    recent = ShortList(
        Id(),
        load_default=[],
        validate=validate.Length(max=RECENT_LIMIT),
        metadata={"description": "Tracks heard just now, the last one first."},
    )
    avoid = ShortList(
        Id(),
        load_default=[],
        validate=validate.Length(max=RECENT_LIMIT),
        metadata={"description": "Tracks that did not play for this visitor."},
    )
    kinds = ShortList(
        fields.String(validate=validate.OneOf(KINDS)),
        load_default=None,
        validate=validate.Length(max=len(KINDS)),
        metadata={
            "description": "What may be played; without it, all, and built-in music where nothing else is."
        },
    )
    first = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Whether this visitor has never started music here: the choice then leaves out addresses "
            "that others have pasted."
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
    target = point_field(required=True)
    reason = fields.Nested(ReasonSchema, required=True)


class FormerNameSchema(Schema):
    """The name under which a browser kept its feedback before there were cookies."""

    listener = listener_field(required=True)


class ReactionSchema(Schema):
    """What a listener did with a track."""

    listener = listener_field(load_default="")
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


class PolicySchema(Schema):
    """Where music goes from a mood."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    goal = point_field(required=True, allow_none=True)
    own_goal = fields.Boolean(required=True)
    hold = fields.Integer(required=True)
    step = fields.Float(required=True)


class PoliciesSchema(Schema):
    """All policies, in the file's order."""

    policies = fields.List(fields.Nested(PolicySchema), required=True)


bp = Blueprint("music", __name__, url_prefix="/api/v1/music", description="What is played next, and why")


@bp.post("/next")
@bp.arguments(WishSchema)
@bp.response(200, NextSchema)
@bp.problems(404, 422, 503)
def choose_next(asked: dict[str, Any]) -> dict[str, Any]:
    """Chooses the next track and says why."""
    app, origin, seed = services().music, asked.pop("origin"), asked.pop("seed")
    policy = app.policies.get(asked["policy"])
    if policy is None:
        raise NotThere(f"There is no policy {asked['policy'][:40]!r}. Known are {', '.join(app.policies)}.")
    kinds = asked["kinds"]
    wish = SelectionRequest(
        **{
            **asked,
            "policy": policy,
            "recent": tuple(asked["recent"]),
            "avoid": tuple(asked["avoid"]),
            "kinds": None if kinds is None else tuple(kinds),
            "listener": listener_of(asked["listener"]),
            "visitor": current_visitor(),
        }
    )
    random = app.random if seed is None else np.random.default_rng(seed)
    selection = app.read(select_next, wish, random=random)
    return {
        "playlist": selection.playlist,
        "track": selection.track,
        "target": selection.target,
        "reason": explain(wish, selection, origin=origin),
    }


@bp.get("/policies")
@bp.response(200, PoliciesSchema)
def list_policies() -> dict[str, Any]:
    """Returns the policies."""
    return {"policies": list(services().music.policies.values())}


@bp.post("/feedback")
@bp.arguments(ReactionSchema)
@bp.response(200, FeedbackSchema)
@bp.problems(404, 409, 422, 503)
def react(reaction: dict[str, Any]) -> Any:
    """Notes what a listener did with a track; it counts from the next choice on."""
    listener = listener_of(reaction.pop("listener")) or greet()
    return services().music.write(listeners.react, listener, **reaction, visitor=current_visitor())


@bp.delete("/feedback")
@bp.arguments(ListenerQuery, location="query")
@bp.response(204)
@bp.problems(422, 503)
def forget(query: dict[str, Any]) -> None:
    """Forgets all feedback of one listener."""
    services().music.write(listeners.forget_feedback, listener_of(query["listener"]))


@bp.post("/visitor")
@bp.arguments(FormerNameSchema)
@bp.response(204)
@bp.problems(422)
def take_former_name(asked: dict[str, Any]) -> None:
    """Makes a former name the id of this browser's cookie, so that its likes and its journal stay its own."""
    greet(asked["listener"])
