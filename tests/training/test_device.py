"""What is said of the hardware that trains."""

import os

import pytest

from training import device


@pytest.mark.parametrize(("usable", "words"), [({0, 1, 2, 3}, "4 cores of "), ({2}, "1 of 4 cores of ")])
def test_cores_that_taskset_keeps_away_are_not_counted(monkeypatch, usable, words):
    monkeypatch.setattr(device, "list_devices", lambda: ["cpu:0"])
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: usable, raising=False)
    assert device.describe().startswith(words)
