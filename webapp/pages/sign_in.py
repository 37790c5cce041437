"""The sign-in page: a token, once, for a cookie."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from webapp.errors import TooManyRequests
from webapp.pages.routes import own_path
from webapp.services import services
from webapp.web.access import A_MONTH_S, COOKIE, Role

bp = Blueprint("sign_in", __name__)


@bp.get("/sign-in")
def page() -> str:
    """Asks for the token."""
    return _render(request.args.get("back", "/"))


@bp.post("/sign-in")
def send() -> Response:
    """Takes the token; leads back to the page that asked for it."""
    access, back = services().access, request.form.get("back", "/")
    try:
        role = access.role_of_token(request.form.get("token", "").strip(), request.remote_addr)
    except TooManyRequests as error:
        wait_s = (error.retry_after_ms or 0) // 1000
        said = ngettext(
            "Too many wrong tokens came from here. Try again in %(num)s second.",
            "Too many wrong tokens came from here. Try again in %(num)s seconds.",
            wait_s,
        )
        answer = make_response(_render(back, said), 429)
        answer.headers["Retry-After"] = str(wait_s)
        return answer
    if role is Role.NOBODY:
        return make_response(
            _render(back, gettext("This is not the token. Look for spaces or letters that are missing.")), 401
        )
    answer = make_response(redirect(own_path(back), 303))
    answer.set_cookie(
        COOKIE,
        access.cookie_of(role),
        max_age=A_MONTH_S,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer


@bp.post("/sign-out")
def leave() -> Response:
    """Forgets the cookie."""
    answer = make_response(redirect(url_for("sign_in.page"), 303))
    answer.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer


def _render(back: str, problem: str = "") -> str:
    return render_template(
        "sign_in.html", back=own_path(back), problem=problem, has_tokens=services().access.has_tokens
    )
