"""Errors: a page for people, a problem document for programs, the same status and headers for both."""

from __future__ import annotations

import pytest

from tests.support.app import make_app
from webapp.errors import ServerBusy

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def client():
    app = make_app()

    def busy():
        raise ServerBusy("9 faces already wait.", retry_after_ms=1200)

    app.add_url_rule("/busy", view_func=busy)
    app.add_url_rule("/api/v1/busy", "api_busy", view_func=busy)
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "There is no such page"),
        ("/language", 405, "This address is not a page"),
        ("/busy", 503, "Try again in a moment"),
    ],
)
def test_a_browser_reads_a_page(client, path, status, words):
    answer = client.get(path, headers={"Accept": BROWSER})
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert words in text
    assert "To the live page" in text


def test_it_is_in_the_visitors_language(client):
    text = client.get("/nowhere", headers={"Accept": BROWSER, "Accept-Language": "de"}).get_data(as_text=True)
    assert '<html lang="de">' in text
    assert "Diese Seite gibt es nicht" in text


def test_headers_stay(client):
    assert client.get("/busy", headers={"Accept": BROWSER}).headers["Retry-After"] == "2"
    answer = client.get("/language", headers={"Accept": BROWSER})
    assert "POST" in answer.headers["Allow"]
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/nowhere", "*/*"), ("/nowhere", ""), ("/nowhere", "application/json"), ("/api/v1/busy", BROWSER)],
)
def test_programs_and_the_api_keep_the_problem_document(client, path, accept):
    answer = client.get(path, headers={"Accept": accept})
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] in {"not_found", "server_busy"}


def test_a_fault_of_ours_says_so_without_details():
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", view_func=lambda: 1 / 0)
    text = app.test_client().get("/broken", headers={"Accept": BROWSER}).get_data(as_text=True)
    assert "fault, not yours" in text
    assert "division" not in text
