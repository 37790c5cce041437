"""Fixtures and marks for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.artifacts import make_artifact
from tests.servers import SHIPPED, Server

SHARED = Path(__file__).parents[2] / "shared" / "data"

MARKS = {"start_server": "server", "playwright": "browser"}
"""Fixtures whose users get a mark, directly or through another fixture."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by what they start."""
    for item in items:
        for fixture in set(MARKS).intersection(getattr(item, "fixturenames", ())):
            item.add_marker(MARKS[fixture])


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data sets; a machine without them skips the test."""
    if not SHARED.is_dir():
        pytest.skip("the real data sets in ../shared are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with the real interface, for tests that are not about the model; nobody changes its files."""
    return make_artifact(tmp_path_factory.mktemp("model") / "tiny")


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
    running = start_server(MODEL_DIR=str(SHIPPED))
    yield running
    assert running.alive(), running.log()
    running.kill()
