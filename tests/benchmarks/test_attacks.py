"""Every attack of `benchmarks.serving.hostile` beside well-behaved visitors, in short."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from benchmarks.serving.attacks import Answers, Visitors, attacked_server, excess, measure
from benchmarks.serving.hostile import ATTACKS

NOTICED_MS = {"frames": 3000.0, "playlists": 3000.0, "photos": 20_000.0}
"""Longest wait beside an attack, on machines with other work on them, to which photos give way; what the same attacks
once cost was longer, or a restart. `python -m benchmarks.serving.attacks` measures how much it is."""

MORE_FILES = 4
"""A pool or two may have begun meanwhile; a leak has as many as the attack has visitors."""


MAX_UPLOAD_PIXELS = 50_000_000
"""Room for one photo of 49 megapixels in a request; the attacks send 8 and 32. With the default, eight, the same thread
is in use for longer."""


@pytest.fixture(scope="module")
def attacked() -> Iterator[tuple[str, psutil.Process, Visitors]]:
    with attacked_server(MAX_UPLOAD_PIXELS=str(MAX_UPLOAD_PIXELS)) as (url, server, _):
        yield url, server, Visitors(url)


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_visitors_hardly_notice(attacked, name):
    url, server, visitors = attacked
    noticed = measure(name, visitors, url, server, seconds=2.0, spare_files=MORE_FILES)
    for who, answers in noticed.answers.items():
        assert not answers.lost, who
        assert answers.percentile(100) < NOTICED_MS[who], who
    assert noticed.more_files <= MORE_FILES


def test_what_is_above_the_limits_is_named():
    calm = {"frames": Answers([10.0] * 20), "photos": Answers([100.0] * 20)}
    assert excess({"frames": Answers([29.0]), "photos": Answers([299.0])}, calm) == "-"
    assert excess({"frames": Answers([31.0]), "photos": Answers([301.0])}, calm) == "frames, photos"
    slow = {"frames": Answers([400.0] * 20)}
    assert excess({"frames": Answers([501.0])}, slow) == "frames"
    assert excess({"frames": Answers([5.0], lost=1)}, calm) == "frames"
