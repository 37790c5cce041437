"""HTML pages; thin."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.i18n import COOKIE, choose
from webapp.model_page import make_model_page
from webapp.services import services

bp = Blueprint("pages", __name__)

A_YEAR_S = 365 * 24 * 3600


@bp.after_request
def vary_by_language(response: Response) -> Response:
    """Tells caches that the same address has a page in each language."""
    response.vary.update(["Accept-Language", "Cookie"])
    return response


@bp.get("/")
def live() -> str:
    """The live page."""
    return render_template("live.html", labels=services().classifier.card.labels)


@bp.get("/model")
def model() -> str:
    """The model's card, for people."""
    app = services()
    card = app.classifier.card.content
    return render_template("model.html", card=card, page=make_model_page(card), reading=app.sessions.reading)


@bp.get("/about")
def about() -> str:
    """Privacy, limits and licences."""
    return render_template("about.html", card=services().classifier.card.content)


@bp.get("/api")
def api() -> str:
    """The HTTP API, browsable."""
    return render_template("api.html")


@bp.post("/language")
def language() -> Response:
    """Remembers the language that the visitor has chosen, then shows the same page in it."""
    chosen = choose(request.form.get("language", ""))
    if chosen is None:
        abort(400, "There is no such language. Choose one of those at the top of the page.")
    answer = make_response(redirect(_own_path(request.form.get("back", "/")), 303))
    answer.set_cookie(
        COOKIE, chosen.code, max_age=A_YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


def _own_path(address: str) -> str:
    """Returns the address if it is a path of this app, else the first page: nobody is sent elsewhere."""
    parts = urlsplit(address)
    elsewhere = parts.scheme or parts.netloc or not address.startswith("/") or address[1:2] in {"/", "\\"}
    return "/" if elsewhere else parts.path
