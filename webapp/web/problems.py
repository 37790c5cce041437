"""Errors over HTTP: problem documents (RFC 9457) with a stable `code` for programs, pages for people."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, render_template, request
from flask_babel import lazy_gettext
from werkzeug.exceptions import HTTPException

from webapp.errors import AppError

PROBLEM_TYPE = "application/problem+json"

CODES = {413: "content_too_large", 422: "invalid_request"}
"""Where the name of an HTTP error differs between versions of Python and Werkzeug, or says too little."""

MAX_ERRORS = 20
"""Wrong places of a request that are named: a request may have thousands."""
MAX_KEY_LENGTH = 80

API = "/api/"
WORDS = {
    401: (
        lazy_gettext("Sign in first"),
        lazy_gettext("This server asks for its token. Nothing was sent or changed."),
    ),
    403: (
        lazy_gettext("That came from another site"),
        lazy_gettext("It was refused, and nothing has changed. Open the page itself and try again."),
    ),
    404: (
        lazy_gettext("There is no such page"),
        lazy_gettext("The address may be mistyped, or the page has moved."),
    ),
    405: (
        lazy_gettext("This address is not a page"),
        lazy_gettext("It only takes what another page sends to it."),
    ),
    421: (
        lazy_gettext("This server goes by another name"),
        lazy_gettext(
            "Use the address that its operator gave you. Operators: add this name to the setting ALLOWED_HOSTS."
        ),
    ),
    429: (
        lazy_gettext("That was a lot at once"),
        lazy_gettext("This address sends more than the server answers. Try again later."),
    ),
    503: (
        lazy_gettext("Busy just now"),
        lazy_gettext("The server has more to do than it can. Try again in a moment."),
    ),
}
REFUSED = (
    lazy_gettext("That did not work"),
    lazy_gettext("The server did not understand the request. Go back and try again."),
)
FAILED = (
    lazy_gettext("Something went wrong here"),
    lazy_gettext(
        "It is the server's fault, not yours. Try again; if it stays, tell whoever runs this server."
    ),
)


def problem(status: int, code: str, detail: str, extra: Mapping[str, Any] | None = None) -> Response:
    """Returns a problem document.

    Args:
        status: HTTP status, 400..599.
        code: Stable name that clients may rely on.
        detail: Sentence that says what was received, what was expected and what to do.
        extra: Further members, such as `retry_after_ms`.
    """
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **(extra or {}),
    }
    return Response(json.dumps(body), status, mimetype=PROBLEM_TYPE)


def on_app_error(error: AppError) -> Response:
    """Turns an `AppError` of an HTTP request into a problem document."""
    known = error.as_dict()
    answer = problem(error.http_status, known.pop("code"), known.pop("message"), known)
    if error.retry_after_ms is not None:
        answer.headers["Retry-After"] = str(math.ceil(error.retry_after_ms / 1000))
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def on_http_error(error: HTTPException) -> Response | HTTPException:
    """Turns Flask's own errors, such as 404, into problem documents; redirects stay what they are."""
    if error.code is None or error.code < 400:
        return error
    code = CODES.get(error.code, error.name.lower().replace(" ", "_"))
    messages = getattr(error, "data", {}).get("messages")
    if messages:  # webargs: what it read does not fit the route's schema
        response = _invalid_request(error.code, messages)
    else:
        response = problem(error.code, code, error.description or error.name)
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value  # such as Allow, which a 405 must have
    return response


def _invalid_request(status: int, messages: Mapping[str, Any]) -> Response:
    """Says which places are wrong, as in the example of RFC 9457, section 3."""
    leaves = (leaf for part in messages.values() for leaf in _leaves(part))
    errors = [
        {"pointer": f"#/{'/'.join(place)}", "detail": detail}
        for place, detail in itertools.islice(leaves, MAX_ERRORS)
    ]
    said = "; ".join(f"{one['pointer'].removeprefix('#/') or 'body'}: {one['detail']}" for one in errors)
    if next(leaves, None):
        said += f"; and more: the first {MAX_ERRORS} are named"
    return problem(
        status, CODES[422], f"The request is not as the API describes it. {said}", {"errors": errors}
    )


def _leaves(messages: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields each message of a nested marshmallow error with the keys that lead to it."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _leaves(inner, place if key == "_schema" else (*place, str(key)[:MAX_KEY_LENGTH]))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _leaves(inner, place)
    else:
        yield place, str(messages)


def init_app(app: Flask) -> None:
    """Shows the errors of an app as pages to those who ask for pages."""
    app.after_request(_for_people)


def _for_people(response: Response) -> Response:
    if response.mimetype != PROBLEM_TYPE or request.path.startswith(API) or not wants_a_page():
        return response
    status = response.status_code
    title, advice = WORDS.get(status, FAILED if status >= 500 else REFUSED)
    response.set_data(render_template("error.html", title=title, advice=advice, status=status))
    response.mimetype = "text/html"
    response.vary.update(["Accept", "Accept-Language", "Cookie"])
    return response


def wants_a_page() -> bool:
    """Whether the present request is a person's."""
    return request.accept_mimetypes.best_match([PROBLEM_TYPE, "application/json", "text/html"]) == "text/html"
