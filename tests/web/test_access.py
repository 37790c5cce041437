"""Tokens: who gets in, as what, and how often one may guess."""

from __future__ import annotations

import pytest
import socketio as client_library

from tests.support.fakes import FakeClassifier, FakeDetector
from webapp import create_app
from webapp.errors import SettingsError
from webapp.extensions import socketio
from webapp.settings import Settings
from webapp.web.access import COOKIE

TOKEN, OPERATOR = "a-token-for-visitors", "a-token-for-the-operator"
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
OPEN = ["/healthz", "/readyz", "/sign-in"]
CLOSED = ["/", "/music", "/photos", "/model", "/about", "/api", "/metrics", "/nowhere", "/api/v1/model",
          "/api/v1/openapi.json", "/api/v1/playlists", "/operator"]  # fmt: skip


def app_of(**environment: str):
    settings = Settings.from_env({"ASYNC_MODE": "threading", **environment})
    return create_app(settings, classifier=FakeClassifier(), detector=FakeDetector())


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("data"))
    return app_of(ACCESS_TOKEN=TOKEN, OPERATOR_TOKEN=OPERATOR, MUSIC_EDITS="nobody", DATA_DIR=folder)


@pytest.fixture
def client(app, request):
    client = app.test_client()
    # An address of its own: wrong tokens of one test are not another's.
    client.environ_base["REMOTE_ADDR"] = f"198.51.{hash(request.node.name) % 250}.{id(client) % 250}"
    return client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def sign_in(client, token: str, back: str = "/"):
    return client.post("/sign-in", data={"token": token, "back": back})


