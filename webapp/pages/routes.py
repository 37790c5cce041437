"""HTML pages; thin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from webapp.core.affect import EXPRESSIONS
from webapp.errors import AppError
from webapp.live.events import hello
from webapp.music.catalogue.mood_lists import NAMES
from webapp.music.catalogue.visitors import Edits
from webapp.music.choice.policies import Policy
from webapp.music.http.visitors import current_edits, current_visitor, greet, keep_cookie
from webapp.music.sources.built_in import PLACES
from webapp.music.sources.embeds import FRAME_HOSTS
from webapp.pages.api_page import make_api_page
from webapp.pages.conditions import BY_CONDITION
from webapp.pages.mistakes import read_mistakes
from webapp.pages.model_card import MODEL_TITLES, compare_models, make_model_page
from webapp.photos.routes import read_uploads
from webapp.services import services
from webapp.settings import Settings
from webapp.web import openapi
from webapp.web.headers import A_YEAR_S
from webapp.web.i18n import COOKIE, choose
from webapp.web.uploads import UploadRequest

bp = Blueprint("pages", __name__)

FORMATS = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP"
PREVIEW_SIDE = 800
"""Pixels of the photos that come back inside a page: nothing is kept that they could be fetched from."""

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
    """The live page; with `kiosk=1` for a screen that passers-by use."""
    app = services()
    return render_template(
        "live.html",
        labels=app.classifier.card.labels,
        hello=hello(app),
        kiosk=_kiosk_setup(app.settings),
        places={label: asdict(point) for label, point in EXPRESSIONS.items()},
    )


def _kiosk_setup(settings: Settings) -> dict[str, object] | None:
    """Returns what the operator shows at a kiosk; `None` for visitors of the usual page."""
    if request.args.get("kiosk") != "1":
        return None
    return {"notice": settings.kiosk_notice, "logo": settings.kiosk_logo is not None}


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
            setup=_music_setup(
                app.music.policies.values(),
                edits=current_edits(),
                send=app.settings.camera_sends,
            ),
        )
    )
    answer.headers["Content-Security-Policy"] = MUSIC_CONTENT_POLICY
    greet(current_visitor().id)  # known ones too: a visit keeps the cookie for another year
    return keep_cookie(answer)


def _music_setup(policies: Iterable[Policy], *, edits: Edits, send: str) -> dict[str, object]:
    """Returns what the music page's modules must know from the start."""
    return {
        "send": send,
        "edits": edits != "nobody",
        "shared": edits == "everyone",
        "own": edits == "own",
        "built_in": {place.name: gettext(place.name) for place in PLACES},
        "moods": {name: gettext(name) for name in NAMES.values()},
        "expressions": {label: asdict(point) for label, point in EXPRESSIONS.items()},
        "policies": {one.name: _policy_setup(one) for one in policies},
    }


def _policy_setup(policy: Policy) -> dict[str, object]:
    facts = {name: value for name, value in asdict(policy).items() if name not in ("name", "summary")}
    return {**facts, "title": gettext(policy.title)}


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
        results = read_uploads(uploads, preview_side=PREVIEW_SIDE)
    except AppError as error:
        return _render_photos(problem=error.message), error.http_status
    return _render_photos(results), 200


def _render_photos(results: Sequence[dict[str, Any]] = (), problem: str | None = None) -> str:
    """Returns the page.

    Args:
        results: Results as the HTTP API has them, each with its `preview`.
        problem: Reason why nothing could be read.
    """
    app = services()
    return render_template(
        "photos.html",
        labels=app.classifier.card.labels,
        models={name: MODEL_TITLES.get(name, name) for name in app.models.cards},
        settings=app.settings,
        strength=app.sessions.thresholds.strength,
        formats=FORMATS,
        results=results,
        problem=problem,
    )


@bp.get("/model")
def model() -> str:
    """The model's card, for people."""
    app = services()
    card = app.classifier.card.content
    return render_template(
        "model.html",
        card=card,
        page=make_model_page(card),
        mistakes=read_mistakes(
            Path(current_app.static_folder or ""), {card["name"], card.get("quantization", {}).get("of")}
        ),
        conditions=BY_CONDITION.get(card["name"]),
        models=compare_models({name: one.content for name, one in app.models.cards.items()}, card["name"]),
        reading=app.sessions.thresholds,
    )


@bp.get("/about")
def about() -> str:
    """Privacy, limits and licences."""
    app = services()
    card = app.classifier.card.content
    return render_template(
        "about.html", card=card, page=make_model_page(card), fetches=app.settings.web_fetch != "off"
    )


@bp.get("/api")
def api() -> str:
    """The HTTP API, browsable: with JavaScript each request can be tried in the page."""
    return render_template("api.html", groups=make_api_page(openapi.document(), request.host_url.rstrip("/")))


@bp.post("/language")
def language() -> Response:
    """Remembers the language that the visitor has chosen, then shows the same page in it."""
    chosen = choose(request.form.get("language", ""))
    if chosen is None:
        abort(400, "There is no such language. Choose one of those at the top of the page.")
    answer = make_response(redirect(own_path(request.form.get("back", "/")), 303))
    answer.set_cookie(
        COOKIE, chosen.code, max_age=A_YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


def own_path(address: str) -> str:
    """Returns the address if it is a path of this app, else the first page: no visitor is sent to another site."""
    parts = urlsplit(address)
    elsewhere = parts.scheme or parts.netloc or not address.startswith("/") or address[1:2] in {"/", "\\"}
    kiosk = "?kiosk=1" if parts.query == "kiosk=1" else ""  # no other page has a query that must stay
    return "/" if elsewhere else f"{parts.path}{kiosk}"
