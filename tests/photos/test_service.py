"""The threads behind uploads: bounded, in order, and nobody waits for ever."""

import math
import os
import sys
import threading

import pytest
from PIL import Image, ImageFile

from tests.support.fakes import FakeClassifier, FakeDetector
from tests.support.photos import encode
from tests.support.waiting import wait_until
from webapp.concurrency.native_threads import NativeThreadPool
from webapp.core.geometry import Box
from webapp.photos.service import PhotoFile, PhotoService
from webapp.recognition.photo_decoding import decode_photo
from webapp.recognition.reader import FaceReader

LIMITS = {"max_bytes": 20_971_520, "max_pixels": 50_000_000, "max_faces": 16}


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


def test_callers_take_turns_however_much_each_brings():
    threads, order, begun, go = NativeThreadPool(1), [], threading.Event(), threading.Event()

    def work(item):
        order.append(item)
        begun.set()
        go.wait(10)

    long = threading.Thread(target=threads.map, args=(work, [f"long {n}" for n in range(32)]))
    long.start()
    assert begun.wait(10)
    short = [threading.Thread(target=threads.map, args=(work, [f"short {n}"])) for n in range(2)]
    for one in short:
        one.start()
    wait_until(lambda: len(threads._waiting) == 3, what="all callers in the queue")
    go.set()
    for one in (long, *short):
        one.join()
    assert order[:2] == ["long 0", "long 1"]  # the rest of the long list stood in the queue first
    assert sorted(order[2:4]) == ["short 0", "short 1"]
    assert order[4:] == [f"long {n}" for n in range(2, 32)]
    assert threads.map(str, []) == []
    threads.close()


def test_the_photos_of_a_request_share_a_budget_of_pixels():
    photo = encode("PNG")
    reader = FaceReader(FakeDetector(), FakeClassifier(), **LIMITS)
    num_pixels = math.prod(decode_photo(photo, max_bytes=10**7, max_pixels=10**7).rgb.shape[:2])
    desk = PhotoService(reader, threads=1, max_request_pixels=3 * num_pixels)
    for _ in range(2):  # each request has a budget of its own
        results = desk.read_all([PhotoFile(str(n), photo) for n in range(5)])
        assert [one.error and one.error.code for one in results] == [None] * 3 + ["image_too_large"] * 2
    assert "another request" in results[-1].error.message
    desk.close()


@pytest.mark.parametrize("failing", ["open", "load", "detect"])
def test_a_lack_of_memory_is_the_servers_not_the_visitors(monkeypatch, failing):
    def fails(*_, **__):
        raise MemoryError

    detector = FakeDetector()
    if failing == "open":
        monkeypatch.setattr(Image, "open", fails)
    elif failing == "load":
        monkeypatch.setattr(Image.Image, "convert", fails)
        monkeypatch.setattr(ImageFile.ImageFile, "load", fails)
    else:
        detector.detect = fails
    desk = PhotoService(FaceReader(detector, FakeClassifier(), **LIMITS), threads=1)
    (result,) = desk.read_all([PhotoFile("a", encode("PNG"))])
    assert result.error.code == "server_busy"
    desk.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness per thread")
def test_gentle_threads_give_way_and_leave_the_process_alone():
    def niceness(_):
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness(None)
    threads = NativeThreadPool(1, niceness=3)
    assert threads.map(niceness, [None]) == [min(before + 3, 19)]
    assert niceness(None) == before
    threads.close()


def test_the_faces_of_all_photos_of_a_request_go_to_the_model_together():
    sizes = []

    class Counting(FakeClassifier):
        def classify(self, crops):
            sizes.append(len(crops))
            return super().classify(crops)

    reader = FaceReader(FakeDetector(Box(0, 0, 9, 9)), Counting(), **LIMITS)
    desk = PhotoService(reader, threads=2)
    results = desk.read_all([PhotoFile(str(n), encode("PNG") if n % 2 else b"") for n in range(6)])
    assert [result.error is None for result in results] == [False, True] * 3
    assert sizes == [3]
    desk.close()


def lane_names(desk, *photos):
    asked = desk.request([PhotoFile("x", photo) for photo in photos])
    desk._sort(asked)
    return {lane.bounds.name: numbers for lane, numbers in asked.waiting.items()}


def test_photos_wait_behind_those_of_their_own_size():
    """49 megapixels take a decoder up to two seconds, and cannot be interrupted."""
    desk = PhotoService(FaceReader(FakeDetector(), FakeClassifier(), **LIMITS), threads=1)
    camera = encode("JPEG", Image.new("RGB", (4000, 3000)))
    scanned = encode("PNG", Image.new("RGB", (4000, 3000)), compress_level=1)
    black = encode("PNG", Image.new("RGB", (7000, 7000)), compress_level=1)
    clear = encode("PNG", Image.new("RGBA", (4000, 3500)), compress_level=1)
    broken = black[:20]
    assert lane_names(desk, black, camera, scanned, clear, encode("WEBP"), broken, b"") == {
        "photos": [1, 4, 5, 6],
        "large photos": [2],
        "huge photos": [0, 3],
    }
    desk.close()


def test_a_small_photo_is_read_while_a_huge_one_is(monkeypatch):
    begun, go = threading.Event(), threading.Event()

    class Slow(FakeDetector):
        def detect(self, rgb, **options):
            if rgb.shape[0] == 2048:
                begun.set()
                assert go.wait(20)
            return super().detect(rgb, **options)

    desk = PhotoService(FaceReader(Slow(), FakeClassifier(), **LIMITS), threads=1)
    huge = encode("PNG", Image.new("RGB", (6000, 6000)), compress_level=1)
    answers = []
    long = threading.Thread(target=lambda: answers.append(desk.read_all([PhotoFile("b", huge)])))
    long.start()
    assert begun.wait(20)
    (small,) = desk.read_all([PhotoFile("a", encode("PNG"))])
    assert small.error is None
    assert not answers
    go.set()
    long.join()
    assert answers[0][0].error is None
    desk.close()


def test_the_results_of_all_lanes_come_in_the_order_of_the_files():
    desk = PhotoService(FaceReader(FakeDetector(), FakeClassifier(), **LIMITS), threads=2)
    huge, small = encode("PNG", Image.new("RGB", (6000, 5000)), compress_level=1), encode("PNG")
    results = desk.read_all([PhotoFile(str(n), huge if n == 1 else small) for n in range(4)])
    assert [one.name for one in results] == list("0123")
    assert [one.found.width for one in results] == [64, 6000, 64, 64]
    desk.close()
