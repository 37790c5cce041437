"""Errors for people: whoever asks for a page and gets an error reads a page; programs keep the problem document."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from flask_babel import lazy_gettext

from webapp.problems import PROBLEM_TYPE

API = "/api/"
WORDS = {
    404: (
        lazy_gettext("There is no such page"),
        lazy_gettext("The address may be mistyped, or the page has moved."),
    ),
    405: (
        lazy_gettext("This address is not a page"),
        lazy_gettext("It only takes what another page sends to it."),
    ),
    503: (
        lazy_gettext("Busy just now"),
        lazy_gettext("The server has more to do than it can. Try again in a moment."),
    ),
}
REFUSED = (
    lazy_gettext("That did not work"),
    lazy_gettext("The server did not understand the request. Go back and try again."),
)
FAILED = (
    lazy_gettext("Something went wrong here"),
    lazy_gettext(
        "It is the server's fault, not yours. Try again; if it stays, tell whoever runs this server."
    ),
)


def bind(app: Flask) -> None:
    """Shows the errors of an app as pages to those who ask for pages."""
    app.after_request(_for_people)


def _for_people(response: Response) -> Response:
    if response.mimetype != PROBLEM_TYPE or request.path.startswith(API) or not _wants_a_page():
        return response
    status = response.status_code
    title, advice = WORDS.get(status, FAILED if status >= 500 else REFUSED)
    response.set_data(render_template("error.html", title=title, advice=advice, status=status))
    response.mimetype = "text/html"
    response.vary.update(["Accept", "Accept-Language", "Cookie"])
    return response


def _wants_a_page() -> bool:
    return request.accept_mimetypes.best_match([PROBLEM_TYPE, "application/json", "text/html"]) == "text/html"
