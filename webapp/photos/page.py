"""The page `/photos`; with JavaScript it asks the HTTP API, without it sends a form and gets a page back."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, cast

from flask import render_template, request
from flask_babel import gettext

from webapp.errors import AppError
from webapp.photos.api import read_uploads
from webapp.services import services
from webapp.web.uploads import UploadRequest, received

FORMATS = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP"
PREVIEW_BYTES = 4 * 1024 * 1024
"""Photos up to here come back inside the page; nothing is kept that it could be fetched from."""
SHOWN_TYPES = {b"\xff\xd8": "jpeg", b"\x89P": "png", b"GI": "gif", b"BM": "bmp", b"RI": "webp"}


def render(results: Sequence[dict[str, Any]] = (), problem: str | None = None) -> str:
    """Returns the page.

    Args:
        results: As the HTTP API has them, each with a `picture` to show, or `None`.
        problem: Why nothing could be read.
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


def read() -> tuple[str, int]:
    """Reads the form's photos and returns the page with what they show, and its status."""
    settings = services().settings
    try:
        cast(UploadRequest, request).limit_upload(settings.max_upload_bytes)
        uploads = [one for one in request.files.getlist("photos") if one.filename]
        if not 1 <= len(uploads) <= settings.max_photos:
            return render(problem=gettext("Choose 1 to %(limit)s photos.", limit=settings.max_photos)), 422
        results = read_uploads(uploads)
    except AppError as error:
        return render(problem=error.message), error.http_status
    pictures = [_as_address(received(one)) for one in uploads]
    return render([{**one, "picture": picture} for one, picture in zip(results, pictures, strict=True)]), 200


def _as_address(data: bytes) -> str | None:
    kind = SHOWN_TYPES.get(data[:2])
    if kind is None or len(data) > PREVIEW_BYTES:
        return None
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
