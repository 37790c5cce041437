"""Who asks: a random id in a cookie, without an account, and what it lets a visitor change."""

from __future__ import annotations

import re
import secrets
from typing import cast

from flask import Response, g, request

from webapp.music.catalogue.visitors import Edits, Visitor
from webapp.services import services
from webapp.web.access import is_operator
from webapp.web.headers import A_YEAR_S
from webapp.web.origins import is_local, split_host

COOKIE = "visitor"
ID = re.compile(r"[A-Za-z0-9-]{8,36}")


def current_edits() -> Edits:
    """Returns whose the playlists are that visitors make: what `MUSIC_EDITS` says, or what fits the address.

    Behind a proxy on the same machine the server listens on localhost alone, so the address that the browser asked for
    counts as well. The operator, known by the token, changes what all hear.
    """
    if is_operator():
        return "everyone"
    settings = services().settings
    if settings.music_edits == "auto":
        name, _ = split_host(request.host, request.scheme)
        return "everyone" if is_local(settings.host) and is_local(name) else "own"
    return cast("Edits", settings.music_edits)


def current_visitor() -> Visitor:
    """Returns who asks; one whose browser has no cookie sees what is shared."""
    return Visitor(_known_id(), current_edits())


def current_maker() -> Visitor:
    """Returns who asks to keep something of their own: one without a cookie gets one with the answer."""
    visitor = current_visitor()
    return visitor if visitor.id or visitor.edits != "own" else Visitor(greet(), visitor.edits)


def listener_of(named: str | None) -> str:
    """Returns whose feedback and journal is meant: the name that a client sends, or else the cookie's id."""
    return named or _known_id()


def greet(known: str = "") -> str:
    """Gives this browser an id, or the one that it has had before there were cookies."""
    g.new_visitor = known or secrets.token_hex(16)
    return str(g.new_visitor)


def keep_cookie(response: Response) -> Response:
    """Sets the cookie of a visitor who has just got an id; runs after each request that may give one."""
    if name := g.get("new_visitor"):
        response.set_cookie(
            COOKIE, name, max_age=A_YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return response


def _known_id() -> str:
    name = g.get("new_visitor") or request.cookies.get(COOKIE, "")
    return name if ID.fullmatch(name) else ""
