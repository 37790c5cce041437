"""The storm of `benchmarks.serving.storm` in short, and that it notices what it is for."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from benchmarks.serving import bad_messages, bad_requests, storm

BEFORE = storm.Footprint(mib=400, threads=30, files=20)
GOOD = storm.Outcome(messages=9, unanswered=0, kept=0, statuses=Counter({400: 3}), failures=[])


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_thousands_of_bad_messages_and_requests_leave_a_server_as_it_was(mode, capsys):
    code = storm.main(["--messages", "3000", "--requests", "800", "--async-mode", mode])
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("after", "changes", "log"),
    [
        (storm.Footprint(421, 30, 20), {}, ""),
        (storm.Footprint(400, 39, 20), {}, ""),
        (storm.Footprint(400, 30, 21), {}, ""),
        (BEFORE, {"failures": ["500 GET /"]}, ""),
        (BEFORE, {"unanswered": 1}, ""),
        (BEFORE, {"kept": 1}, ""),
        (BEFORE, {}, "2026-11-29 10:00:00 ERROR webapp: a frame failed\n"),
    ],
)
def test_each_broken_limit_is_said(after, changes, log, capsys):
    assert not storm.report(storm.Outcome(**{**vars(GOOD), **changes}), BEFORE, after, 60, log)
    assert "A LIMIT IS BROKEN" in capsys.readouterr().out


def test_kept_limits_are_said_too(capsys):
    log = (
        "2026-11-29 10:00:00 INFO webapp: no\nCorrupt JPEG data: premature end of data segment\n"
        "2026-11-29 10:00:00 ERROR engineio.server: Invalid websocket upgrade (further occurrences of this error ...)\n"
    )
    assert storm.report(GOOD, BEFORE, storm.Footprint(419, 38, 19), 3, log)
    assert "all limits kept" in capsys.readouterr().out


def test_the_same_number_gives_the_same_messages_and_requests():
    routes = [("GET", "/api/v1/tracks/{track_id}"), ("POST", "/photos"), ("DELETE", "/a")]

    def made(seed):
        random = Random(seed)
        messages = [kind(random) for kind in (*bad_messages.GOES_ON, *bad_messages.ENDS_IT)]
        return messages, [kind(random, routes) for kind in bad_requests.KINDS]

    assert made(1) == made(1)
    assert made(1) != made(2)
    messages, requests = made(1)
    assert all(messages)
    assert all("{" not in one.path for one in requests)
