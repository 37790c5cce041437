"""Fixtures that several kinds of tests use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import SHIPPED, Server

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data sets; a machine without them skips the test."""
    if not SHARED.is_dir():
        pytest.skip("the real data sets in ../shared are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The product as an operator starts it, with the shipped model."""
    running = Server(tmp_path_factory.mktemp("server") / "log", MODEL_DIR=str(SHIPPED)).start()
    yield running
    assert running.alive(), running.log()
    running.stop()
