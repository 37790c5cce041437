"""The operator's page: visitors, load, refusals, version."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.services import Services, services
from webapp.web.access import is_operator

bp = Blueprint("operator", __name__)
STARTED_S = time.monotonic()


@dataclass(frozen=True)
class OperatorPage:
    """What the page shows.

    Attributes:
        visitors: Visitors now connected.
        frames_waiting: Frames that wait for a thread.
        is_busy: Whether visitors have to take turns.
        uptime_s: Seconds since the start.
        frames: Frames by outcome: `ok` or the code of the error, the most first.
        answers: Answers to HTTP requests by status, the most first.
        upload_bytes: Bytes of uploads held now.
    """

    visitors: int
    frames_waiting: int
    is_busy: bool
    uptime_s: float
    frames: tuple[tuple[str, int], ...]
    answers: tuple[tuple[str, int], ...]
    upload_bytes: int

    @classmethod
    def of(cls, app: Services) -> OperatorPage:
        """Returns the figures of this moment."""
        return cls(
            visitors=len(app.sessions),
            frames_waiting=len(app.frames),
            is_busy=app.frames.is_busy(),
            uptime_s=time.monotonic() - STARTED_S,
            frames=app.metrics.totals("countenance_frames", "outcome"),
            answers=app.metrics.totals("countenance_http_requests", "status"),
            upload_bytes=app.upload_memory.held,
        )


@bp.get("/operator")
def page() -> str | Response:
    """Shows how the server is; without an operator's token there is no such page."""
    app = services()
    if not app.access.has_operator:
        abort(404)
    if not is_operator():
        return redirect(url_for("sign_in.page", back=request.path), 303)
    return render_template(
        "operator.html", page=OperatorPage.of(app), card=app.classifier.card, runtime=app.classifier.runtime
    )
