"""`/readyz` reads a frame on the visitors' own threads, and says so when that does not work."""

import threading

import numpy as np
import pytest

from tests.support.waiting import wait_until
from webapp.concurrency.frame_pool import FramePool
from webapp.concurrency.signals import NativeSignals
from webapp.errors import NotReady
from webapp.live import readiness


class Pipeline:
    """Counts what it is asked, and fails or waits when told to."""

    def __init__(self):
        self.calls, self.error, self.go = 0, None, threading.Event()
        self.go.set()

    def analyse(self, jpeg, submitted_s):
        assert jpeg.startswith(b"\xff\xd8")
        self.calls += 1
        self.go.wait(30)
        if self.error:
            raise self.error


class Classifier:
    def __init__(self):
        self.crops = []

    def classify(self, crops):
        self.crops.append(crops)
        return np.zeros((len(crops), 7), np.float32)


@pytest.fixture
def parts():
    pool, pipeline, classifier = FramePool(1, NativeSignals()), Pipeline(), Classifier()
    yield pool, pipeline, classifier
    pipeline.go.set()
    pool.close()


def test_it_reads_a_frame_and_a_face_and_remembers_for_a_second(parts):
    _, pipeline, classifier = parts
    now = [100.0]
    ready = readiness.Readiness(*parts, clock=lambda: now[0])
    for _ in range(5):
        ready.check()
    assert (pipeline.calls, [one.shape for one in classifier.crops]) == (1, [(1, 48, 48, 1)])
    now[0] += 1.1
    ready.check()
    assert pipeline.calls == 2


def test_a_frame_that_fails_is_said_and_asked_again(parts, caplog):
    _, pipeline, _ = parts
    now = [100.0]
    ready = readiness.Readiness(*parts, clock=lambda: now[0])
    pipeline.error = ValueError("broken")
    for _ in range(2):
        with pytest.raises(NotReady):
            ready.check()
    assert "broken" in caplog.text
    assert pipeline.calls == 1  # a failure is remembered as long
    pipeline.error = None
    now[0] += 1.1
    ready.check()


def test_all_who_ask_at_once_wait_for_one_frame(parts):
    """Three hundred at once read three hundred, and no visitor's frame came in between."""
    pool, pipeline, _ = parts
    ready = readiness.Readiness(*parts)
    pipeline.go.clear()
    asking = [threading.Thread(target=ready.check) for _ in range(20)]
    for thread in asking:
        thread.start()
    wait_until(lambda: pipeline.calls, what="the probe")
    assert len(pool) == 0
    pipeline.go.set()
    for thread in asking:
        thread.join()
    assert pipeline.calls == 1


def test_threads_that_hang_are_said_within_the_limit(parts, monkeypatch):
    """`/readyz` said 200 while not one frame was read."""
    pool, pipeline, _ = parts
    monkeypatch.setattr(readiness, "LIMIT_S", 0.2)
    pipeline.go.clear()
    stuck = threading.Thread(target=pool.run, args=("visitor", lambda _: pipeline.go.wait(30)))
    stuck.start()
    wait_until(lambda: not pool.is_idle, what="the stuck frame")
    with pytest.raises(NotReady):
        readiness.Readiness(*parts).check()
    assert len(pool) == 0  # it does not wait on for nobody
    pipeline.go.set()
    stuck.join()
