"""Who may use a server that asks for a token, and who is its operator.

Programs send a token as `Authorization: Bearer …`, sockets as `auth: {token}`. People type it once into the sign-in
page and get a cookie, signed with the token itself: a restart keeps it, and another token ends it.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import math
import time
from collections.abc import Mapping

from flask import Flask, g, redirect, request, url_for
from itsdangerous import BadSignature, TimestampSigner
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.wrappers import Response

from webapp.core.addresses import address_key
from webapp.errors import TooManyRequests, Unauthorized
from webapp.services import services
from webapp.settings import Settings
from webapp.web.origins import SAFE_METHODS
from webapp.web.problems import wants_a_page

COOKIE = "countenance_access"
A_MONTH_S = 30 * 24 * 3600

TRIES = (parse("10 per minute"), parse("60 per hour"))
"""Wrong tokens from one address; more are not looked at."""

OPEN = frozenset(
    {
        "static",
        "server.healthz",
        "server.readyz",
        "pages.language",
        "sign_in.page",
        "sign_in.send",
        "sign_in.leave",
    }
)
"""What is served without a token: what the sign-in page needs, and what says that the server lives."""


class Role(enum.IntEnum):
    """What somebody may do; each may do what those before may."""

    NOBODY = 0
    VISITOR = 1
    OPERATOR = 2


class Access:
    """The tokens of a server."""

    def __init__(self, settings: Settings) -> None:
        """Takes the tokens; a role without one is open to all, or in the operator's case to nobody."""
        tokens = {Role.OPERATOR: settings.operator_token, Role.VISITOR: settings.access_token}
        self._tokens = {role: token for role, token in tokens.items() if token}
        self._tries = FixedWindowRateLimiter(MemoryStorage())

    @property
    def has_tokens(self) -> bool:
        """Whether there is anything to sign in for."""
        return bool(self._tokens)

    @property
    def has_operator(self) -> bool:
        """Whether there is an operator's token."""
        return Role.OPERATOR in self._tokens

    @property
    def least(self) -> Role:
        """What everybody may."""
        return Role.NOBODY if Role.VISITOR in self._tokens else Role.VISITOR

    def role_of_token(self, token: object, address: str | None) -> Role:
        """Returns the role that a token gives.

        Args:
            token: What was sent.
            address: Address of the sender; one with many wrong tokens has to wait.

        Raises:
            TooManyRequests: If too many wrong ones came from there.
        """
        key = address_key(address)
        for limit in TRIES:
            if not self._tries.test(limit, key):
                wait_s = max(1, math.ceil(self._tries.get_window_stats(limit, key).reset_time - time.time()))
                raise TooManyRequests(
                    f"Too many wrong tokens came from this address. Try again in {wait_s} seconds.",
                    retry_after_ms=1000 * wait_s,
                )
        found = [role for role, known in self._tokens.items() if _is_same(token, known)]
        if not found:
            for limit in TRIES:
                self._tries.hit(limit, key)
        return max(found, default=Role.NOBODY)

    def cookie_of(self, role: Role) -> str:
        """Returns the cookie's value for somebody who has sent the token of a role."""
        return self._signer(role).sign(role.name).decode()

    def role_of_cookie(self, cookies: Mapping[str, str]) -> Role:
        """Returns the role that a cookie gives, if it is not a month old."""
        value = cookies.get(COOKIE, "")
        return max((role for role in self._tokens if self._is_signed(role, value)), default=Role.NOBODY)

    def _is_signed(self, role: Role, value: str) -> bool:
        try:
            return self._signer(role).unsign(value, max_age=A_MONTH_S) == role.name.encode()
        except BadSignature:
            return False

    def _signer(self, role: Role) -> TimestampSigner:
        return TimestampSigner(self._tokens[role], salt=COOKIE, digest_method=hashlib.sha256)


def role_of_request(token: object = None) -> Role:
    """Returns the role of whoever sent the present request or opens the present socket.

    Args:
        token: A socket's own token, which counts instead of a header.

    Raises:
        TooManyRequests: See `Access.role_of_token`.
    """
    access = services().access
    if not access.has_tokens:
        return Role.VISITOR
    by_cookie = max(access.least, access.role_of_cookie(request.cookies))
    sent = token if token is not None else _bearer()
    if sent is None or by_cookie is Role.OPERATOR:
        return by_cookie
    return max(by_cookie, access.role_of_token(sent, request.remote_addr))


def require_visitor(auth: object) -> None:
    """Lets a socket in.

    Args:
        auth: What the client says of itself when it connects.

    Raises:
        Unauthorized: If the server asks for a token and this is not it.
        TooManyRequests: See `Access.role_of_token`.
    """
    token = auth.get("token") if isinstance(auth, dict) else None
    if role_of_request(token) < Role.VISITOR:
        raise Unauthorized("This server asks for its token. Connect with `auth: {token}`, or sign in.")


def is_operator() -> bool:
    """Whether the present request, of a route that is not `OPEN`, is the operator's."""
    return bool(g.role is Role.OPERATOR)


def init_app(app: Flask) -> None:
    """Asks for a token before every request of an app, if its operator has set one."""
    app.before_request(_require)
    app.context_processor(lambda: {"signed_in": COOKIE in request.cookies and services().access.has_tokens})


def _require() -> Response | None:
    if request.endpoint in OPEN:
        return None
    g.role = role_of_request()
    if g.role >= Role.VISITOR:
        return None
    if request.method in SAFE_METHODS and wants_a_page():
        return redirect(url_for("sign_in.page", back=request.path), 303)
    raise Unauthorized("This server asks for its token. Send it as `Authorization: Bearer …`, or sign in.")


def _bearer() -> str | None:
    sent = request.authorization
    return sent.token if sent is not None and sent.type == "bearer" else None


def _is_same(token: object, known: str) -> bool:
    """Compares in a time that says nothing of either text."""
    if not isinstance(token, str):
        return False
    digests = (hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (token, known))
    return hmac.compare_digest(*digests)
