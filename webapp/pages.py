"""HTML pages; thin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from urllib.parse import urlsplit

from flask import Blueprint, abort, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from webapp.core.affect import EXPRESSIONS
from webapp.core.policies import Policy
from webapp.live import hello
from webapp.model_page import make_model_page
from webapp.music.sources.built_in import PLACES
from webapp.music.sources.embeds import FRAME_HOSTS
from webapp.photos import page as photo_page
from webapp.services import services
from webapp.web.i18n import COOKIE, choose

bp = Blueprint("pages", __name__)

A_YEAR_S = 365 * 24 * 3600

MUSIC_CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob: http: https:; connect-src 'self'; "
    f"worker-src 'self' blob:; frame-src {' '.join(FRAME_HOSTS)}; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The music page also plays radio from anywhere, and Tone.js keeps time in a worker that it makes itself."""


@bp.after_request
def vary_by_language(response: Response) -> Response:
    """Tells caches that the same address has a page in each language."""
    response.vary.update(["Accept-Language", "Cookie"])
    return response


@bp.get("/")
def live() -> str:
    """The live page."""
    app = services()
    return render_template("live.html", labels=app.classifier.card.labels, hello=hello(app))


@bp.get("/music")
def music() -> Response:
    """Music that follows the mood."""
    app = services()
    answer = make_response(
        render_template(
            "music.html",
            expressions=EXPRESSIONS,
            policies=list(app.music.policies.values()),
            settle_s=app.sessions.reading.settle_s,
            setup=_music_setup(app.music.policies.values(), edits=app.settings.music_edits != "nobody"),
        )
    )
    answer.headers["Content-Security-Policy"] = MUSIC_CONTENT_POLICY
    return answer


def _music_setup(policies: Iterable[Policy], *, edits: bool) -> dict[str, object]:
    """Returns what the music page's modules must know from the start."""
    return {
        "edits": edits,
        "built_in": {place.name: gettext(place.name) for place in PLACES},
        "expressions": {label: asdict(point) for label, point in EXPRESSIONS.items()},
        "policies": {one.name: {"title": gettext(one.title), "own_goal": one.own_goal} for one in policies},
    }


@bp.get("/photos")
def photos() -> str:
    """Photos."""
    return photo_page.render()


@bp.post("/photos")
def read_photos() -> tuple[str, int]:
    """The same without JavaScript: the answer is a page."""
    return photo_page.read()


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
