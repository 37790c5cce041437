"""What one listener or one file may put into the database."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from tests.music.test_sources import titles, upload
from webapp.music.catalogue import listeners, tracks


def count_statements(visitor, work) -> int:
    visitor.get("/playlists")  # opens the database
    engine, statements = visitor.music.database._engine, []

    def note(connection, cursor, statement, parameters, context, many):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    return len(statements)


def links(num: int) -> bytes:
    lines = (f"#EXTINF:-1,Station {number}\nhttp://radio.example/{number}\n" for number in range(num))
    return "".join(lines).encode()


def test_an_import_of_thousands_of_addresses_takes_few_statements(visitor):
    few = count_statements(visitor, lambda: upload(visitor, "few.m3u", links(10)))
    many = count_statements(visitor, lambda: upload(visitor, "many.m3u", links(5000)))
    assert many < few + 60  # 10 times 500 keys are looked for, added, found again and listed


def test_an_import_keeps_order_doubles_and_what_was_there(visitor):
    known = visitor.add("http://radio.example/1", kind="stream")
    content = links(3) + b"#EXTINF:-1,Again\nhttp://radio.example/0\n"
    back = upload(visitor, "x.m3u", content)
    assert (back["num_left_out"], back["playlist"]["num_tracks"]) == (0, 4)
    assert titles(visitor, back["playlist"]["id"]) == [
        "Station 0",
        "http://radio.example/1",
        "Station 2",
        "Station 0",
    ]
    assert visitor.get("/tracks", kind="stream")["total"] == 3
    visitor.ask("DELETE", f"/tracks/{known}", status=204)
    upload(visitor, "x.m3u", links(3))
    assert visitor.get(f"/tracks/{known}")["state"] == "ok"


def test_an_import_that_would_be_too_many_leaves_nothing_behind(visitor, monkeypatch):
    monkeypatch.setattr(tracks, "MAX_LINKS", 5)
    upload(visitor, "x.m3u", links(3))
    assert upload(visitor, "x.m3u", links(6), 409)["code"] == "full"
    assert visitor.get("/tracks", kind="stream")["total"] == 3
    assert upload(visitor, "x.m3u", links(5))["playlist"]["num_tracks"] == 5


def note(visitor, listener: str, day: int, **options):
    body = {"listener": listener, "day": f"2026-11-{day:02}", "label": "happy", "seconds": 1}
    return visitor.post("/music/journal", body, **options)


def test_a_listener_keeps_so_many_lines_and_others_are_not_worse_for_it(visitor, monkeypatch):
    monkeypatch.setattr(listeners, "MAX_LINES", 2)
    for day in (1, 2, 2):
        note(visitor, "listener-me", day, status=204)
    assert "Delete it to begin anew" in note(visitor, "listener-me", 3, status=409)["detail"]
    note(visitor, "listener-me", 1, status=204)
    note(visitor, "listener-you", 3, status=204)
    visitor.ask("DELETE", "/music/journal", status=204, listener="listener-me")
    note(visitor, "listener-me", 3, status=204)


@pytest.mark.parametrize("table", ["journal", "feedback"])
def test_all_listeners_together_keep_so_many_rows(visitor, monkeypatch, table):
    monkeypatch.setattr(listeners, "MAX_ROWS", 2)
    track = visitor.add("a")

    def keep(listener: str, status: int):
        if table == "journal":
            return note(visitor, listener, 1, status=204 if status == 200 else status)
        body = {"listener": listener, "track_id": track, "action": "like"}
        return visitor.post("/music/feedback", body, status=status)

    keep("listener-1", 200)
    keep("listener-2", 200)
    assert keep("listener-3", 409)["code"] == "full"
    keep("listener-1", 200)
