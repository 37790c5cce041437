"""HTTP JSON; thin. Errors are RFC 9457 problem documents with a stable `code`."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import HTTPException

from webapp.errors import AppError
from webapp.services import services
from webapp.version import VERSION

bp = Blueprint("api", __name__)


@bp.get("/healthz")
def healthz() -> dict[str, str]:
    """Says that the process answers."""
    return {"status": "ok", "version": VERSION}


@bp.get("/readyz")
def readyz() -> dict[str, str]:
    """Says that the model is loaded and has answered its probe: the app does not start otherwise."""
    return {"status": "ready", "model": services().classifier.card.name}


@bp.get("/api/v1/model")
def model() -> Response:
    """Returns the model's card."""
    return jsonify(services().classifier.card.content)


def problem(status: int, code: str, detail: str, extra: dict[str, Any] | None = None) -> Response:
    """Returns a problem document (RFC 9457)."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    return Response(json.dumps({**body, **(extra or {})}), status, mimetype="application/problem+json")


def on_app_error(error: AppError) -> Response:
    """Turns an `AppError` of an HTTP request into a problem document."""
    known = error.as_dict()
    return problem(error.http_status, known.pop("code"), known.pop("message"), known)


def on_http_error(error: HTTPException) -> Response | HTTPException:
    """Turns Flask's own errors, such as 404, into problem documents; redirects stay what they are."""
    if error.code is None or error.code < 400:
        return error
    code = error.name.lower().replace(" ", "_")
    response = problem(error.code, code, error.description or error.name)
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value  # such as Allow, which a 405 must have
    return response
