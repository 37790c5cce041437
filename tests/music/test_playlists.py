"""Playlists over HTTP, on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from webapp.music.sources.built_in import PIECES_PER_PLACE, PLACES


@pytest.fixture
def songs(visitor):
    return [visitor.add(f"song {number}", number / 10, -number / 10) for number in range(5)]


@pytest.fixture
def mine(visitor, songs) -> int:
    return visitor.post("/playlists", {"name": "Mine", "track_ids": songs}, status=201)["id"]


def titles(visitor, playlist: int) -> list[str]:
    found = visitor.get(f"/playlists/{playlist}/entries")["entries"]
    assert [entry["position"] for entry in found] == list(range(len(found)))
    return [entry["track"]["title"].removeprefix("song ") for entry in found]


def entry(visitor, playlist: int, position: int) -> int:
    return visitor.get(f"/playlists/{playlist}/entries")["entries"][position]["id"]


def test_the_first_start_has_built_in_playlists_all_over_the_plane(visitor):
    found = visitor.get("/playlists")
    assert found["total"] == len(PLACES) == 9
    assert {playlist["kind"] for playlist in found["playlists"]} == {"built_in"}
    assert {playlist["num_tracks"] for playlist in found["playlists"]} == {PIECES_PER_PLACE}
    seeds = [track["details"]["seed"] for track in visitor.get("/tracks", kind="built_in")["tracks"]]
    assert sorted(seeds) == list(range(1, 28))


def test_a_new_playlist_lies_at_the_mean_of_its_tracks_until_somebody_moves_it(visitor, songs):
    made = visitor.post("/playlists", {"name": "Two", "track_ids": songs[1:3]}, status=201)
    assert made["point"] == pytest.approx({"valence": 0.15, "arousal": -0.15})
    assert (made["placed_by"], made["num_tracks"], made["kind"]) == ("tracks", 2, "own")
    point = {"valence": -0.5, "arousal": 0.25}
    moved = visitor.ask("PATCH", f"/playlists/{made['id']}", {"point": point})
    assert (moved["point"], moved["placed_by"], moved["name"]) == (point, "user", "Two")
    visitor.post(f"/playlists/{made['id']}/entries", {"track_ids": songs[:1]}, status=204)
    assert visitor.get(f"/playlists/{made['id']}")["point"] == point
    back = visitor.ask("PATCH", f"/playlists/{made['id']}", {"point": None})
    assert back["point"] == pytest.approx({"valence": 0.1, "arousal": -0.1})


def test_an_empty_playlist_has_no_point(visitor):
    assert visitor.post("/playlists", {"name": "Empty"}, status=201)["point"] is None


@pytest.mark.parametrize(
    ("start", "to", "order"),
    [(0, 3, "12304"), (3, 0, "30124"), (1, 1, "01234"), (2, 99, "01342"), (4, 0, "40123")],
)
def test_tracks_are_put_in_order(visitor, mine, start, to, order):
    path = f"/playlists/{mine}/entries/{entry(visitor, mine, start)}"
    visitor.ask("PATCH", path, {"position": to})
    assert titles(visitor, mine) == list(order)


def test_what_is_removed_can_be_put_back(visitor, mine):
    gone = visitor.ask("DELETE", f"/playlists/{mine}/entries/{entry(visitor, mine, 2)}")
    assert titles(visitor, mine) == list("0134")
    again = {"track_ids": [gone["track"]["id"]], "position": gone["position"]}
    visitor.post(f"/playlists/{mine}/entries", again, status=204)
    assert titles(visitor, mine) == list("01234")


def test_tracks_are_added_at_the_end_or_between_and_may_repeat(visitor, mine, songs):
    visitor.post(f"/playlists/{mine}/entries", {"track_ids": songs[:2]}, status=204)
    assert titles(visitor, mine) == list("0123401")
    visitor.post(f"/playlists/{mine}/entries", {"track_ids": songs[3:], "position": 1}, status=204)
    assert titles(visitor, mine) == list("034123401")


def test_a_deleted_playlist_can_be_restored(visitor, mine):
    visitor.ask("DELETE", f"/playlists/{mine}", status=204)
    visitor.ask("GET", f"/playlists/{mine}", status=404)
    assert [gone["id"] for gone in visitor.get("/playlists", deleted="true")["playlists"]] == [mine]
    visitor.ask("POST", f"/playlists/{mine}/restore")
    assert titles(visitor, mine) == list("01234")
    visitor.ask("POST", f"/playlists/{mine}/restore", status=404)


def test_a_built_in_playlist_moves_but_its_tracks_stay_unless_copied(visitor, songs):
    built_in = visitor.get("/playlists")["playlists"][0]
    path = f"/playlists/{built_in['id']}"
    assert visitor.ask("PATCH", path, {"point": {"valence": 0, "arousal": 1}})["placed_by"] == "user"
    for answer in (
        visitor.ask("PATCH", path, {"name": "X"}, status=409),
        visitor.post(f"{path}/entries", {"track_ids": songs}, status=409),
        visitor.ask("DELETE", f"{path}/entries/{entry(visitor, built_in['id'], 0)}", status=409),
    ):
        assert answer["code"] == "not_editable"
        assert "Copy it" in answer["detail"]
    copy = visitor.post("/playlists", {"name": "Copy", "copy_of": built_in["id"]}, status=201)
    assert (copy["num_tracks"], copy["kind"], copy["point"]) == (3, "own", {"valence": 0.0, "arousal": 1.0})


def test_playlists_come_in_pages_own_ones_first(visitor, mine):
    first = visitor.get("/playlists", page_size=4)
    assert (first["total"], first["page"], first["page_size"], len(first["playlists"])) == (10, 1, 4, 4)
    assert first["playlists"][0]["id"] == mine
    assert len(visitor.get("/playlists", page_size=4, page=3)["playlists"]) == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/playlists", {}, 422, "name: Missing data"),
        ("POST", "/playlists", {"name": "  "}, 422, "Must not be blank"),
        ("POST", "/playlists", {"name": "x" * 201}, 422, "name: Length"),
        ("POST", "/playlists", {"name": "x", "point": {"valence": 2, "arousal": 0}}, 422, "point/valence"),
        ("POST", "/playlists", {"name": "a\x00b"}, 422, "control characters"),
        ("POST", "/playlists", {"name": "a\ud800b"}, 422, "control characters"),
        ("GET", "/tracks?search=%00", None, 422, "control characters"),
        ("PATCH", "/playlists/1/entries/1", {"position": 10**30}, 422, "position: Must be"),
        ("POST", "/playlists", {"name": "x", "color": "red"}, 422, "color: Unknown field"),
        ("POST", "/playlists", {"name": "x", "track_ids": [999]}, 404, "no track 999"),
        ("PATCH", "/playlists/1", {}, 422, "Expected `name` or `point`"),
        ("GET", "/playlists/999", None, 404, "no playlist 999"),
        ("PATCH", "/playlists/1/entries/1", {"position": -1}, 422, "position: Must be greater"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(visitor, method, path, body, status, says):
    assert says in visitor.ask(method, path, body, status=status)["detail"]
    assert visitor.get("/playlists")["total"] == 9


def test_half_of_a_change_is_none(visitor, mine, songs):
    visitor.post(f"/playlists/{mine}/entries", {"track_ids": [songs[0], 999], "position": 0}, status=404)
    assert titles(visitor, mine) == list("01234")


def test_tracks_are_searched_and_paged(visitor, songs):
    visitor.add("Ärger 100%", artist="Someone")
    assert [track["title"] for track in visitor.get("/tracks", search="100%")["tracks"]] == ["Ärger 100%"]
    assert [track["title"] for track in visitor.get("/tracks", search="SOMEONE")["tracks"]] == ["Ärger 100%"]
    page = visitor.get("/tracks", search="song", page=2, page_size=2)
    assert (page["total"], [track["title"] for track in page["tracks"]]) == (5, ["song 2", "song 3"])
    assert visitor.get("/tracks", kind="file")["total"] == 6


def test_a_mood_is_corrected_and_the_correction_taken_back(visitor, songs):
    point = {"valence": 0.9, "arousal": 0.9}
    assert visitor.ask("PATCH", f"/tracks/{songs[0]}", {"point": point})["mood_by"] == "user"
    back = visitor.ask("PATCH", f"/tracks/{songs[0]}", {"point": None})
    assert (back["point"], back["mood_by"]) == (None, "nobody")
    piece = visitor.get("/tracks", kind="built_in")["tracks"][4]
    visitor.ask("PATCH", f"/tracks/{piece['id']}", {"point": point})
    assert visitor.ask("PATCH", f"/tracks/{piece['id']}", {"point": None}) == piece


def test_built_in_pieces_are_found_by_their_names_in_the_visitors_language(visitor, songs):
    def found(words: str, language: str) -> list[str]:
        answer = visitor.client.get(
            "/api/v1/tracks", query_string={"search": words}, headers={"Accept-Language": language}
        )
        return [track["title"] for track in answer.json["tracks"]]

    assert found("leiser regen", "de") == ["Slow rain 1", "Slow rain 2", "Slow rain 3"]
    assert found("Regen 2", "de") == ["Slow rain 2"]
    assert found("slow rain 2", "de") == ["Slow rain 2"]
    assert found("Regen", "en") == []
    assert found("song 1", "de") == ["song 1"]
