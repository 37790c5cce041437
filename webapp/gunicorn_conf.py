"""gunicorn's settings, from ours. One worker process: the visitors' sessions live in it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
import warnings
from types import FrameType
from typing import Any

from webapp.errors import SettingsError
from webapp.settings import Settings
from webapp.version import VERSION

# Eventlet warns about itself at every start; requirements.txt pins it, and ASYNC_MODE=threading is the way out.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
# Pillow warns about damaged photos; their sender gets an answer, and the log stays quiet.
warnings.filterwarnings("ignore", category=UserWarning, module="PIL")
logging.getLogger("PIL").setLevel(logging.CRITICAL)

# What gunicorn adds to a start that failed; webapp/wsgi.py has said why in one sentence.
_ECHOES = ("exited with code 4.", "Shutting down: Master", "Reason: App failed to load.")
logging.getLogger("gunicorn.error").addFilter(lambda record: not record.getMessage().endswith(_ECHOES))

try:
    _settings = Settings.from_env(os.environ)
except SettingsError as _error:
    sys.exit(f"error: {_error}")

bind = f"{_settings.url_host}:{_settings.port}"
workers = 1
worker_class = {"eventlet": "eventlet", "threading": "gthread"}[_settings.async_mode]
threads = 100  # gthread: one per connected visitor
worker_connections = 1000
timeout = 120  # loading and compiling the model on a slow machine happens before the first heartbeat
graceful_timeout = 30  # for HTTP requests; sockets are let go first
control_socket_disable = True  # it would be opened in the home folder
loglevel = "error"  # gunicorn's own start-up lines and its notice about eventlet; ours are below
forwarded_allow_ips = "127.0.0.1"


def post_worker_init(worker: Any) -> None:
    """Says that the model is ready, and makes SIGTERM disconnect the sockets before the server drains."""
    from webapp.services import KEY

    card = worker.wsgi.extensions[KEY].classifier.card
    shown = "127.0.0.1" if _settings.host == "0.0.0.0" else _settings.url_host
    print(
        f"Countenance {VERSION} with {card.name}: http://{shown}:{_settings.port} (Ctrl-C stops it)",
        flush=True,
    )

    def stop(number: int, frame: FrameType | None) -> None:
        _disconnect_all()
        worker.handle_exit(number, frame)
        if _settings.async_mode == "threading":
            threading.Thread(target=_keep_awake, args=(worker,), daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    worker.wsgi.extensions[KEY].music.start()
    _expect_closed_sockets()


def worker_exit(server: Any, worker: Any) -> None:
    """Ends the photos' threads, the model's, and what the music has begun."""
    from webapp.services import KEY

    if getattr(worker, "wsgi", None) is not None:
        worker.wsgi.extensions[KEY].photos.close()
        worker.wsgi.extensions[KEY].classifier.close()
        worker.wsgi.extensions[KEY].music.close()


def _expect_closed_sockets() -> None:
    """Keeps visitors who leave from costing a traceback each (threading mode).

    Engine.IO's writer threads close a websocket without asking whether the other side has done so already.
    """
    report = threading.excepthook

    def hook(failure: threading.ExceptHookArgs) -> None:
        is_writer = failure.thread is not None and failure.thread.name.endswith("(writer)")
        if not (is_writer and issubclass(failure.exc_type, OSError)):
            report(failure)

    threading.excepthook = hook


def _disconnect_all() -> None:
    """Disconnects all visitors in the background, since a signal handler must not wait, until the process ends.

    Once is not enough: browsers connect again at once, and an eventlet worker accepts for up to a second more.
    """
    from webapp.extensions import socketio

    def work() -> None:
        known: set[str] = set()
        while True:
            for sid in set(socketio.server.eio.sockets) - known:
                known.add(sid)
                socketio.start_background_task(_disconnect, socketio.server, sid)
            socketio.sleep(0.05)

    socketio.start_background_task(work)


def _keep_awake(worker: Any) -> None:
    """Makes gunicorn's gthread close idle connections while it drains.

    It would sleep through its whole grace period while a browser keeps one open, and look at their age only then.
    """
    until_s = time.monotonic() + graceful_timeout - 1
    while worker.nr_conns > 0 and time.monotonic() < until_s:
        worker.method_queue.defer(lambda: None)
        time.sleep(0.2)


def _disconnect(server: Any, sid: str) -> None:
    connection = server.environ.get(sid, {}).get("gunicorn.socket")
    if _settings.async_mode == "eventlet" and connection is not None:
        # Closing a socket does not wake the green thread that reads from it, which gunicorn would wait for.
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RD)
    server.eio.disconnect(sid)
