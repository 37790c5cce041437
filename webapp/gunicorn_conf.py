"""gunicorn's settings, from ours. One worker process: the visitors' sessions live in it."""

from __future__ import annotations

import gc
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

from gunicorn.glogging import Logger
from gunicorn.http import errors as http_errors
from gunicorn.http.wsgi import Response

from webapp.concurrency import handover
from webapp.concurrency.frame_pool import FramePool
from webapp.errors import SettingsError
from webapp.settings import Settings
from webapp.version import VERSION
from webapp.web import local_tls
from webapp.web.logs import formatter

# Eventlet warns about itself at every start; requirements.txt pins it, and ASYNC_MODE=threading is the way out.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
# Pillow warns about damaged photos; their sender gets an answer, and the log stays quiet.
warnings.filterwarnings("ignore", category=UserWarning, module="PIL")
logging.getLogger("PIL").setLevel(logging.CRITICAL)

BAD_REQUESTS = (
    http_errors.ParseException,
    http_errors.NoMoreData,
    http_errors.InvalidChunkSize,
    http_errors.ChunkMissingTerminator,
    http_errors.InvalidChunkExtension,
)

# What gunicorn adds to a start that failed; webapp/wsgi.py has said why in one sentence.
_ECHOES = ("exited with code 4.", "Shutting down: Master", "Reason: App failed to load.")
logging.getLogger("gunicorn.error").addFilter(lambda record: not record.getMessage().endswith(_ECHOES))
logging.getLogger("gunicorn.error").addFilter(lambda record: not _is_of_a_bad_request(record))


def _is_of_a_bad_request(record: logging.LogRecord) -> bool:
    """Whether a record is about a request that is none: its sender was answered, and would fill the disk."""
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, BAD_REQUESTS)


class _Logger(Logger):  # type: ignore[misc]
    """gunicorn's, with lines that hold no control characters."""

    def _set_handler(self, log: Any, output: Any, fmt: logging.Formatter, stream: Any = None) -> None:
        super()._set_handler(log, output, formatter(_settings.log_format, str(fmt._fmt), fmt.datefmt), stream)


def _default_headers(response: Response) -> list[str]:
    """Leaves out what the server runs on."""
    return [line for line in _stock_headers(response) if not line.startswith("Server:")]


_stock_headers = Response.default_headers
Response.default_headers = _default_headers

try:
    _settings = Settings.from_env(os.environ)
except SettingsError as _error:
    sys.exit(f"error: {_error}")

bind = f"{_settings.url_host}:{_settings.port}"
workers = 1
worker_class = {"eventlet": "webapp.concurrency.green_worker.GreenWorker", "threading": "gthread"}[
    _settings.async_mode
]
threads = 100  # gthread: one per connected visitor
worker_connections = _settings.max_visitors + 200
timeout = 120  # loading and compiling the model on a slow machine happens before the first heartbeat
LAST_ANSWERS_S = 2.0  # longest wait for frames under way before the visitors are let go
ROUND_TRIP_S = 0.3  # time in which each visitor sends its next frame, and hears when to come back
graceful_timeout = 30  # for HTTP requests; sockets are let go first
control_socket_disable = True  # it would be opened in the home folder
logger_class = _Logger
loglevel = "error"  # gunicorn's own start-up lines and its notice about eventlet; ours are below
if _settings.tls == "local":
    _address = local_tls.network_address()
    certfile = keyfile = str(
        local_tls.make_certificate(
            local_tls.data_folder(os.environ),
            _address,
            "localhost",
            "127.0.0.1",
            "::1",
            f"{socket.gethostname()}.local",
        )
    )
forwarded_allow_ips = ""  # webapp/web/origins.py reads forwarded headers, of TRUSTED_PROXIES alone


def on_starting(server: Any) -> None:
    """Makes SIGHUP start the new worker beside the old one, which goes when the new one is ready."""
    handover.init_master(server)


def pre_fork(server: Any, worker: Any) -> None:
    """Tells the worker whether another one serves meanwhile."""
    handover.note_fork(server)


def post_worker_init(worker: Any) -> None:
    """Says that the model is ready, and makes SIGTERM disconnect the sockets before the server drains."""
    from webapp.services import KEY

    classifier = worker.wsgi.extensions[KEY].classifier
    shown = "127.0.0.1" if _settings.host == "0.0.0.0" else _settings.url_host
    print(
        f"Countenance {VERSION} with {classifier.card.name} ({classifier.runtime}; {_settings.frame_threads} frames "
        f"at once): {_settings.scheme}://{shown}:{_settings.port} (Ctrl-C stops it)",
        flush=True,
    )
    if _settings.tls == "local":
        _invite_phones()

    frames = worker.wsgi.extensions[KEY].frames

    def stop(number: int, frame: FrameType | None) -> None:
        if not worker.alive:  # the master repeats itself
            return
        frames.drain()
        _disconnect_all(frames)
        worker.handle_exit(number, frame)
        if _settings.async_mode == "threading":
            threading.Thread(target=_keep_awake, args=(worker,), daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    worker.wsgi.extensions[KEY].music.start()
    # What has been loaded stays for ever: looking through it for garbage would stop everybody for 0.1 to 0.4 s.
    gc.collect()
    gc.freeze()
    handover.note_ready(worker)


def _invite_phones() -> None:
    """Prints the address for other devices, also as a picture for their cameras."""
    address = f"https://{_address}:{_settings.port}"
    authority = local_tls.data_folder(os.environ) / local_tls.AUTHORITY
    print(
        f"On a phone in the same network: {address}\n{local_tls.qr_code(address)}"
        f"Its browser warns once; to end that, install {authority} on it (docs/guide/operating.md).",
        flush=True,
    )


def worker_exit(server: Any, worker: Any) -> None:
    """Ends the photos' threads, the model's, and what the music has begun."""
    from webapp.services import KEY

    if getattr(worker, "wsgi", None) is not None:
        worker.wsgi.extensions[KEY].photos.close()
        worker.wsgi.extensions[KEY].frames.close()
        worker.wsgi.extensions[KEY].models.close()
        worker.wsgi.extensions[KEY].classifier.close()
        worker.wsgi.extensions[KEY].music.close()


def _disconnect_all(frames: FramePool) -> None:
    """Disconnects all visitors in the background, since a signal handler must not wait, until the process ends.

    First every frame under way is answered, and whoever sends another one hears when to come back. Disconnecting once
    is not enough: browsers connect again at once, and an eventlet worker accepts for up to a second more.
    """
    from webapp.extensions import socketio

    def work() -> None:
        until_s = time.monotonic() + LAST_ANSWERS_S
        socketio.sleep(ROUND_TRIP_S)
        while not frames.is_idle and time.monotonic() < until_s:
            socketio.sleep(0.02)
        socketio.sleep(0.05)  # the last answers are on their way
        while True:
            for sid in list(socketio.server.eio.sockets):
                socketio.server.eio.disconnect(sid)
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
