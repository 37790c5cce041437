"""The headers of every answer, of sockets and refusals too."""

from __future__ import annotations

import http.client

import pytest

from tests.support.app import make_app
from webapp.web.headers import SECURITY_HEADERS

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def client():
    return make_app().test_client()


@pytest.mark.parametrize(
    "path", ["/", "/music", "/photos", "/healthz", "/nowhere", "/api/v1/model", "/language", HANDSHAKE,
             "/socket.io/?EIO=3", "/socket.io/?transport=polling&EIO=4&sid=unknown"]
)  # fmt: skip
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_every_answer_carries_them(client, path, host):
    headers = client.get(path, headers={"Host": host}).headers
    for name in SECURITY_HEADERS:
        assert len(headers.getlist(name)) == 1, (path, name)
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in headers


def test_a_page_keeps_its_own_policy(client):
    assert "youtube" in client.get("/music").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "scheme", "insists"),
    [
        ("faces.example.org", "https", True),
        ("faces.example.org:8443", "https", True),
        ("faces.example.org", "http", False),
        ("localhost:8443", "https", False),  # browsers would insist on it for every other server there
        ("box.local:8443", "https", False),
        ("192.168.1.20:8443", "https", False),
        ("[::1]:8443", "https", False),
    ],
)
def test_browsers_insist_on_tls_for_public_names_alone(client, host, scheme, insists):
    for path in ("/healthz", HANDSHAKE):
        answer = client.get(path, headers={"Host": host, "X-Forwarded-Proto": scheme})
        assert answer.status_code == 200
        assert ("Strict-Transport-Security" in answer.headers) == insists


def test_a_real_server_does_not_say_what_it_runs_on(each_server):
    connection = http.client.HTTPConnection("127.0.0.1", each_server.port, timeout=20)
    for path in ("/", "/nowhere", HANDSHAKE):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.headers["Server"] is None
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    connection.close()
