"""Blocking work of one kind: so many at once, so many that wait, so long for it all."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.waiting import wait_until
from webapp.concurrency.signals import NativeSignals
from webapp.concurrency.work_pool import Bounds, WorkPool
from webapp.errors import ServerBusy


def make_pool(**options) -> WorkPool:
    settings = {"threads": 1, "queue": 1, "limit_s": 30, **options}
    return WorkPool(NativeSignals(), Bounds(**settings), refuse=lambda: ServerBusy("full"))


@pytest.fixture
def gate():
    gate = threading.Event()
    yield gate
    gate.set()


def test_it_returns_what_the_function_returns_and_raises_what_it_raises():
    pool = make_pool()
    assert pool.run(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        pool.run(divmod, 7, 0)
    assert pool.run(threading.get_ident) != threading.get_ident()
    pool.close()


def test_callers_beyond_the_queue_are_refused_at_once(gate):
    pool = make_pool(threads=2, queue=3)
    with ThreadPoolExecutor(8) as visitors:
        asked = [visitors.submit(pool.run, gate.wait, 30) for _ in range(8)]
        wait_until(lambda: sum(one.done() for one in asked) == 3, what="three refusals")
        gate.set()
        outcomes = [one.exception() for one in asked]
    assert sorted(type(error).__name__ for error in outcomes) == ["NoneType"] * 5 + ["ServerBusy"] * 3
    pool.close()


def test_a_caller_whose_time_is_over_goes_on_and_the_thread_comes_back(gate):
    pool = make_pool(limit_s=0.2)
    with pytest.raises(ServerBusy):
        pool.run(gate.wait, 30)
    begun = []
    with pytest.raises(ServerBusy):
        pool.run(begun.append, 1)
    gate.set()
    wait_until(lambda: not pool._under_way, what="the end of the slow work")
    assert begun == []  # its caller had gone before a thread was free
    assert pool.run(len, "abc") == 3
    pool.close()


def test_its_end_refuses_what_waits(gate):
    pool = make_pool(queue=2)
    with ThreadPoolExecutor(2) as visitors:
        under_way = visitors.submit(pool.run, gate.wait, 30)
        wait_until(lambda: pool._under_way, what="the first piece of work")
        waits = visitors.submit(pool.run, len, "")
        wait_until(lambda: pool._waiting, what="the second")
        closing = threading.Thread(target=pool.close)
        closing.start()
        gate.set()
        closing.join()
        assert under_way.result() is True
        assert isinstance(waits.exception(), ServerBusy)
    with pytest.raises(ServerBusy):
        pool.run(len, "")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no niceness of threads")
def test_its_threads_give_way():
    pool, ours = make_pool(niceness=10), os.getpriority(os.PRIO_PROCESS, 0)
    assert pool.run(lambda: os.getpriority(os.PRIO_PROCESS, 0)) == max(10, ours)
    assert os.getpriority(os.PRIO_PROCESS, 0) == ours
    pool.close()


@pytest.mark.parametrize("wrong", [{"threads": 0}, {"queue": -1}, {"limit_s": 0}])
def test_impossible_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match="Received"):
        make_pool(**wrong)
