"""The whole installation of `make cluster-demo` in short, with small processes in place of Ray's replicas."""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from benchmarks.cluster import demo, overhead
from benchmarks.cluster.engines.shared import crops_of, together
from benchmarks.cluster.stack import missing_programs

SHORT = ["--readers", "stand-in", "--instances", "2", "--visitors", "6", "--calm", "5", "--broken", "2"]


@pytest.mark.slow
@pytest.mark.skipif(bool(missing_programs()), reason=f"not on this machine: {missing_programs()}")
def test_nothing_is_lost_or_wrong_whatever_part_is_killed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["demo", *SHORT, "--out", str(tmp_path)])
    monkeypatch.setattr(demo, "LIMIT_S", 20)  # what a busy machine needs; the demo itself holds 5 s and 2 s
    monkeypatch.setattr(demo, "REPLICA_LIMIT_S", 20)
    with ThreadPoolExecutor(1) as own:  # Playwright may have left an event loop in the thread of the tests
        own.submit(demo.main).result()
    log = json.loads((tmp_path / "cluster.json").read_text())
    assert log["wrong"] == 0
    assert len(log["saved"]) > 10
    assert len(log["answered"]) > 200
    names = [name for name, _, _ in log["faults"]]
    assert {
        "a replica is killed",
        "a web server is killed",
        "Redis is killed",
        "PostgreSQL is killed",
    } <= set(names)
    assert names[-1] == "all restart with another model"
    last_s = log["faults"][-1][2]
    assert any(at > last_s for at in log["answered"])
    assert "missing: 0" in capsys.readouterr().out
    assert (tmp_path / "cluster.svg").stat().st_size > 10_000


def test_a_wait_counts_to_the_fault_in_which_it_ends():
    log = demo.Log(
        answered=[*(0.5 * number for number in range(40)), *(25 + 0.5 * number for number in range(40))],
        refused=[(21.0, "server_busy"), (50.0, "too_late")],
        waits=[(10.0, 0.6), (25.0, 5.5), (30.0, 0.4)],
        faults=[("one", 19.0, 24.0), ("two", 35.0, 36.0)],
    )
    calm, one, two = demo.rows_of(log, calm_s=19, rate=2)
    assert (calm.name, calm.longest_s, calm.back_s) == ("calm", 0.6, 0)
    assert (one.longest_s, one.refused) == (5.5, Counter(server_busy=1))
    assert 5 < one.back_s < 8
    assert (two.longest_s, two.back_s) == (0.0, 0.0)


def test_ways_are_compared_round_by_round():
    costs = {
        "one": [overhead.Cost(60, 4.0, 30), overhead.Cost(60, 8.0, 50), overhead.Cost(60, 5.0, 40)],
        "two": [overhead.Cost(50, 6.0, 31), overhead.Cost(50, 9.0, 60), overhead.Cost(50, 10.0, 45)],
    }
    *_, first, second = overhead.table(costs).splitlines()
    assert first == "| one | 60 | 5.00 | 1.00 | 40 |"
    assert second == "| two | 50 | 9.00 | 1.50 | 45 |"


def test_requests_that_an_engine_joins_get_their_own_answers():
    class Model:
        def classify(self, crops):
            return crops[:, :1, 0, 0] * np.ones((1, 7))

    asked = [crops_of(bytes([level]) * 48 * 48 * count) for level, count in ((3, 1), (5, 4), (7, 2))]
    answers = together(Model(), asked)
    assert [one.shape for one in answers] == [(1, 7), (4, 7), (2, 7)]
    assert [set(one.ravel()) for one in answers] == [{3}, {5}, {7}]
