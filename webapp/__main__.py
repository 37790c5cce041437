"""`python -m webapp [serve]` checks the settings and the port, then hands over to gunicorn; `label` labels files."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from webapp.errors import AppError, SettingsError
from webapp.label import command
from webapp.settings import Settings


def main(argv: list[str] | None = None) -> int:
    """Runs a command and returns its exit code; `serve` becomes the server."""
    parser = argparse.ArgumentParser(prog="python -m webapp", description="Countenance: expressions, live.")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="serve the pages (default)")
    command.add_arguments(commands.add_parser("label", help="label photos and clips on the disk"))
    arguments = parser.parse_args(argv)
    try:
        settings = Settings.from_env(os.environ)
        if arguments.command == "label":
            return command.run(arguments, settings)
        check_port(settings.host, settings.port)
        serve(settings)
    except AppError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def check_port(host: str, port: int) -> None:
    """Raises `SettingsError` if the address cannot be bound: gunicorn would retry for seconds and only log it."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SettingsError(
            f"Cannot listen on {host}:{port} ({error.strerror or error}). Choose another with HOST= or PORT=."
        ) from error


def serve(settings: Settings) -> None:
    """Becomes gunicorn; where there is none (Windows), serves with Werkzeug's threads."""
    if os.name == "posix":
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its start-up lines would bury ours
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # its default, set so that it is not announced
        print("Loading the model …", flush=True)
        command = [sys.executable, "-m", "gunicorn", "-c", "python:webapp.gunicorn_conf", "webapp.wsgi:app"]
        os.execv(sys.executable, command)
    if settings.async_mode != "threading":
        raise SettingsError("On this system only ASYNC_MODE=threading is supported. Set it and start again.")
    from webapp import create_app
    from webapp.extensions import socketio
    from webapp.services import KEY

    app = create_app(settings)
    app.extensions[KEY].music.start()
    print(f"Countenance: http://{settings.url_host}:{settings.port} (Ctrl-C stops it)", flush=True)
    socketio.run(app, host=settings.host, port=settings.port, allow_unsafe_werkzeug=True)


if __name__ == "__main__":
    sys.exit(main())
