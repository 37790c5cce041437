"""Under eventlet no native thread may meet another in a green lock: neither would ever wake."""

from __future__ import annotations

import subprocess
import sys

from tests.support.servers import ROOT

BEGIN = """
import logging, sys, time, warnings
warnings.simplefilter("ignore")
logging.basicConfig()
from webapp.concurrency.blocking import prepare
prepare("eventlet")
from webapp.concurrency.native_threads import native_threading
"""

LOG_AT_ONCE = """
class Slow(logging.Handler):
    def emit(self, record):
        native_threading().Event().wait(0.05)

for handler in (Slow(), *logging.getLogger().handlers):
    log = logging.Logger("x")
    log.addHandler(handler)
    threads = [native_threading().Thread(target=lambda: [log.warning("a") for _ in range(5)], daemon=True)
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads), handler
print("all have logged")
"""

FIND = """
import types
import webapp.app
from eventlet.semaphore import Semaphore

seen, found = set(), set()

def look(name, thing, depth):
    if id(thing) in seen or depth > 4 or isinstance(thing, (types.ModuleType, str, bytes, int, float)):
        return
    seen.add(id(thing))
    if isinstance(thing, Semaphore):
        found.add(name)
        return
    inner = getattr(thing, "__dict__", None)
    for part in (inner, thing):
        if isinstance(part, (dict, types.MappingProxyType)):
            for key, value in list(part.items()):
                look(f"{name}.{key}" if isinstance(key, str) else name, value, depth + 1)
    if isinstance(thing, (list, tuple, set, frozenset)):
        for value in list(thing):
            look(name, value, depth + 1)

for module, content in list(sys.modules.items()):
    if not module.startswith(("eventlet", "threading", "__patched_module_threading", "__main__")):
        for key, value in list(vars(content).items()):
            try:
                look(f"{module}.{key}", value, 0)
            except RuntimeError:
                pass  # Flask's and flask-smorest's proxies outside a request
print("\\n".join(sorted(found)))
"""

KNOWN = {
    "ipaddress": "computed properties of networks: only the process that fetches makes any",
    "jinja2.lexer": "templates are rendered in green threads",
    "urllib3": "nothing of the app uses it",
    "babel.localedata": "translations are looked up in green threads",
    "pytz.lazy": "nothing of the app uses it",
    "dateutil.tz": "jsonschema imports it where formats of dates are installed; nothing of the app reads one",
    "concurrent.futures.thread": "redis imports it; only `label` makes such a pool, a process without eventlet",
    "watchdog": "Werkzeug's reloader imports it where something else has brought it; the server never starts one",
    "wrapt": "limits marks old names with it; nothing of the app calls one of those",
    "prometheus_client.registry": "metrics are counted in green threads (webapp/metrics.py)",
    "sqlalchemy": "one native thread at a time, by the native lock of `Database`; mappers are configured before",
}
"""Modules whose locks are green, and why no two native threads meet there."""


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_native_threads_that_log_at_once_all_go_on():
    assert "all have logged" in run(LOG_AT_ONCE)


def test_every_green_lock_of_a_module_has_a_reason_why_native_threads_do_not_meet_in_it():
    found = run(FIND).split()
    unknown = [name for name in found if not name.startswith(tuple(KNOWN))]
    assert unknown == []
    assert found, "the search finds nothing at all: it is broken"
