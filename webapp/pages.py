"""HTML pages; thin."""

from __future__ import annotations

from flask import Blueprint, render_template

from webapp.services import services

bp = Blueprint("pages", __name__)


@bp.get("/")
def live() -> str:
    """The live page."""
    return render_template("live.html", labels=services().classifier.card.labels)


@bp.get("/about")
def about() -> str:
    """Privacy, limits and licences."""
    return render_template("about.html", card=services().classifier.card.content)
