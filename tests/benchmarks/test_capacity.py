"""The capacity model: docs/guide/scaling.md says what it computes, and servers that share nothing are linear."""

from __future__ import annotations

import pytest

from benchmarks.cluster.capacity import Costs, Plan, Simulation, machine_table, machines
from tests.support.servers import ROOT

SCALING = (ROOT / "docs" / "guide" / "scaling.md").read_text(encoding="utf-8")


def test_the_page_has_the_table_of_the_measured_costs():
    assert machine_table(Costs(), rate=10, cores=2) in SCALING


def test_machines_follow_from_the_costs():
    costs = Costs(frame_ms=6, up_bytes=50_000, visitor_mib=1, base_mib=200)
    # 150 visitors x 10 frames x 6 ms = 9 cores, at 60 % of each 15, two a server; 1500 x 50 kB x 8 = 0.6 Gbit/s.
    need = machines(150, costs, rate=10, cores=2, way="frames")
    assert need == {"servers": 8, "MiB": 200 + 150 / 8, "Gbit/s": pytest.approx(0.6)}


def test_ten_simulated_servers_do_ten_times_the_work_of_one():
    one, ten = (
        Simulation(Plan(number, 18 * number, seconds=5, fails_every_s=60)).run().served for number in (1, 10)
    )
    assert 0.9 <= ten / (10 * one) <= 1.1


def test_a_crowded_server_refuses_and_is_always_at_work():
    outcome = Simulation(Plan(1, 64, seconds=5, max_waiting=16)).run()
    assert outcome.refused > 0
    assert outcome.served == pytest.approx(4.5 * 2 / 0.0063, rel=0.1)  # two cores, always at work


def test_the_readme_leads_to_both_ways():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "`make cluster-demo`" in readme
    for word in ("Docker", "Kubernetes"):
        assert f"[{word}](docs/guide/scaling.md#" in readme
    for command in (
        "docker compose -f deploy/compose.yaml up",
        "kubectl apply -k deploy/kubernetes",
        "make cluster-demo",
    ):
        assert command in SCALING
