"""How many requests an address may send, and what it is told then."""

from __future__ import annotations

import functools
import io
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.app import JPEG
from tests.support.fakes import FakeClassifier, FakeDetector
from tests.support.servers import ROOT
from webapp import create_app
from webapp.errors import SettingsError
from webapp.settings import Settings
from webapp.web import rate_limits


def client_in(folder: Path | str, address: str = "203.0.113.1", **environment: str):
    """Returns a client at an address, of an app that keeps its data in a folder."""
    settings = Settings.from_env(
        {"ASYNC_MODE": "threading", "DATA_DIR": str(folder), "REQUESTS_PER_MINUTE": "20", **environment}
    )
    app = create_app(settings, classifier=FakeClassifier(), detector=FakeDetector())
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


@pytest.fixture
def client_of(tmp_path):
    return functools.partial(client_in, tmp_path)


def statuses(client, path: str, count: int, method: str = "GET", **arguments) -> list[int]:
    return [client.open(path, method=method, **arguments).status_code for _ in range(count)]


def test_one_address_has_so_many_a_minute(client_of):
    client = client_of()
    assert statuses(client, "/about", 10) == [200] * 10
    assert statuses(client, "/api/v1/model", 10) == [200] * 10  # of all routes together
    answer = client.get("/api/v1/model")
    assert (answer.status_code, answer.json["code"]) == (429, "too_many_requests")
    assert 1000 <= answer.json["retry_after_ms"] <= 61_000
    assert answer.headers["Retry-After"] == str(answer.json["retry_after_ms"] // 1000)
    assert client.get("/nowhere").status_code == 404  # costs nothing, so it is not counted
    client.environ_base["REMOTE_ADDR"] = "203.0.113.2"
    assert client.get("/about").status_code == 200


@pytest.mark.parametrize(
    ("wait_s", "said"), [(1, "1 seconds"), (119, "119 seconds"), (121, "3 minutes"), (7201, "3 hours")]
)
def test_a_long_wait_is_said_in_minutes_or_hours(wait_s, said):
    assert rate_limits._spoken(wait_s) == said


def test_what_stays_in_the_database_has_a_limit_for_the_day(client_of, monkeypatch):
    """One address filled all visitors' quota of addresses in twenty minutes."""
    limits = {one.split(".")[-1]: limit for one, limit in rate_limits.EXPENSIVE.items()}
    assert [limits[name].endswith("per day") for name in ("import_file", "create", "add")] == [True] * 3
    monkeypatch.setitem(rate_limits.EXPENSIVE, "exchange.import_file", "10 per minute; 2 per day")
    client = client_of()
    answers = [
        client.post("/api/v1/playlists/import", data={"file": (io.BytesIO(b"#EXTM3U\n"), "x.m3u")})
        for _ in range(3)
    ]
    assert [one.status_code for one in answers] == [201, 201, 429]
    assert re.search(r"Try again in \d+ (hours|minutes|seconds)\.", answers[-1].json["detail"])
    assert answers[-1].json["retry_after_ms"] > 0


PAUSES = """
    import sys
    from webapp.concurrency import blocking
    blocking.prepare(sys.argv[1])
    import time
    from tests.web.test_rate_limits import client_in, statuses
    slept = []
    time.sleep = slept.append
    client = client_in(sys.argv[2], ASYNC_MODE=sys.argv[1])
    assert statuses(client, "/about", 22)[18:] == [200, 200, 429, 429]
    print(slept)
"""


@pytest.mark.parametrize(("mode", "pauses"), [("eventlet", "[0.5, 0.5]"), ("threading", "[]")])
def test_a_refusal_waits_where_that_holds_no_thread(tmp_path, mode, pauses):
    """In a process of its own: eventlet changes all of it."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(PAUSES), mode, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == pauses, done.stderr


def test_a_person_reads_a_page_about_it(client_of):
    client = client_of()
    statuses(client, "/about", 20)
    answer = client.get("/about", headers={"Accept": "text/html", "Accept-Language": "de"})
    assert (answer.status_code, answer.mimetype) == (429, "text/html")


def test_changes_have_a_fifth_of_it(client_of):
    client = client_of()
    assert statuses(client, "/language", 4, "POST", data={"language": "de"}) == [303] * 4
    assert client.post("/language", data={"language": "de"}).status_code == 429
    assert client.get("/about").status_code == 200


def test_expensive_requests_have_a_limit_of_their_own(client_of):
    client = client_of(REQUESTS_PER_MINUTE="1000")
    assert statuses(client, "/api/v1/music/scan", 10, "POST") == [404] * 10  # there is no folder
    assert client.post("/api/v1/music/scan").status_code == 429
    assert client.get("/api/v1/music/scan").status_code == 200


def test_all_addresses_together_have_a_limit(client_of):
    client = client_of(REQUESTS_PER_MINUTE="1")
    answers = []
    for number in range(52):
        client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        answers.append(client.get("/about").status_code)
    assert answers == [200] * 50 + [429] * 2


def test_an_address_of_ipv6_cannot_be_changed_within_its_network(client_of):
    client = client_of()
    for number in range(20):
        client.environ_base["REMOTE_ADDR"] = f"2001:db8::{number:x}"
        assert client.get("/about").status_code == 200
    client.environ_base["REMOTE_ADDR"] = "2001:db8::ffff"
    assert client.get("/about").status_code == 429


def test_the_servers_own_machine_is_not_counted(client_of):
    for address in ("127.0.0.1", "::1"):
        assert statuses(client_of(address), "/about", 30) == [200] * 30


def test_behind_a_proxy_the_visitors_own_address_counts(client_of):
    client = client_of("127.0.0.1")
    headers = {"X-Forwarded-For": "203.0.113.7"}
    assert statuses(client, "/about", 21, headers=headers) == [200] * 20 + [429]
    assert client.get("/about", headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 200


def test_a_forged_address_changes_nothing(client_of):
    client = client_of()
    for number in range(20):
        assert client.get("/about", headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code == 200
    assert client.get("/about", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 429


def test_photos_files_and_health_are_not_counted(client_of):
    client = client_of()
    for _ in range(25):
        with client.post("/api/v1/photos", data={"photos": (io.BytesIO(JPEG), "a.jpg")}) as answer:
            assert answer.status_code == 200
    assert statuses(client, "/healthz", 30) == [200] * 30
    assert client.get("/about").status_code == 200


def test_zero_is_no_limit(client_of):
    assert statuses(client_of(REQUESTS_PER_MINUTE="0"), "/about", 60) == [200] * 60


def test_an_impossible_number_stops_the_start(client_of):
    with pytest.raises(SettingsError):
        client_of(REQUESTS_PER_MINUTE="many")
