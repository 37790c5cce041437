"""gunicorn's entry: `gunicorn -c python:webapp.gunicorn_conf webapp.wsgi:app`.

Under eventlet the standard library is patched here before anything else is imported.
"""

from __future__ import annotations

import logging
import os
import sys

from webapp.concurrency.blocking import prepare
from webapp.settings import Settings

# gunicorn's own exit code for this: the server ends instead of starting workers again and again.
APP_LOAD_ERROR = 4

settings = Settings.from_env(os.environ)
logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")  # LOG_LEVEL is that of `webapp`
prepare(settings.async_mode)

from webapp import create_app  # noqa: E402
from webapp.errors import AppError  # noqa: E402

try:
    app = create_app(settings)
except AppError as error:
    print(f"error: {error}", file=sys.stderr, flush=True)
    sys.exit(APP_LOAD_ERROR)
