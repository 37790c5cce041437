"""Two servers with one PostgreSQL and one music folder: what is to be done once is done once, also when one dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from sqlalchemy import text

from tests.music import sounds
from tests.music.conftest import emptied
from tests.support.servers import Server
from tests.support.waiting import wait_until
from webapp.music.catalogue.database import database_url
from webapp.music.catalogue.engine import LOCK, make_engine

pytestmark = [pytest.mark.server, pytest.mark.slow]

NUM_FILES, NUM_MORE = 12, 40
SCAN_LIMIT_S = 300  # a scanner gives way to everything else
NOTICED_S = 40
"""Within it a dead scanner is noticed; by its signs of life alone, that would take 60 s."""


@dataclass
class Pair:
    """Two servers that came to an empty database at the same moment.

    Attributes:
        servers: Both.
        folder: The music folder.
        url: Address of the database.
        tables_made: How often PostgreSQL was asked to make the table of playlists.
    """

    servers: list[Server]
    folder: Path
    url: str
    tables_made: int


def ask(url: str, query: str, **values: Any) -> Any:
    """Returns what a statement on the database gives."""
    engine = make_engine(database_url(url, Path()))
    try:
        with engine.connect() as connection:
            return connection.scalar(text(query), values)
    finally:
        engine.dispose()


@contextmanager
def nobody_migrates(url: str) -> Iterator[None]:
    engine = make_engine(database_url(url, Path()))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        yield
    engine.dispose()


def num_waiting(url: str) -> int:
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = :number"
    return ask(url, query, number=LOCK)


def add_songs(folder: Path, name: str, number: int) -> None:
    """Writes songs without a tag, which a scanner has to listen to."""
    for one in range(number):
        sounds.write_tagged(folder / name / f"{one}.flac", sounds.cheerful(2), title=f"{name} {one}")


@pytest.fixture(scope="module")
def pair(artifact: Path, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder, url = tmp_path_factory.mktemp("songs"), emptied(postgres_url)
    add_songs(folder, "first", NUM_FILES)
    log = Path(ask(url, "SHOW data_directory")).parent / "log"
    engine = make_engine(database_url(url, Path()))
    with engine.begin() as connection:
        connection.execute(text("ALTER DATABASE postgres SET log_statement = 'ddl'"))
    servers = [
        Server(
            tmp_path_factory.mktemp("server") / "log",
            MODEL_DIR=str(artifact),
            DATABASE_URL=url,
            MUSIC_DIR=str(folder),
        )
        for _ in range(2)
    ]
    try:
        with nobody_migrates(url):
            for server in servers:
                server.launch()
            wait_until(lambda: num_waiting(url) == 2, 120, "both servers at the migrations")
        for server in servers:
            server.wait()
        wait_for_scan(servers[0])
        yield Pair(servers, folder, url, log.read_text(errors="replace").count("CREATE TABLE playlists"))
    finally:
        for server in servers:
            server.kill()
        with engine.begin() as connection:
            connection.execute(text("ALTER DATABASE postgres RESET log_statement"))
        engine.dispose()


def api(server: Server, path: str, method: str = "get", **options: Any) -> Any:
    answer = requests.request(method, f"{server.url}/api/v1{path}", timeout=30, **options)
    answer.raise_for_status()
    return answer.json()


def wait_for(server: Server, condition: Callable[[dict], Any], limit_s: float, what: str) -> dict:
    def look() -> dict | None:
        state = api(server, "/music/scan")
        return state if condition(state) else None

    return wait_until(look, limit_s, what)


def wait_for_scan(server: Server) -> dict:
    return wait_for(server, lambda state: state["state"] == "done", SCAN_LIMIT_S, "the scan's end")


def num_scans(pair: Pair) -> int:
    return ask(pair.url, "SELECT number FROM scans")


def num_songs(server: Server, **query: Any) -> int:
    return api(server, "/tracks", params={"kind": "file", **query})["total"]


def is_scanning(server: Server) -> bool:
    """Whether a scanner of that server is at work; one that has ended may still be in the list of processes."""

    def command(process: psutil.Process) -> list[str]:
        try:
            return process.cmdline()
        except psutil.Error:
            return []

    family = psutil.Process(server.process.pid).children(recursive=True)
    return any("webapp.music.scanner.scan" in command(one) for one in family)


def test_the_tables_are_made_once(pair):
    assert pair.tables_made == 1
    for server in pair.servers:
        assert "failed" not in server.log(), server.log()
        assert "Traceback" not in server.log(), server.log()


def test_the_folder_is_scanned_once_and_both_have_its_songs(pair):
    assert num_scans(pair) == 1
    assert [num_songs(server) for server in pair.servers] == [NUM_FILES, NUM_FILES]
    assert [api(server, "/music/scan")["state"] for server in pair.servers] == ["done", "done"]


def test_a_playlist_made_at_one_is_changed_and_seen_at_the_other(pair):
    one, other = pair.servers
    made = api(one, "/playlists", "post", json={"name": "Mine", "copy_of": 1})
    assert made in api(other, "/playlists")["playlists"]
    api(other, f"/playlists/{made['id']}", "patch", json={"name": "Ours"})
    assert "Ours" in {each["name"] for each in api(one, "/playlists")["playlists"]}


def test_when_the_server_that_scans_is_killed_the_other_goes_on_where_it_stopped(pair):
    add_songs(pair.folder, "more", NUM_MORE)
    before = num_scans(pair)
    api(pair.servers[0], "/music/scan", "post")
    state = wait_for(
        pair.servers[1],
        lambda state: state["state"] == "listening" and state["num_done"] > 0,
        SCAN_LIMIT_S,
        "the first song that was listened to",
    )
    assert state["num_done"] < NUM_MORE
    (scanning,) = [server for server in pair.servers if is_scanning(server)]
    (other,) = [server for server in pair.servers if server is not scanning]
    scanning.kill()
    wait_for(
        other,
        lambda state: state["state"] == "failed" or num_scans(pair) > before + 1,
        NOTICED_S,
        "word that the scanner is gone",
    )
    wait_until(lambda: num_scans(pair) == before + 2, what="the other server's scan")
    wait_for(other, lambda state: state["state"] == "listening", SCAN_LIMIT_S, "its listening")
    assert is_scanning(other)
    state = wait_for_scan(other)
    assert state["num_found"] < NUM_MORE  # what the first had listened to, it leaves alone
    assert num_scans(pair) == before + 2
    assert num_songs(other) == NUM_FILES + NUM_MORE
    assert num_songs(other, state="unreadable") == 0
    assert "Traceback" not in other.log(), other.log()
