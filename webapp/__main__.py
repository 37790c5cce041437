"""`python -m webapp [serve]` checks the settings and the port, then hands over to gunicorn.

`label` labels files; `backup` and `restore` copy the music's data out and in.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.errors import AppError, SettingsError
from webapp.label import command
from webapp.music import command as music_command
from webapp.paths import PACKAGES
from webapp.settings import Settings, all_settings
from webapp.version import VERSION

if TYPE_CHECKING:
    from sqlalchemy import URL

SERVE_HELP = """Settings are environment variables; docs/reference/settings.md lists them.

examples:
  PORT=9000 %(prog)s
  HOST=0.0.0.0 MUSIC_EDITS=nobody %(prog)s
  MODEL_DIR=models/model2-ferplus-balanced %(prog)s"""


def main(argv: list[str] | None = None, *, prog: str = "python -m webapp", more: str | None = None) -> int:
    """Runs a command and returns its exit code; `serve` becomes the server.

    Args:
        argv: Arguments without the program's name. Default: those of the process.
        prog: The program's name in its help.
        more: Commands beside these, in words, for its help.
    """
    parser = argparse.ArgumentParser(prog=prog, description="Countenance: expressions, live.", epilog=more)
    parser.add_argument("--version", action="version", version=f"Countenance {VERSION}")
    commands = parser.add_subparsers(dest="command")
    serving = commands.add_parser(
        "serve",
        help="serve the pages (default)",
        description="Serves the pages.",
        epilog=SERVE_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serving.add_argument(
        "--check-config", action="store_true", help="check settings, model and folders, serve nothing"
    )
    command.add_arguments(commands.add_parser("label", help="label photos and clips on the disk"))
    for name, words in (
        ("backup", "write all of the music's data to a file"),
        ("restore", "put a backup in place"),
    ):
        music_command.add_arguments(commands.add_parser(name, help=words))
    arguments = parser.parse_args(argv)
    try:
        settings = Settings.from_env(os.environ)
        if arguments.command == "label":
            return command.run(arguments, settings)
        if arguments.command == "backup":
            return music_command.run_backup(arguments, settings)
        if arguments.command == "restore":
            return music_command.run_restore(arguments, settings)
        if getattr(arguments, "check_config", False):
            return check_config(settings)
        check_extras(settings)
        check_port(settings.host, settings.port)
        serve(settings)
    except AppError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return command.STOPPED
    return 0


def check_config(settings: Settings) -> int:
    """Loads what a server would load, and says what was found; the port may be in use by the server itself.

    Raises:
        AppError: For the first thing that would stop a start, or make the music page useless.
    """
    # Not at the top: `serve` becomes another program, which would import all of it a second time.
    from webapp.music.catalogue.database import database_url
    from webapp.music.service import SHIPPED_POLICIES, load_policies
    from webapp.recognition.reader import build_reader

    check_extras(settings)
    reader = build_reader(settings)
    card = reader.classifier.card
    print(f"model    {card.name}, {reader.classifier.runtime}: loaded, and answers as its card says")
    reader.classifier.close()
    url = database_url(settings.database_url, settings.data_dir)
    if url.get_backend_name() == "sqlite":
        _check_folder(Path(str(url.database)).parent, "DATABASE_URL" if settings.database_url else "DATA_DIR")
    else:
        _check_server(url)
    load_policies(settings.music_policies or SHIPPED_POLICIES)
    if settings.music_dir is not None:
        if not settings.music_dir.is_dir():
            raise SettingsError(f"MUSIC_DIR={settings.music_dir} is no folder. Name one, or leave it out.")
        print(f"music    {settings.music_dir}: a folder")
    print(f"address  {settings.url_host}:{settings.port}, {settings.frame_threads} frames at once")
    return 0


def _check_folder(folder: Path, setting: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} of {setting} cannot be written ({error.strerror}). Choose another folder or its "
            "permissions."
        ) from error
    print(f"data     {folder}: can be written")


def _check_server(url: URL) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from webapp.music.catalogue.engine import make_engine

    engine = make_engine(url)
    try:
        with engine.connect():
            pass
    except SQLAlchemyError as error:
        raise SettingsError(
            f"DATABASE_URL: no connection ({type(error).__name__}). Is the database running, and the address right?"
        ) from error
    finally:
        engine.dispose()
    print("data     the database of DATABASE_URL: answers")


def check_extras(settings: Settings) -> None:
    """Raises `SettingsError` if a setting needs a package that only an extra of the wheel brings."""
    wanted = {
        "psycopg": ("DATABASE_URL", "postgres", settings.database_url.startswith("postgres")),
        "redis": ("REDIS_URL", "redis", bool(settings.redis_url)),
    }
    for package, (setting, extra, is_wanted) in wanted.items():
        if is_wanted and importlib.util.find_spec(package) is None:
            raise SettingsError(
                f"{setting} needs {package}, which is not installed. `pip install 'countenance[{extra}]'` brings it."
            )


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
        _begin_at_the_packages(settings)
        # -P: a folder of the same name as a package, where the server is started, is not imported in its place.
        command = [sys.executable, "-P", "-m", "gunicorn"]
        command += ["-c", "python:webapp.gunicorn_conf", "webapp.wsgi:app"]
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


def _begin_at_the_packages(settings: Settings) -> None:
    """Goes to the folder of our packages, which gunicorn imports from; paths in settings stay what they are."""
    for name, _ in all_settings():
        value = getattr(settings, name.lower())
        if isinstance(value, Path):
            os.environ[name] = str(value)
    os.chdir(PACKAGES)


if __name__ == "__main__":
    sys.exit(main())
