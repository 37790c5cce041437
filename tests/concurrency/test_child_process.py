"""A question to a process of its own: answered, or ended."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from webapp.concurrency.child_process import MAX_QUESTION_BYTES, ProcessFailed, ProcessTooSlow, ask_process


def ask(script: str, question: bytes = b"", *, limit_s: float = 30, max_bytes: int = 1_000_000) -> bytes:
    return ask_process([sys.executable, "-c", script], question, limit_s=limit_s, max_bytes=max_bytes)


def test_it_gets_the_question_and_gives_the_answer():
    script = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read() * 100)"
    assert ask(script, b"abc" * 1000) == b"abc" * 100_000


@pytest.mark.parametrize(
    "script",
    [
        "import time; time.sleep(60)",
        "import time\nwhile True: print('drip', flush=True); time.sleep(0.05)",
        "import os, time; os.close(1); time.sleep(60)",
        "while True: pass",
    ],
)
def test_one_that_takes_too_long_is_ended(script):
    begun_s = time.monotonic()
    with pytest.raises(ProcessTooSlow):
        ask(script, limit_s=0.5)
    assert time.monotonic() - begun_s < 30


@pytest.mark.parametrize(
    ("script", "has_crashed"),
    [
        ("raise SystemExit(3)", False),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", True),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", False),
        ("print('x' * 2_000_000)", False),
    ],
)
def test_one_that_fails_says_how(script, has_crashed):
    with pytest.raises(ProcessFailed) as caught:
        ask(script)
    assert caught.value.has_crashed == has_crashed


def test_it_sees_no_password(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:geheim@host/x")
    assert b"geheim" not in ask("import os; print(dict(os.environ))")


def test_a_question_that_would_not_fit_is_refused():
    with pytest.raises(ValueError, match="question"):
        ask("", bytes(MAX_QUESTION_BYTES + 1))


WAITS = """
import os, sys, threading
from webapp.concurrency import blocking, native_threads
blocking.prepare("eventlet")
from webapp.concurrency.child_process import ask_process
def num_files():
    return len(os.listdir("/proc/self/fd"))
def ask():
    process = native_threads.native_subprocess().Popen([sys.executable, "-c", "import time; time.sleep(0.3)"])
    process.wait()
    answer = ask_process([sys.executable, "-c", "print(5)"], b"", limit_s=60, max_bytes=9)
    assert answer == b"5\\n", answer
    seen.append(num_files())
seen = []
threads = [native_threads.NativeThreadPool(1) for _ in range(3)]
for one in threads:
    one.map(lambda _: ask(), [None])
print(seen)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_waiting_for_one_under_eventlet_opens_nothing_that_stays():
    """Each thread that waited got an event loop of its own, with a descriptor, for ever."""
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WAITS], capture_output=True, text=True, check=True, timeout=120
    )
    first, *others = json.loads(said.stdout)
    assert others == [first, first]
