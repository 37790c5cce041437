"""One question to a process of its own, answered within a deadline: whatever hangs or crashes in it ends with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from webapp.concurrency.native_threads import native_select, native_subprocess
from webapp.paths import PACKAGES

MAX_QUESTION_BYTES = 32 * 1024
"""Less than a pipe holds, so writing it never waits."""

PASSED_ON = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT")
"""All of the environment that such a process gets: it handles what strangers sent, and needs no password."""

CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGBUS})


class ProcessFailed(Exception):
    """The process has ended without an answer.

    Attributes:
        has_crashed: Whether a signal of its own making has ended it, such as a segmentation fault.
    """

    def __init__(self, code: int | None) -> None:
        super().__init__(f"it ended with {code}")
        self.has_crashed = code is not None and code < 0 and -code in CRASHES


class ProcessTooSlow(Exception):
    """The process was ended because it took too long."""


def ask_process(command: Sequence[str], question: bytes, *, limit_s: float, max_bytes: int) -> bytes:
    """Starts a process, writes a question to it and returns all that it answers. Blocking: call it in a native thread.

    Args:
        command: Program and arguments.
        question: Standard input, at most 32 KiB.
        limit_s: Longest time from start to end, in seconds; the process is killed then.
        max_bytes: Longest answer.

    Raises:
        ProcessFailed: If it ends with an error, or answers more than that.
        ProcessTooSlow: If it takes longer than that, or uses up the processor time that it has set itself.
        OSError: If it cannot be started.
    """
    if len(question) > MAX_QUESTION_BYTES:
        raise ValueError(
            f"`question` must have at most {MAX_QUESTION_BYTES} bytes. Received: {len(question)}"
        )
    until_s = time.monotonic() + limit_s
    subprocess = native_subprocess()
    process = subprocess.Popen(
        command,
        cwd=PACKAGES,
        env=bare_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )
    try:
        try:
            process.stdin.write(question)
            process.stdin.close()
        except BrokenPipeError:
            raise ProcessFailed(process.wait()) from None
        answer = _read(process.stdout, until_s, max_bytes)
        try:
            code = process.wait(max(0.0, until_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise ProcessTooSlow from None
        if code == -signal.SIGXCPU:
            raise ProcessTooSlow
        if code != 0:
            raise ProcessFailed(code)
        return answer
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _read(stream: object, until_s: float, max_bytes: int) -> bytes:
    """Reads to the end."""
    select = native_select()
    waiting = select.poll()
    waiting.register(stream, select.POLLIN | select.POLLHUP)
    answer = b""
    while True:
        left_s = until_s - time.monotonic()
        if left_s <= 0 or not waiting.poll(left_s * 1000):
            raise ProcessTooSlow
        part = stream.read(64 * 1024)  # type: ignore[attr-defined]
        if not part:
            return answer
        answer += part
        if len(answer) > max_bytes:
            raise ProcessFailed(None)


def bare_environment() -> dict[str, str]:
    """Returns the part of the environment that a process for strangers' content gets, see `PASSED_ON`."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}
