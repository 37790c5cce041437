"""What browsers, phones and chats ask a site for beside its pages: icons, a manifest, the picture of a shared link."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    send_file,
    send_from_directory,
    url_for,
)
from flask_babel import gettext

from webapp.services import services
from webapp.web.i18n import current_code

bp = Blueprint("site", __name__)

A_DAY_S = 24 * 3600
ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)


@bp.get("/<any('favicon.ico', 'apple-touch-icon.png', 'share.jpg'):name>")
def root_file(name: str) -> Response:
    """An icon, or the picture that chats show beside a link, at an address that does not change with the version."""
    return send_from_directory(f"{current_app.static_folder}/img", name, max_age=A_DAY_S)


@bp.get("/kiosk-logo")
def kiosk_logo() -> Response:
    """The operator's logo, which the kiosk shows."""
    path = services().settings.kiosk_logo
    if path is None:
        abort(404)
    return send_file(path, max_age=0)


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """The manifest for the home screen; there is no service worker, which could serve stale pages."""
    content = {
        "id": "/",
        "name": "Countenance",
        "short_name": "Countenance",
        "description": gettext("Reads facial expressions live from your webcam."),
        "lang": current_code(),
        "start_url": "/",
        "display": "standalone",
        "background_color": "#f7f5f1",
        "theme_color": "#0f766e",
        "icons": [
            {
                "src": url_for("static", filename=f"img/{name}"),
                "sizes": sizes,
                "type": "image/png",
                "purpose": purpose,
            }
            for name, sizes, purpose in ICONS
        ],
        "shortcuts": [
            {"name": gettext("Photos"), "url": url_for("pages.photos")},
            {"name": gettext("Music"), "url": url_for("pages.music")},
        ],
    }
    answer = make_response(jsonify(content))
    answer.mimetype = "application/manifest+json"
    answer.vary.update(["Accept-Language", "Cookie"])
    return answer
