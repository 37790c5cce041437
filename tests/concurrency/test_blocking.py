"""`run_blocking` under eventlet: one kind of work never fills the threads that all kinds share."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.servers import ROOT
from webapp.concurrency.blocking import SHARED_THREADS
from webapp.explain import service as explanations
from webapp.photos import service as photos
from webapp.videos.service import CLIPS_AT_ONCE

MEET = """
from webapp.concurrency.blocking import prepare, runner
prepare("eventlet")
import sys, eventlet
from webapp.concurrency.native_threads import native_threading
run_blocking, num = runner("eventlet"), int(sys.argv[1])
meeting = native_threading().Barrier(num)
visitors = [eventlet.spawn(run_blocking, meeting.wait, 20) for _ in range(num)]
print(sorted(one.wait() for one in visitors) == list(range(num)))
"""


def test_all_that_the_limiters_admit_finds_a_thread():
    lanes = [*photos.LANES, *explanations.LANES]
    assert sum(lane.at_once for lane in lanes) + CLIPS_AT_ONCE <= SHARED_THREADS


def test_so_many_callers_work_at_once():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEET, str(SHARED_THREADS)],
        cwd=ROOT,
        env={**os.environ, "EVENTLET_THREADPOOL_SIZE": "2"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr
