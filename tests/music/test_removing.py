"""Pasted addresses leave the catalogue and all playlists, and come back exactly where they were."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from webapp.music.catalogue import tracks
from webapp.music.catalogue.tables import Feedback, Track
from webapp.music.sources.fetching import Fetcher

SPOTIFY = "https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M"
ME = "listener-me"


@pytest.fixture
def embed(visitor) -> int:
    visitor.music._fetcher = Fetcher(private=False, offline=True)
    return visitor.post("/tracks", {"url": SPOTIFY}, status=201)["tracks"][0]["id"]


@pytest.fixture
def lists(visitor, embed) -> list[int]:
    """Two playlists; in the first one the embed stands twice."""
    a, b = visitor.add("a", 0.2, 0.2), visitor.add("b", 0.4, 0.4)
    orders = {"One": [embed, a, embed, b], "Two": [a, embed]}
    return [
        visitor.post("/playlists", {"name": name, "track_ids": ids}, status=201)["id"]
        for name, ids in orders.items()
    ]


def order(visitor, playlist: int) -> str:
    found = visitor.get(f"/playlists/{playlist}/entries")["entries"]
    assert [entry["position"] for entry in found] == list(range(len(found)))
    return "".join(entry["track"]["title"] if entry["track"]["kind"] == "file" else "-" for entry in found)


def test_what_is_removed_is_nowhere_and_comes_back_where_it_was(visitor, embed, lists):
    visitor.ask("DELETE", f"/tracks/{embed}", status=204)
    assert [order(visitor, playlist) for playlist in lists] == ["ab", "a"]
    assert visitor.get("/tracks", kind="embed")["total"] == 0
    assert visitor.ask("GET", f"/tracks/{embed}", status=404)["code"] == "not_found"
    assert visitor.ask("DELETE", f"/tracks/{embed}", status=404)["code"] == "not_found"
    visitor.post(f"/playlists/{lists[0]}/entries", {"track_ids": [embed]}, status=404)
    assert visitor.post(f"/tracks/{embed}/restore")["id"] == embed
    assert [order(visitor, playlist) for playlist in lists] == ["-a-b", "a-"]
    visitor.post(f"/tracks/{embed}/restore", status=404)


def test_it_is_never_chosen_while_it_is_removed(visitor, embed):
    alone = visitor.post("/playlists", {"name": "Theirs", "track_ids": [embed]}, status=201)["id"]
    assert visitor.next(0, 0, playlist_id=alone)["track"]["id"] == embed
    visitor.ask("DELETE", f"/tracks/{embed}", status=204)
    assert visitor.ask("POST", "/music/next", wish(alone), status=404)["code"] == "no_music"
    visitor.post(f"/tracks/{embed}/restore")
    assert visitor.next(0, 0, playlist_id=alone)["track"]["id"] == embed


def wish(playlist: int) -> dict:
    return {"mood": {"valence": 0, "arousal": 0}, "playlist_id": playlist}


def test_a_playlist_placed_by_its_tracks_moves_with_it(visitor, embed, lists):
    visitor.ask("PATCH", f"/tracks/{embed}", {"point": {"valence": -1, "arousal": -1}})
    visitor.ask("DELETE", f"/tracks/{embed}", status=204)
    assert visitor.get(f"/playlists/{lists[1]}")["point"]["valence"] == pytest.approx(0.2)
    visitor.post(f"/tracks/{embed}/restore")
    assert visitor.get(f"/playlists/{lists[1]}")["point"]["valence"] == pytest.approx(-0.4)


def test_a_shorter_or_vanished_playlist_takes_it_back_as_well_as_it_can(visitor, embed, lists):
    visitor.ask("DELETE", f"/tracks/{embed}", status=204)
    for entry in visitor.get(f"/playlists/{lists[0]}/entries")["entries"]:
        visitor.ask("DELETE", f"/playlists/{lists[0]}/entries/{entry['id']}")
    visitor.ask("DELETE", f"/playlists/{lists[1]}", status=204)
    visitor.post(f"/tracks/{embed}/restore")
    assert order(visitor, lists[0]) == "--"
    visitor.ask("POST", f"/playlists/{lists[1]}/restore")
    assert order(visitor, lists[1]) == "a-"


def test_pasted_again_it_is_there_again_but_in_no_playlist(visitor, embed, lists):
    visitor.ask("DELETE", f"/tracks/{embed}", status=204)
    assert visitor.post("/tracks", {"url": SPOTIFY}, status=201)["tracks"][0]["id"] == embed
    assert [order(visitor, playlist) for playlist in lists] == ["ab", "a"]
    visitor.post(f"/tracks/{embed}/restore", status=404)


def test_files_and_built_in_pieces_stay(visitor, lists):
    for kind in ("file", "built_in"):
        track = visitor.get("/tracks", kind=kind)["tracks"][0]["id"]
        answer = visitor.ask("DELETE", f"/tracks/{track}", status=409)
        assert (answer["code"], "comes from its source" in answer["detail"]) == ("not_editable", True)
        assert visitor.get(f"/tracks/{track}")["state"] == "ok"


def test_after_a_day_it_is_forgotten_with_its_feedback(visitor, embed):
    visitor.post("/music/feedback", {"listener": ME, "track_id": embed, "action": "like"})
    visitor.ask("DELETE", f"/tracks/{embed}", status=204)
    write = visitor.music.database.write
    write(tracks.forget_removed)
    visitor.post(f"/tracks/{embed}/restore")
    visitor.ask("DELETE", f"/tracks/{embed}", status=204)
    write(lambda session: setattr(session.get_one(Track, embed), "removed_at", time.time() - 86_401))
    write(tracks.forget_removed)
    assert write(lambda session: session.scalars(select(Feedback)).all()) == []
    visitor.post(f"/tracks/{embed}/restore", status=404)


def test_where_there_is_no_room_what_was_removed_long_ago_makes_some(visitor, embed, monkeypatch):
    monkeypatch.setattr(tracks, "MAX_LINKS", 1)
    other = SPOTIFY.replace("M5M", "M5N")
    assert visitor.post("/tracks", {"url": other}, status=409)["code"] == "full"
    visitor.ask("DELETE", f"/tracks/{embed}", status=204)
    assert visitor.post("/tracks", {"url": other}, status=409)["code"] == "full"
    visitor.music.database.write(
        lambda session: setattr(session.get_one(Track, embed), "removed_at", time.time() - 86_401)
    )
    visitor.post("/tracks", {"url": other}, status=201)
