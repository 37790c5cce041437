"""Fixtures and marks for all tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.artifacts import make_artifact
from tests.support.servers import SHIPPED, Server, while_alive

pytest_plugins = ["tests.support.browser.fixtures", "tests.support.live_client"]

SHARED = Path(__file__).parents[2] / "shared" / "data"

MARKS = {"start_server": "server", "playwright": "browser"}
"""Fixtures whose users get a mark, directly or through another fixture."""

SLOW_TIMEOUT_S = 900

SECONDS = {"slow": 10.0, "browser": 3.0, "server": 1.0}
"""About how long a test with a mark runs; others take `OTHER_S`."""
OTHER_S = 0.2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests by what they start; for pytest-xdist, puts long files first."""
    for item in items:
        for fixture in sorted(set(MARKS).intersection(item.fixturenames)):
            item.add_marker(MARKS[fixture])
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT_S))
    if hasattr(config, "workerinput"):
        _sort_by_time(items)


def _sort_by_time(items: list[pytest.Item]) -> None:
    """Sorts files by their estimated time, so that no worker begins with a long one when the others are done."""
    seconds: Counter[Path] = Counter()
    for item in items:
        marks = [SECONDS[mark.name] for mark in item.iter_markers() if mark.name in SECONDS]
        seconds[item.path] += max(marks, default=OTHER_S)
    items.sort(key=lambda item: (-seconds[item.path], item.path))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data sets; a machine without them skips the test."""
    if not SHARED.is_dir():
        pytest.skip("the real data sets in ../shared are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with the real interface, for tests that are not about the model; nobody changes its files."""
    return make_artifact(tmp_path_factory.mktemp("model") / "tiny", with_onnx=True)


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Returns a function that starts a server process with the given settings.

    A process that still runs at the end of the session is killed: a graceful end takes seconds.
    """
    servers: list[Server] = []

    def start(**settings: str) -> Server:
        servers.append(Server(tmp_path_factory.mktemp("server") / "log", **settings))
        return servers[-1].start()

    yield start
    for server in servers:
        server.kill()


@pytest.fixture(scope="session")
def server(start_server: Callable[..., Server]) -> Iterator[Server]:
    """The product as an operator starts it, with the shipped model."""
    # `auto` chooses by the clock, and a film that wavers on purpose reads differently in the last percent.
    yield from while_alive(start_server(MODEL_DIR=str(SHIPPED), CLASSIFIER="onnx"))