def test_without_a_token_nobody_is_asked(tmp_path):
    client = app_of(DATA_DIR=str(tmp_path)).test_client()
    for path in ("/", "/api/v1/playlists", "/metrics"):
        assert client.get(path).status_code == 200
        assert client.get(path, headers=bearer("of a proxy before us")).status_code == 200
    assert "needs no token" in client.get("/sign-in").get_data(as_text=True)
    assert client.get("/operator").status_code == 404
    assert socketio.test_client(client.application, namespace="/live").is_connected("/live")


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_is_served_without_the_token(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    for wrong in ("", "A-token-for-visitors", f"{TOKEN}x", "ä" * 20):
        assert client.get(path, headers=bearer(wrong.encode().decode("latin-1"))).status_code == 401
    assert client.get(path, headers={"Authorization": f"Basic {TOKEN}"}).status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_what_says_that_the_server_lives_is_open(client, path):
    assert client.get(path).status_code == 200


def test_static_files_are_open(client):
    page = client.get("/sign-in").get_data(as_text=True)
    sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
    with client.get(sheet) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize("token", [TOKEN, OPERATOR])
def test_a_program_sends_the_token_with_each_request(client, token):
    for path in ("/api/v1/model", "/metrics", "/"):
        assert client.get(path, headers=bearer(token)).status_code == 200
    assert client.get("/api/v1/model").status_code == 401


def test_a_person_is_asked_once_and_comes_to_the_page_that_they_wanted(client):
    asked = client.get("/music", headers=BROWSER)
    assert (asked.status_code, asked.headers["Location"]) == (303, "/sign-in?back=/music")
    assert 'name="back" value="/music"' in client.get(asked.headers["Location"]).get_data(as_text=True)
    done = sign_in(client, f" {TOKEN}\n", "/music")  # pasted with blanks
    assert (done.status_code, done.headers["Location"]) == (303, "/music")
    cookie = done.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert TOKEN not in cookie
    assert client.get("/music").status_code == 200
    assert client.post("/sign-out").status_code == 303
    assert client.get("/music").status_code == 401


def test_the_cookie_is_secure_under_tls(client):
    answer = client.post("/sign-in", data={"token": TOKEN}, base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_nobody_is_led_to_another_site(client, back):
    assert sign_in(client, TOKEN, back).headers["Location"] == "/"


def test_a_cookie_lasts_over_a_restart_and_ends_with_its_token(client, tmp_path):
    sign_in(client, TOKEN)
    value = client.get_cookie(COOKIE).value
    for token, status in ((TOKEN, 200), ("another-token-for-visitors", 401)):
        other = app_of(ACCESS_TOKEN=token, DATA_DIR=str(tmp_path)).test_client()
        other.set_cookie(COOKIE, value)
        assert other.get("/about").status_code == status


@pytest.mark.parametrize(
    "change", [lambda value: value.replace("VISITOR", "OPERATOR"), lambda _: "OPERATOR", str.swapcase]
)
def test_a_forged_cookie_is_none(client, change):
    sign_in(client, TOKEN)
    client.set_cookie(COOKIE, change(client.get_cookie(COOKIE).value))
    assert client.get("/about").status_code == 401


def test_an_old_cookie_is_none(client, monkeypatch):
    sign_in(client, TOKEN)
    monkeypatch.setattr("webapp.web.access.A_MONTH_S", -1)
    assert client.get("/about").status_code == 401


def test_guessing_is_slowed_down_per_address(client, app):
    for _ in range(10):
        assert sign_in(client, "a guess").status_code == 401
    answer = sign_in(client, TOKEN)
    assert answer.status_code == 429  # the right one is not looked at either
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    answer = client.get("/api/v1/model", headers=bearer(TOKEN))
    assert (answer.status_code, answer.json["code"]) == (429, "too_many_requests")
    assert 1000 <= answer.json["retry_after_ms"] <= 60_000
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.200"
    assert sign_in(elsewhere, TOKEN).status_code == 303


def test_whoever_has_signed_in_is_not_stopped_by_a_neighbours_guesses(client):
    sign_in(client, TOKEN)
    other = client.application.test_client()
    other.environ_base["REMOTE_ADDR"] = client.environ_base["REMOTE_ADDR"]
    for _ in range(12):
        sign_in(other, "a guess")
    assert client.get("/about").status_code == 200


def test_sockets_need_it_too(app):
    def connected(**arguments):
        return socketio.test_client(app, namespace="/live", **arguments).is_connected("/live")

    assert connected(auth={"token": TOKEN})
    assert connected(auth={"token": OPERATOR})
    for wrong in (None, {}, {"token": "no"}, {"token": None}, {"token": [TOKEN]}, TOKEN, [TOKEN]):
        assert not connected(auth=wrong), wrong
    client = app.test_client()
    sign_in(client, TOKEN)
    assert connected(flask_test_client=client)
    assert connected(headers=bearer(TOKEN))


def test_a_socket_that_was_not_let_in_reads_no_frame(app):
    client = socketio.test_client(app, namespace="/live")
    with pytest.raises(RuntimeError, match="not connected"):
        client.emit("frame", {"seq": 1, "t_ms": 1}, b"x", namespace="/live")


def test_the_operator_may_change_what_nobody_else_may(client):
    body = {"name": "mine"}
    assert client.post("/api/v1/playlists", json=body).status_code == 401
    answer = client.post("/api/v1/playlists", json=body, headers=bearer(TOKEN))
    assert (answer.status_code, answer.json["code"]) == (403, "read_only")
    assert client.post("/api/v1/playlists", json=body, headers=bearer(OPERATOR)).status_code == 201


def test_the_operators_page_is_the_operators(client):
    sign_in(client, TOKEN)
    assert client.get("/operator").headers["Location"] == "/sign-in?back=/operator"
    assert sign_in(client, OPERATOR, "/operator").headers["Location"] == "/operator"
    text = client.get("/operator").get_data(as_text=True)
    assert "Visitors connected" in text
    assert "<code>200</code>" in text


def test_the_operators_token_alone_leaves_the_rest_open(tmp_path):
    client = app_of(OPERATOR_TOKEN=OPERATOR, DATA_DIR=str(tmp_path)).test_client()
    assert client.get("/").status_code == 200
    assert client.get("/operator").status_code == 303
    sign_in(client, OPERATOR)
    assert client.get("/operator").status_code == 200


@pytest.mark.parametrize("value", ["short", "with a blank inside it", "x" * 201, "ümlaute-ümlaute-ümlaute"])
def test_a_weak_token_stops_the_start_and_is_not_repeated(value):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"ACCESS_TOKEN": value})
    assert value not in str(caught.value)
    assert f"{len(value)} characters" in str(caught.value)


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_real_server_lets_sockets_in_by_token_alone(artifact, start_server, jpeg, mode):
    server = start_server(MODEL_DIR=str(artifact), ASYNC_MODE=mode, ACCESS_TOKEN=TOKEN)
    assert server.get("/") == 401
    for auth in (None, {"token": "wrong"}):
        stranger, said = client_library.Client(reconnection=False), []
        stranger.on("connect_error", said.append, namespace="/live")
        with pytest.raises(client_library.exceptions.ConnectionError):
            stranger.connect(server.url, namespaces=["/live"], transports=["websocket"], auth=auth)
        assert said[0]["data"]["code"] == "unauthorized"
    visitor = client_library.Client(reconnection=False)
    visitor.connect(server.url, namespaces=["/live"], transports=["websocket"], auth={"token": TOKEN})
    assert visitor.call("frame", ({"seq": 1, "t_ms": 1}, jpeg), namespace="/live", timeout=30)["ok"]
    visitor.disconnect()
    assert server.stop() == 0
    assert TOKEN not in server.log()
    assert "Traceback" not in server.log()
