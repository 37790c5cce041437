"""What a request may cost before anything of it is used."""

from __future__ import annotations

import io
import json

import pytest

from tests.support.app import make_app
from webapp.music.http.player import RECENT_LIMIT
from webapp.music.http.playlists import ADD_LIMIT

NEXT = "/api/v1/music/next"
MOOD = {"valence": 0, "arousal": 0}


@pytest.fixture(scope="module")
def client():
    return make_app().test_client()


def post(client, path: str, body: str):
    return client.post(path, data=body, content_type="application/json")


@pytest.mark.parametrize(
    "body",
    [
        "[" * 30_000,
        '{"a":' * 10_000,
        '{"mood":' + "[" * 20_000 + "]" * 20_000 + "}",
        '{"songs": ' + "9" * 5_000 + "}",
        '{"songs": -' + "9" * 60_000 + "}",
    ],
)
@pytest.mark.parametrize("path", [NEXT, "/api/v1/playlists", "/api/v1/tracks", "/api/v1/music/journal"])
def test_json_that_python_cannot_hold_is_the_senders_mistake(client, path, body):
    answer = post(client, path, body)
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")


def test_a_number_of_5000_digits_in_an_address_leads_nowhere(client):
    assert client.get(f"/api/v1/tracks/{'9' * 5_000}").status_code == 404
    assert client.get(f"/api/v1/tracks?page={'9' * 5_000}").status_code == 422


@pytest.mark.parametrize("path", [NEXT, "/api/v1/tracks", "/api/v1/music/journal", "/language"])
def test_a_request_has_64_kib_at_most(client, path):
    answer = post(client, path, json.dumps({"policy": "x" * 70_000}))
    assert (answer.status_code, answer.json["code"]) == (413, "content_too_large")


def test_of_a_request_without_a_length_64_kib_are_read(client):
    body = json.dumps({"policy": "x" * 70_000}).encode()
    answer = client.post(
        NEXT,
        input_stream=io.BytesIO(body),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")  # cut off, so no JSON


def test_routes_that_need_more_say_how_much(client):
    """5,000 ids of any size, and a playlist file."""
    ids = [2**63 - 1] * ADD_LIMIT
    answer = client.post("/api/v1/playlists/7000000/entries", json={"track_ids": ids})
    assert answer.status_code == 404  # read, and there is no such playlist
    answer = post(client, "/api/v1/playlists", json.dumps({"name": "x" * 200_000}))
    assert answer.status_code == 413
    answer = client.post("/api/v1/playlists/import", data={"file": "x" * 2_000_000})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "body", "limit"),
    [
        (NEXT, {"mood": MOOD, "recent": ["x"] * 8_000}, RECENT_LIMIT),
        (NEXT, {"mood": MOOD, "avoid": ["x"] * 8_000}, RECENT_LIMIT),
        (NEXT, {"mood": MOOD, "kinds": ["x"] * 8_000}, 4),
        ("/api/v1/playlists", {"name": "a", "track_ids": ["x"] * 8_000}, ADD_LIMIT),
        ("/api/v1/playlists/1/entries", {"track_ids": ["x"] * 8_000}, ADD_LIMIT),
    ],
)
def test_the_length_of_a_list_is_checked_before_its_items(client, path, body, limit):
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    assert len(answer.json["errors"]) == 1
    assert str(limit) in answer.json["errors"][0]["detail"]


def test_items_are_still_checked(client):
    answer = client.post(NEXT, json={"mood": MOOD, "recent": [1, "wrong", 3]})
    assert [one["pointer"] for one in answer.json["errors"]] == ["#/recent/1"]
    assert client.post(NEXT, json={"mood": MOOD, "recent": "wrong"}).status_code == 422


def test_an_answer_names_20_errors_at_most(client):
    answer = client.post("/api/v1/playlists", json={"name": "a", "track_ids": ["wrong"] * 4_000})
    assert len(answer.json["errors"]) == 20
    assert answer.json["detail"].endswith("; and more: the first 20 are named")
    answer = client.post(NEXT, json={f"unknown{number}": 1 for number in range(2_000)})
    assert len(answer.json["errors"]) == 20
    assert len(answer.data) < 4_000


def test_a_long_name_of_a_field_is_not_sent_back(client):
    answer = client.post(NEXT, json={"mood": MOOD, "x" * 50_000: 1})
    assert answer.status_code == 422
    assert len(answer.data) < 1_000
