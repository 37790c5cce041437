"""Threads for frames alone: never more than they are, nothing waits long, and whoever waits hears an answer."""

import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.waiting import wait_until
from webapp.concurrency.frame_pool import FramePool
from webapp.concurrency.signals import NativeSignals
from webapp.errors import NotAnImage, ServerBusy

TIMEOUT_S = 60


@pytest.fixture
def pool():
    pool = FramePool(2, NativeSignals())
    yield pool
    pool.close()


@pytest.fixture
def callers():
    with ThreadPoolExecutor(16) as executor:
        yield executor


class Gate:
    """Work that goes on when it is let."""

    def __init__(self):
        self.opened, self.at_work, self.most = threading.Event(), 0, 0
        self.lock = threading.Lock()

    def __call__(self, waited_s):
        with self.lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        assert self.opened.wait(TIMEOUT_S)
        with self.lock:
            self.at_work -= 1
        return waited_s


def test_the_result_and_the_error_are_the_callers_own(pool):
    assert pool.run("one", lambda waited_s: 7)[0] == 7
    with pytest.raises(NotAnImage):
        pool.run("one", lambda waited_s: (_ for _ in ()).throw(NotAnImage("no")))
    assert pool.run("one", lambda waited_s: 8)[0] == 8


def test_no_more_frames_at_once_than_threads(callers):
    pool, gate = FramePool(2, NativeSignals(), wait_limit_s=TIMEOUT_S), Gate()
    waiting = [callers.submit(pool.run, f"{number}", gate) for number in range(3)]
    wait_until(lambda: gate.at_work == 2 and len(pool) == 1, what="two frames at work and the third to wait")
    gate.opened.set()
    for one in waiting:
        one.result(TIMEOUT_S)
    assert gate.most == 2
    pool.close()


def test_a_frame_that_waits_too_long_behind_others_is_given_up_with_a_time(callers):
    pool, gate = FramePool(1, NativeSignals(), wait_limit_s=0.05), Gate()
    first = callers.submit(pool.run, "first", gate)
    wait_until(lambda: gate.at_work == 1, what="the first frame")
    second = callers.submit(pool.run, "second", lambda waited_s: "read")
    wait_until(lambda: len(pool) == 1, what="the second frame")
    time.sleep(0.1)
    gate.opened.set()
    assert first.result(TIMEOUT_S)
    with pytest.raises(ServerBusy) as refused:
        second.result(TIMEOUT_S)
    assert refused.value.as_dict()["retry_after_ms"] >= 20
    pool.close()


def test_visitors_beyond_what_the_server_manages_are_told_when_to_come(pool):
    """A slot lies ahead as soon as more frames come than the threads manage."""

    def slow(waited_s):
        time.sleep(0.02)

    next_ms = [pool.run(f"{number}", slow)[1] for number in range(3)]
    assert next_ms[0] == 0
    with ThreadPoolExecutor(32) as executor:
        answers = list(executor.map(lambda number: _attempt(pool, f"new {number}", slow), range(200)))
    refused = [one for one in answers if isinstance(one, ServerBusy)]
    assert refused
    assert all(20 <= one.as_dict()["retry_after_ms"] < 10_000 for one in refused)


def _attempt(pool, key, fn):
    try:
        return pool.run(key, fn)
    except ServerBusy as error:
        return error


def test_closing_gives_up_what_waits_and_refuses_what_comes(callers):
    pool, gate = FramePool(1, NativeSignals(), wait_limit_s=TIMEOUT_S), Gate()
    first = callers.submit(pool.run, "first", gate)
    wait_until(lambda: gate.at_work == 1, what="the first frame")
    second = callers.submit(pool.run, "second", gate)
    wait_until(lambda: len(pool) == 1, what="the second frame")
    closing = callers.submit(pool.close)
    wait_until(lambda: pool._closed, what="the closing")
    gate.opened.set()
    first.result(TIMEOUT_S)
    closing.result(TIMEOUT_S)
    with pytest.raises(ServerBusy):
        second.result(TIMEOUT_S)
    with pytest.raises(ServerBusy, match="shutting down"):
        pool.run("third", gate)


GREEN = """
    import eventlet
    eventlet.monkey_patch()
    import time as green_time
    from eventlet import patcher
    from webapp.concurrency.frame_pool import FramePool
    from webapp.concurrency.signals import GreenSignals
    native_time = patcher.original("time")
    pool, ticks, answers = FramePool(2, GreenSignals()), [], []

    def work(waited_s):
        native_time.sleep(0.01)  # a real thread: a green sleep here would prove nothing
        return 1

    def visitor(number):
        for _ in range(20):
            try:
                answers.append(pool.run(f"{number}", work)[0])
            except Exception as error:
                answers.append(type(error).__name__)
                eventlet.sleep(0.01)

    def tick():
        while True:
            ticks.append(green_time.monotonic())
            eventlet.sleep(0.005)

    ticking = eventlet.spawn(tick)
    visitors = [eventlet.spawn(visitor, number) for number in range(8)]
    with eventlet.Timeout(30):
        for one in visitors:
            one.wait()
    pool.close()
    gaps = [b - a for a, b in zip(ticks, ticks[1:])]
    print(len(answers), answers.count(1) > 20, sorted(gaps)[len(gaps) // 2] < 0.02)
"""


def test_green_threads_wait_without_stopping_the_others():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(GREEN)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.stdout.split() == ["160", "True", "True"], done.stderr


def test_draining_refuses_new_frames_with_a_time_and_answers_those_under_way(callers):
    pool, gate = FramePool(1, NativeSignals(), wait_limit_s=TIMEOUT_S), Gate()
    first = callers.submit(pool.run, "first", gate)
    wait_until(lambda: gate.at_work == 1, what="the first frame")
    pool.drain()
    with pytest.raises(ServerBusy) as refused:
        pool.run("second", gate)
    assert refused.value.retry_after_ms >= 1000
    assert not pool.is_idle
    gate.opened.set()
    first.result(TIMEOUT_S)
    assert pool.is_idle
    pool.close()


def test_a_thread_that_never_answers_keeps_nobody_for_ever(callers, monkeypatch):
    monkeypatch.setattr("webapp.concurrency.frame_pool.ANSWER_LIMIT_S", 0.1)
    pool, gate = FramePool(1, NativeSignals()), Gate()
    with pytest.raises(ServerBusy):
        callers.submit(pool.run, "first", gate).result(TIMEOUT_S)
    gate.opened.set()
    pool.close()
