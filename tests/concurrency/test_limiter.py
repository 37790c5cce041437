"""Slots and the queue in front of them: bounded, and free again whatever happened."""

import threading

import pytest

from tests.support.waiting import wait_until
from webapp.concurrency.limiter import Limiter, SharedLimiter, busy
from webapp.errors import ServerBusy


class Visitors:
    """Threads that take a slot each and keep it until they are told to leave."""

    def __init__(self, room):
        self.room, self.seated, self.leave = room, threading.Semaphore(0), threading.Event()
        self.threads = []

    def come(self):
        self.threads.append(threading.Thread(target=self._visit, daemon=True))
        self.threads[-1].start()

    def _visit(self):
        with self.room.slot():
            self.seated.release()
            self.leave.wait(10)


def come_when_room(room, visitors, num_more):
    """Lets more come, and waits until they are in the room: `_room` counts the places that are left."""
    left = room._room._value - num_more
    for _ in range(num_more):
        visitors.come()
    wait_until(lambda: room._room._value <= left, what=f"{num_more} more visitors in the room")


@pytest.mark.parametrize(("seats", "waiting"), [(1, 0), (1, 1), (2, 3)])
def test_some_are_seated_some_wait_and_the_next_is_told_when_to_come_back(seats, waiting):
    room = Limiter(seats, queue=waiting, refuse=busy(waiting, "clips", 70))
    visitors = Visitors(room)
    come_when_room(room, visitors, seats + waiting)
    for _ in range(seats):
        assert visitors.seated.acquire(timeout=10)
    assert not visitors.seated.acquire(timeout=0.02)
    with pytest.raises(ServerBusy, match=f"{waiting} clips already wait") as caught, room.slot():
        pass
    assert caught.value.retry_after_ms == 70

    visitors.leave.set()
    for _ in range(waiting):
        assert visitors.seated.acquire(timeout=10)
    for thread in visitors.threads:
        thread.join(10)
    with room.slot():
        pass


def test_a_seat_is_free_again_after_a_failure():
    room = Limiter(1, queue=0, refuse=busy(0, "clips", 70))
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), room.slot():
            1 / 0  # noqa: B018


@pytest.mark.parametrize(("seats", "waiting"), [(0, 1), (1, -1)])
def test_a_room_without_seats_is_refused(seats, waiting):
    with pytest.raises(ValueError, match="`slots` must be >= 1"):
        Limiter(seats, queue=waiting, refuse=busy(waiting, "clips", 70))


def test_one_key_has_a_share_and_leaves_the_rest_to_others():
    room = Limiter(3, queue=4, refuse=busy(4, "requests", 70))
    shared = SharedLimiter(room, slots=2, queue=1, refuse=busy(1, "requests from this address", 70))

    class OfKey:
        def __init__(self, key):
            self.key = key

        def slot(self):
            return shared.slot(self.key)

    greedy, other = Visitors(OfKey("a")), Visitors(OfKey("b"))
    for _ in range(3):
        greedy.come()
    for _ in range(2):
        assert greedy.seated.acquire(timeout=10)
    wait_until(lambda: shared._shares["a"]._room._value == 0, what="the third in its own queue")
    with pytest.raises(ServerBusy, match="from this address"), shared.slot("a"):
        pass
    other.come()
    assert other.seated.acquire(timeout=10)  # at once, although "a" has another one waiting
    assert not greedy.seated.acquire(blocking=False)
    greedy.leave.set()
    other.leave.set()
    for thread in (*greedy.threads, *other.threads):
        thread.join(10)
    assert len(shared) == 0
