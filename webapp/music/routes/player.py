"""What the player asks: what comes next, and what was thought of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from webapp.music import tracks
from webapp.music.reasons import explain
from webapp.music.schemas import player as schemas
from webapp.music.schemas.common import ListenerQuery
from webapp.music.selection import Wish, select_next
from webapp.music.views import NotThere
from webapp.services import services
from webapp.web.openapi import Blueprint

bp = Blueprint("music", __name__, url_prefix="/api/v1/music", description="What is played next, and why")


@bp.post("/next")
@bp.arguments(schemas.WishSchema)
@bp.response(200, schemas.NextSchema)
@bp.problems(404, 422, 503)
def choose_next(asked: dict[str, Any]) -> dict[str, Any]:
    """Chooses the next track and says why."""
    app, origin, seed = services().music, asked.pop("origin"), asked.pop("seed")
    policy = app.policies.get(asked["policy"])
    if policy is None:
        raise NotThere(f"There is no policy {asked['policy'][:40]!r}. Known are {', '.join(app.policies)}.")
    kinds = asked["kinds"]
    wish = Wish(
        **{
            **asked,
            "policy": policy,
            "recent": tuple(asked["recent"]),
            "avoid": tuple(asked["avoid"]),
            "kinds": None if kinds is None else tuple(kinds),
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
@bp.response(200, schemas.PoliciesSchema)
def list_policies() -> dict[str, Any]:
    """Returns the policies."""
    return {"policies": list(services().music.policies.values())}


@bp.post("/feedback")
@bp.arguments(schemas.ReactionSchema)
@bp.response(200, schemas.FeedbackSchema)
@bp.problems(404, 422, 503)
def react(reaction: dict[str, Any]) -> Any:
    """Notes what a listener did with a track; it counts from the next choice on."""
    return services().music.write(tracks.react, **reaction)


@bp.delete("/feedback")
@bp.arguments(ListenerQuery, location="query")
@bp.response(204)
@bp.problems(422, 503)
def forget(query: dict[str, Any]) -> None:
    """Forgets all feedback of one listener."""
    services().music.write(tracks.forget_feedback, query["listener"])
