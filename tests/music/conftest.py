from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.music import postgres
from tests.support.fakes import FakeClassifier, FakeDetector
from webapp import create_app
from webapp.music.catalogue import tracks
from webapp.music.catalogue.database import Database, database_url
from webapp.music.catalogue.engine import make_engine
from webapp.music.catalogue.tables import Track
from webapp.settings import Settings


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a cluster of the tests' own; a machine without PostgreSQL skips the test."""
    if reason := postgres.obstacle():
        pytest.skip(reason)
    # Not in pytest's folder, which PostgreSQL's user may not enter; besides, the path of a socket must be short.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with postgres.cluster(Path(folder) / "pg") as url:
            yield url


def emptied(url: str) -> str:
    engine = make_engine(database_url(url, Path()))
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'music.sqlite3'}"
    return emptied(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(url: str, tmp_path: Path) -> Iterator[Database]:
    opened = Database(database_url(url, tmp_path))
    yield opened
    opened.close()


class Visitor:
    """Sends a visitor's requests to an app with a music database of its own."""

    def __init__(self, app) -> None:
        self.app = app
        self.music = app.extensions["countenance"].music
        self.client = app.test_client()

    def ask(self, method: str, path: str, body: object = None, *, status: int = 200, **query):
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, query_string=query or None)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_json(silent=True)

    def get(self, path: str, **query):
        return self.ask("GET", path, **query)

    def post(self, path: str, body: object = None, **options):
        return self.ask("POST", path, body, **options)

    def next(self, valence: float, arousal: float, **more):
        return self.post("/music/next", {"mood": {"valence": valence, "arousal": arousal}, "seed": 0, **more})

    def add(self, title: str, valence: float | None = None, arousal: float | None = None, **more) -> int:
        """Adds a track to the catalogue, as a source does, and returns its id."""
        mood_by = "nobody" if valence is None else "tags"
        track = Track(
            **{"kind": "file", "key": title, "title": title, "mood_by": mood_by, **more},
            valence=valence,
            arousal=arousal,
        )
        return self.music.database.write(tracks.add_track, track).id


def make_app(**environment: str):
    settings = Settings.from_env({"ASYNC_MODE": "threading", **environment})
    return create_app(settings, classifier=FakeClassifier(), detector=FakeDetector())


@pytest.fixture
def visitor(url: str) -> Iterator[Visitor]:
    """A visitor of an app with an empty database, of each kind."""
    visitor = Visitor(make_app(DATABASE_URL=url))
    yield visitor
    visitor.music.close()
