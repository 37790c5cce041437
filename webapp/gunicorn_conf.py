"""gunicorn's settings, from ours. One worker process: the visitors' sessions live in it."""

from __future__ import annotations

import os
import signal
import warnings
from types import FrameType
from typing import Any

from webapp.settings import Settings
from webapp.version import VERSION

# Eventlet warns about itself at every start; requirements.txt pins it, and ASYNC_MODE=threading is the way out.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

_settings = Settings.from_env(os.environ)

bind = f"{_settings.host}:{_settings.port}"
workers = 1
worker_class = {"eventlet": "eventlet", "threading": "gthread"}[_settings.async_mode]
threads = 100  # gthread: one per connected visitor
worker_connections = 1000
timeout = 120  # loading and compiling the model on a slow machine happens before the first heartbeat
graceful_timeout = (
    2  # sockets are disconnected first; an eventlet worker waits all of it out, for HTTP requests
)
control_socket_disable = True  # it would be opened in the home folder
loglevel = "error"  # gunicorn's own start-up lines and its notice about eventlet; ours are below
forwarded_allow_ips = "127.0.0.1"


def post_worker_init(worker: Any) -> None:
    """Says that the model is ready, and makes SIGTERM disconnect the sockets before the server drains."""
    from webapp.services import KEY

    card = worker.wsgi.extensions[KEY].classifier.card
    shown = "127.0.0.1" if _settings.host == "0.0.0.0" else _settings.host
    print(
        f"Countenance {VERSION} with {card.name}: http://{shown}:{_settings.port} (Ctrl-C stops it)",
        flush=True,
    )

    def stop(number: int, frame: FrameType | None) -> None:
        _disconnect_all()
        worker.handle_exit(number, frame)

    signal.signal(signal.SIGTERM, stop)


def worker_exit(server: Any, worker: Any) -> None:
    """Ends the model's thread."""
    from webapp.services import KEY

    if getattr(worker, "wsgi", None) is not None:
        worker.wsgi.extensions[KEY].classifier.close()


def _disconnect_all() -> None:
    """Closes every socket in the background: a signal handler must not wait."""
    from webapp.extensions import socketio

    engine = socketio.server.eio
    for sid in list(engine.sockets):
        socketio.start_background_task(engine.disconnect, sid)
