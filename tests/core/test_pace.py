"""Turns of many visitors, simulated: nobody waits long, nobody gets less for asking less politely."""

import heapq
import random

import pytest

from webapp.core.pace import BURST_S, EARLY_S, Pace

SERVICE_S, PARALLEL = 0.012, 2
CAPACITY = PARALLEL / SERVICE_S
END_S, FROM_S = 20.0, 5.0
WAIT_LIMIT_S = 0.2


class Simulation:
    """A server with two threads and a queue, and visitors who ask in one of two ways."""

    def __init__(self, rates, *, honours_slots, service_s=lambda now_s: SERVICE_S):
        self.pace, self.random = Pace(PARALLEL), random.Random(0)
        self.rates, self.honours_slots, self.service_s = rates, honours_slots, service_s
        self.served, self.waits_s, self.refused = [0] * len(rates), [], 0
        self.queue, self.busy, self.events = [], 0, []
        for number, rate in enumerate(rates):
            heapq.heappush(self.events, (self.random.random() / rate, number, "asks", 0.0))

    def run(self):
        while self.events[0][0] < END_S:
            now_s, number, what, since_s = heapq.heappop(self.events)
            (self._ask if what == "asks" else self._finish)(now_s, number, since_s)
            while self.queue and self.busy < PARALLEL:
                self._begin(now_s, *self.queue.pop(0))
        return self

    def _ask(self, now_s, number, _):
        early_s = self.pace.admit(str(number), now_s)
        if early_s:
            self.refused += 1
            self._ask_at(now_s + early_s + self.random.uniform(0.001, 0.01), number)
        else:
            self.queue.append((number, now_s))

    def _begin(self, now_s, number, asked_s):
        if now_s - asked_s > WAIT_LIMIT_S:
            next_s = self.pace.note_done(str(number), now_s, service_s=None, wait_s=now_s - asked_s)
            self._ask_at(now_s + max(next_s, 0.02), number)
            return
        self.busy += 1
        took_s = self.service_s(now_s) * self.random.uniform(0.7, 1.3)
        heapq.heappush(self.events, (now_s + took_s, number, "ends", asked_s))
        self.began = {**getattr(self, "began", {}), number: now_s}

    def _finish(self, now_s, number, asked_s):
        self.busy -= 1
        began_s = self.began[number]
        next_s = self.pace.note_done(str(number), now_s, service_s=now_s - began_s, wait_s=began_s - asked_s)
        if now_s > FROM_S:
            self.served[number] += 1
            self.waits_s.append(now_s - asked_s)
        due_s = max(asked_s + 1 / self.rates[number], now_s)
        self._ask_at(max(due_s, now_s + next_s) if self.honours_slots else due_s, number)

    def _ask_at(self, at_s, number):
        heapq.heappush(self.events, (at_s, number, "asks", 0.0))

    @property
    def rate(self):
        return sum(self.served) / (END_S - FROM_S)

    @property
    def p95_s(self):
        return sorted(self.waits_s)[int(0.95 * len(self.waits_s))]

    @property
    def least_share(self):
        return min(self.served) * len(self.served) / sum(self.served)


@pytest.mark.parametrize("visitors", [1, 5, 10])
def test_without_overload_nobody_is_asked_to_wait(visitors):
    done = Simulation([10.0] * visitors, honours_slots=False).run()
    assert done.refused == 0
    assert done.rate == pytest.approx(10 * visitors, rel=0.02)


@pytest.mark.parametrize("honours_slots", [True, False])
@pytest.mark.parametrize("visitors", [20, 64, 200])
def test_under_overload_all_get_the_same_and_none_waits_long(visitors, honours_slots):
    done = Simulation([10.0] * visitors, honours_slots=honours_slots).run()
    assert done.rate > 0.85 * CAPACITY
    assert done.p95_s < 0.05
    assert done.least_share > 0.9


def test_who_asks_three_times_as_often_gets_no_more():
    rates = [30.0] * 8 + [10.0] * 56
    done = Simulation(rates, honours_slots=False).run()
    greedy, polite = sum(done.served[:8]) / 8, sum(done.served[8:]) / 56
    assert greedy == pytest.approx(polite, rel=0.1)


def test_a_server_that_becomes_slower_gives_out_fewer_slots():
    def service_s(now_s):
        return SERVICE_S if now_s < 4 else 3 * SERVICE_S

    done = Simulation([10.0] * 64, honours_slots=True, service_s=service_s).run()
    assert done.rate > 0.75 * CAPACITY / 3
    assert done.p95_s < WAIT_LIMIT_S


def test_the_slot_stays_the_visitors_and_the_time_that_is_left_shrinks():
    pace = Pace(1)
    for number in range(50):
        assert pace.admit(f"{number}", 0.0) >= 0
    late = pace.admit("last", 0.0)
    assert late > BURST_S
    assert pace.admit("last", 0.1) == pytest.approx(late - 0.1)
    assert pace.admit("last", late - EARLY_S + 0.001) == 0


def test_utilisation_is_the_share_of_time_at_work_lately():
    pace = Pace(2)
    assert pace.utilisation(0.0) == 0
    for number in range(1, 1001):
        pace.note_done("one", number / 100, service_s=0.012, wait_s=0.0)
    assert pace.utilisation(10.0) == pytest.approx(
        0.6, abs=0.02
    )  # 100 frames a second of 12 ms on two threads
    assert pace.utilisation(13.0) < 0.05


def test_a_visitor_who_left_comes_back_as_a_new_one():
    pace = Pace(1)
    for _ in range(20):
        next_s = pace.note_done("one", 0.0, service_s=1.0, wait_s=0.0)
    assert pace.admit("one", 0.0) == pytest.approx(next_s)
    pace.forget("one")
    assert pace.admit("one", 100.0) == 0
