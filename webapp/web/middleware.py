"""What stands before Flask and the sockets alike: whom a request is for, who sent it, the headers of every answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, request

from webapp.core.addresses import is_in
from webapp.errors import AppError
from webapp.settings import Settings
from webapp.web.headers import with_headers
from webapp.web.origins import REFUSAL, Hosts, check_origin, is_socket, refusal_of, resolve
from webapp.web.problems import on_app_error
from webapp.web.request_ids import REQUEST_ID, choose_request_id, with_request_id

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Middleware:
    """Checks each request before anything reads it.

    A refused request goes on to Flask, which answers people with a page, in their language; one of a socket is answered
    here.
    """

    def __init__(self, wsgi_app: WsgiApp, settings: Settings, *, files_at: str) -> None:
        """Takes the place of a WSGI app.

        Args:
            wsgi_app: Flask with the sockets.
            settings: The operator's settings.
            files_at: Path below which the static files are.
        """
        self._app, self._files_at = wsgi_app, files_at
        self._trusted = settings.trusted_proxies
        self._hosts = Hosts.of(settings)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers a request."""
        is_trusted = is_in(environ.get("REMOTE_ADDR", ""), self._trusted)
        request_id = choose_request_id(environ, is_trusted=is_trusted)
        environ = {**environ, REQUEST_ID: request_id}
        start_response = with_request_id(start_response, request_id)
        refusal = None
        try:
            environ = resolve(environ, self._trusted, self._hosts)
            check_origin(environ)
        except AppError as error:
            refusal = error
        start_response = with_headers(environ, start_response, self._files_at)
        if refusal and is_socket(environ):
            return on_app_error(refusal)(environ, start_response)
        return self._app({**environ, REFUSAL: refusal}, start_response)


def init_app(app: Flask, settings: Settings) -> None:
    """Puts the middleware before an app whose socket server is ready."""
    app.wsgi_app = Middleware(  # type: ignore[method-assign]
        app.wsgi_app, settings, files_at=str(app.static_url_path)
    )
    app.before_request_funcs.setdefault(None, []).insert(0, _refuse)


def _refuse() -> None:
    if error := refusal_of(request.environ):
        raise error
