"""HTML pages; thin."""

from __future__ import annotations

from flask import Blueprint, render_template

from webapp.model_page import make_model_page
from webapp.services import services

bp = Blueprint("pages", __name__)


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
