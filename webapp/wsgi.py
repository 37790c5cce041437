"""gunicorn's entry: `gunicorn -c python:webapp.gunicorn_conf webapp.wsgi:app`.

Under eventlet the standard library is patched here before anything else is imported.
"""

from __future__ import annotations

import os
import sys

from webapp.concurrency.blocking import prepare
from webapp.concurrency.handover import exit_code_of_failure
from webapp.settings import Settings
from webapp.web import logs

settings = Settings.from_env(os.environ)
logs.prepare(settings.log_format)
prepare(settings.async_mode)

from webapp import create_app  # noqa: E402
from webapp.errors import AppError  # noqa: E402

try:
    app = create_app(settings)
except AppError as error:
    print(f"error: {error}", file=sys.stderr, flush=True)
    sys.exit(exit_code_of_failure())
