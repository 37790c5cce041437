"""HTML pages; thin."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, abort, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from webapp.core.affect import EXPRESSIONS
from webapp.errors import AppError
from webapp.live.events import hello
from webapp.music.choice.policies import Policy
from webapp.music.sources.built_in import PLACES
from webapp.music.sources.embeds import FRAME_HOSTS
from webapp.pages.model_card import make_model_page
from webapp.photos.routes import read_uploads
from webapp.services import services
from webapp.web.i18n import COOKIE, choose
from webapp.web.uploads import UploadRequest, received

bp = Blueprint("pages", __name__)

A_YEAR_S = 365 * 24 * 3600

FORMATS = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP"
PREVIEW_BYTES = 4 * 1024 * 1024
"""Photos up to here come back inside the page; nothing is kept that it could be fetched from."""
SHOWN_TYPES = {b"\xff\xd8": "jpeg", b"\x89P": "png", b"GI": "gif", b"BM": "bmp", b"RI": "webp"}

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
            settle_s=app.sessions.thresholds.settle_s,
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
    """Photos; with JavaScript the page asks the HTTP API, without it it sends a form."""
    return _render_photos()


@bp.post("/photos")
def read_photos() -> tuple[str, int]:
    """Reads a form's photos; the answer is the page with what they show."""
    settings = services().settings
    try:
        cast(UploadRequest, request).limit_upload(settings.max_upload_bytes)
        uploads = [one for one in request.files.getlist("photos") if one.filename]
        if not 1 <= len(uploads) <= settings.max_photos:
            return _render_photos(
                problem=gettext("Choose 1 to %(limit)s photos.", limit=settings.max_photos)
            ), 422
        results = read_uploads(uploads)
    except AppError as error:
        return _render_photos(problem=error.message), error.http_status
    pictures = [_as_address(received(one)) for one in uploads]
    return _render_photos(
        [{**one, "picture": picture} for one, picture in zip(results, pictures, strict=True)]
    ), 200


def _render_photos(results: Sequence[dict[str, Any]] = (), problem: str | None = None) -> str:
    """Returns the page.

    Args:
        results: Results as the HTTP API has them, each with a `picture` to show, or `None`.
        problem: Reason why nothing could be read.
    """
    app = services()
    return render_template(
        "photos.html",
        labels=app.classifier.card.labels,
        settings=app.settings,
        formats=FORMATS,
        results=results,
        problem=problem,
    )


def _as_address(data: bytes) -> str | None:
    kind = SHOWN_TYPES.get(data[:2])
    if kind is None or len(data) > PREVIEW_BYTES:
        return None
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


@bp.get("/model")
def model() -> str:
    """The model's card, for people."""
    app = services()
    card = app.classifier.card.content
    return render_template(
        "model.html", card=card, page=make_model_page(card), reading=app.sessions.thresholds
    )


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
    """Returns the address if it is a path of this app, else the first page: no visitor is sent to another site."""
    parts = urlsplit(address)
    elsewhere = parts.scheme or parts.netloc or not address.startswith("/") or address[1:2] in {"/", "\\"}
    return "/" if elsewhere else parts.path
