"""Crops of many callers become few batches; whoever waits always hears an answer."""

import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.support.waiting import wait_until
from webapp.errors import ModelError, ServerBusy
from webapp.inference.batcher import MAX_RETRY_MS, MIN_RETRY_MS, MicroBatcher, retry_after_ms

TIMEOUT_S = 60


class GatedModel:
    """Answers each crop with its own grey level; holds the first batch back until `gate` is opened."""

    def __init__(self):
        self.sizes, self.threads = [], set()
        self.started, self.gate = threading.Event(), threading.Event()

    def __call__(self, crops):
        self.started.set()
        assert self.gate.wait(TIMEOUT_S)
        self.sizes.append(len(crops))
        self.threads.add(threading.current_thread().name)
        if crops.max() == 255:
            raise ArithmeticError("255 is too bright")
        return crops[:, 0, 0].astype(np.float32)


def crops(*levels):
    return np.stack([np.full((48, 48, 1), level, np.uint8) for level in levels])


@pytest.fixture
def model():
    return GatedModel()


@pytest.fixture
def batcher(model):
    batcher = MicroBatcher(model, max_batch=8, max_waiting=12)
    yield batcher
    model.gate.set()
    batcher.close()


@pytest.fixture
def callers():
    with ThreadPoolExecutor(16) as pool:
        yield pool


def wait_until_waiting(batcher, num_crops):
    def all_wait():
        return sum(len(request.crops) for request in list(batcher._waiting)) == num_crops

    wait_until(all_wait, what=f"{num_crops} waiting crops")


def hold_first(batcher, model, callers):
    """Keeps the model at work on one crop, so that whatever comes next has to wait."""
    first = callers.submit(batcher.classify, crops(1))
    assert model.started.wait(TIMEOUT_S)
    return first


def test_what_waits_is_run_together_and_answered_apart(batcher, model, callers):
    first = hold_first(batcher, model, callers)
    others = [callers.submit(batcher.classify, crops(10 * n, 10 * n + 1)) for n in range(1, 5)]
    wait_until_waiting(batcher, 8)
    model.gate.set()
    assert first.result(TIMEOUT_S).ravel().tolist() == [1]
    for n, other in enumerate(others, start=1):
        assert other.result(TIMEOUT_S).ravel().tolist() == [10 * n, 10 * n + 1]
    assert model.sizes == [1, 8]
    assert model.threads == {"micro-batcher"}


def test_batch_never_splits_a_request_nor_exceeds_its_size(batcher, model, callers):
    hold_first(batcher, model, callers)
    for n, levels in enumerate([(1, 2, 3), (4, 5, 6), (7, 8, 9)], start=1):
        callers.submit(batcher.classify, crops(*levels))
        wait_until_waiting(batcher, 3 * n)
    last = callers.submit(batcher.classify, crops(5, 5))
    wait_until_waiting(batcher, 11)
    model.gate.set()
    last.result(TIMEOUT_S)
    assert model.sizes == [1, 6, 5]


def test_request_larger_than_a_batch_runs_alone(batcher, model):
    model.gate.set()
    levels = list(range(20))
    assert batcher.classify(crops(*levels)).ravel().tolist() == levels
    assert model.sizes == [20]


def test_failing_batch_reaches_every_waiter_and_the_next_batch_runs(batcher, model, callers):
    hold_first(batcher, model, callers)
    doomed = [callers.submit(batcher.classify, crops(level)) for level in (3, 255)]
    wait_until_waiting(batcher, 2)
    model.gate.set()
    for waiter in doomed:
        with pytest.raises(ModelError, match="The model failed on a batch: 255 is too bright") as caught:
            waiter.result(TIMEOUT_S)
        assert isinstance(caught.value.__cause__, ArithmeticError)
    assert batcher.classify(crops(7)).ravel().tolist() == [7]


def test_wrong_number_of_answers_is_an_error():
    batcher = MicroBatcher(lambda crops: np.zeros((len(crops) + 1, 7)))
    with pytest.raises(ModelError, match="expected 2 answers, received 3"):
        batcher.classify(crops(1, 2))
    batcher.close()


def test_full_queue_is_busy_at_once_and_says_when_to_return(batcher, model, callers):
    hold_first(batcher, model, callers)
    waiting = callers.submit(batcher.classify, crops(*range(12)))
    wait_until_waiting(batcher, 12)
    with pytest.raises(ServerBusy, match="12 faces already wait") as caught:
        batcher.classify(crops(1))
    assert MIN_RETRY_MS <= caught.value.retry_after_ms <= MAX_RETRY_MS
    model.gate.set()
    assert len(waiting.result(TIMEOUT_S)) == 12


def test_retry_time_follows_the_measured_speed():
    now_s = [0.0]

    def slow(crops):
        now_s[0] += 0.2 * len(crops)
        return np.zeros((len(crops), 7))

    batcher = MicroBatcher(slow, clock=lambda: now_s[0])
    for _ in range(60):
        batcher.classify(crops(1))
    assert retry_after_ms(10, batcher._seconds_per_crop) == pytest.approx(2000, abs=10)
    assert retry_after_ms(1000, batcher._seconds_per_crop) == MAX_RETRY_MS
    batcher.close()


def test_closing_wakes_waiters_and_refuses_newcomers(batcher, model, callers):
    first = hold_first(batcher, model, callers)
    waiter = callers.submit(batcher.classify, crops(2))
    wait_until_waiting(batcher, 1)
    closing = callers.submit(batcher.close)
    wait_until(lambda: batcher._closed, what="the beginning of the close")
    with pytest.raises(ModelError, match="closed"):
        batcher.classify(crops(3))
    model.gate.set()
    closing.result(TIMEOUT_S)
    assert first.result(TIMEOUT_S).ravel().tolist() == [1]
    with pytest.raises(ModelError, match="shutting down"):
        waiter.result(TIMEOUT_S)
    batcher.close()
    assert not any(thread.is_alive() for thread in batcher._threads)


@pytest.mark.parametrize("bad", [{"max_batch": 0}, {"max_waiting": 0}])
def test_sizes_must_be_positive(bad):
    with pytest.raises(ValueError, match="must be >= 1. Received: "):
        MicroBatcher(len, **bad)


def test_green_threads_go_on_while_the_model_works():
    """In a process patched by eventlet the batcher's thread and its waiters must be real ones."""
    program = """
        import eventlet
        eventlet.monkey_patch()
        from eventlet import patcher, tpool
        import numpy as np
        from webapp.inference.batcher import MicroBatcher, retry_after_ms

        def model(crops):
            patcher.original("time").sleep(0.2)
            return crops.reshape(len(crops), -1)[:, :7]

        batcher = MicroBatcher(model)
        assert not isinstance(batcher._changed, type(__import__("threading").Condition()))
        replies = []
        def visit(level):
            crop = np.full((1, 48, 48, 1), level, np.uint8)
            replies.append(int(tpool.execute(batcher.classify, crop)[0, 0]))
        visitors = [eventlet.spawn(visit, level) for level in (1, 2, 3)]
        ticks = 0
        while len(replies) < 3:
            eventlet.sleep(0.01)
            ticks += 1
            assert ticks < 500, "no reply"
        batcher.close()
        assert sorted(replies) == [1, 2, 3], replies
        assert ticks >= 15, f"the hub stood still: {ticks} ticks in 0.4 s"
        print("fine")
    """
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip().endswith("fine")
