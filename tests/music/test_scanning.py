"""One scanner at a time, and no wish for a scan that is lost."""

from __future__ import annotations

import pytest

from webapp.music.scanner import process
from webapp.music.scanner.process import ScannerProcess


class Child:
    """A scanner that ends after it was looked at `looks` times."""

    started = 0

    def __init__(self, *_, **__):
        Child.started += 1
        self.looks = 3

    def poll(self):
        self.looks -= 1
        return 0 if self.looks < 0 else None


@pytest.fixture
def scanner(monkeypatch):
    monkeypatch.setattr(process.subprocess, "Popen", Child)
    monkeypatch.setattr(Child, "started", 0)
    scanner = ScannerProcess({})
    scanner.start()
    return scanner


def test_while_a_scan_runs_no_other_starts(scanner):
    scanner.start(scanning=True)
    assert Child.started == 1


def test_a_scan_that_is_done_but_has_not_ended_yet_is_waited_for(scanner):
    scanner.start(scanning=False)
    assert Child.started == 2


def test_a_scanner_that_never_ends_is_not_doubled(scanner, monkeypatch):
    monkeypatch.setattr(process, "END_S", 0.2)
    scanner._child.looks = 1000
    scanner.start(scanning=False)
    assert Child.started == 1
