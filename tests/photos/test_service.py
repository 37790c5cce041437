"""The threads behind uploads: bounded, in order, and nobody waits for ever."""

import os
import sys
import threading

import pytest

from tests.support.fakes import FakeClassifier, FakeDetector
from tests.support.photos import encode
from webapp.concurrency.native_threads import NativeThreadPool
from webapp.core.geometry import Box
from webapp.photos.service import PhotoFile, PhotoService
from webapp.recognition.reader import FaceReader


def test_results_come_in_the_order_of_the_work_and_no_more_runs_at_once_than_allowed():
    threads = NativeThreadPool(2)
    lock, running, most = threading.Lock(), [], []

    def work(item):
        with lock:
            running.append(item)
            most.append(len(running))
        threading.Event().wait(0.005)
        with lock:
            running.remove(item)
        return item * item

    assert threads.map(work, range(20)) == [n * n for n in range(20)]
    assert max(most) == 2
    threads.close()


def test_a_failure_reaches_the_caller_and_the_threads_live_on():
    threads = NativeThreadPool(1)
    done = []

    def work(item):
        if item == 0:
            raise ValueError("no")
        done.append(item)

    with pytest.raises(ValueError, match="no"):
        threads.map(work, [0, 1])
    assert done == [1]
    assert threads.map(str, [1]) == ["1"]
    threads.close()


def test_closed_threads_refuse_work():
    threads = NativeThreadPool(1)
    threads.map(str, [1])
    threads.close()
    threads.close()
    with pytest.raises(RuntimeError, match="closed"):
        threads.map(str, [1])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness per thread")
def test_gentle_threads_give_way_and_leave_the_process_alone():
    def niceness(_):
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness(None)
    threads = NativeThreadPool(1, niceness=3)
    assert threads.map(niceness, [None]) == [before + 3 if before == 0 else 3]
    assert niceness(None) == before
    threads.close()


def test_the_faces_of_all_photos_of_a_request_go_to_the_model_together():
    sizes = []

    class Counting(FakeClassifier):
        def classify(self, crops):
            sizes.append(len(crops))
            return super().classify(crops)

    limits = {"max_bytes": 20_971_520, "max_pixels": 50_000_000, "max_faces": 16}
    reader = FaceReader(FakeDetector(Box(0, 0, 9, 9)), Counting(), **limits)
    desk = PhotoService(reader, threads=2)
    results = desk.read([PhotoFile(str(n), encode("PNG") if n % 2 else b"") for n in range(6)])
    assert [result.error is None for result in results] == [False, True] * 3
    assert sizes == [3]
    desk.close()
