"""What is played next, over HTTP."""

from __future__ import annotations

import pytest

from tests.music.conftest import Visitor, make_app
from webapp.music.choice import selection

HAPPY, SAD = (0.81, 0.51), (-0.63, -0.27)
ME, YOU = "listener-me", "listener-you"


@pytest.fixture
def two(visitor):
    """Two playlists of two songs each, at opposite corners."""
    made = {}
    for name, (valence, arousal) in {"Bright": HAPPY, "Low": SAD}.items():
        songs = [visitor.add(f"{name} {n}", valence, arousal + n / 5) for n in range(2)]
        point = {"valence": valence, "arousal": arousal}
        made[name] = visitor.post(
            "/playlists", {"name": name, "point": point, "track_ids": songs}, status=201
        )
    return made


def test_the_first_visit_plays_built_in_pieces_near_the_mood(visitor):
    assert visitor.next(*HAPPY)["playlist"]["name"] == "Morning light"
    chosen = visitor.next(*SAD)
    assert (chosen["playlist"]["name"], chosen["track"]["kind"]) == ("Slow rain", "built_in")


def test_own_music_comes_before_built_in_music(visitor, two):
    assert visitor.next(*HAPPY)["playlist"]["name"] == "Bright"
    assert visitor.next(*SAD)["playlist"]["name"] == "Low"
    assert visitor.next(0.0, -0.6)["track"]["kind"] == "file"
    assert visitor.next(0.0, -0.6, kinds=["built_in"])["playlist"]["name"] == "Night walk"


def test_a_like_and_a_skip_change_the_next_choice_of_that_listener_alone(visitor, two):
    near, far = (
        e["track"]["id"] for e in visitor.get(f"/playlists/{two['Bright']['id']}/entries")["entries"]
    )
    assert visitor.next(*HAPPY, listener=ME)["track"]["id"] == near
    visitor.post("/music/feedback", {"listener": ME, "track_id": near, "action": "skip"})
    liked = visitor.post("/music/feedback", {"listener": ME, "track_id": far, "action": "like"})
    assert liked == {"track_id": far, "likes": 1, "skips": 0, "plays": 0}
    chosen = visitor.next(*HAPPY, listener=ME)  # -1/6 against -0.2 + 1/6
    assert (chosen["track"]["id"], chosen["reason"]["track"]) == (far, "liked")
    assert visitor.next(*HAPPY, listener=YOU)["track"]["id"] == near
    visitor.ask("DELETE", "/music/feedback", status=204, listener=ME)
    assert visitor.next(*HAPPY, listener=ME)["track"]["id"] == near


def test_a_skip_and_a_like_can_be_taken_back(visitor, two):
    track = visitor.next(*HAPPY)["track"]["id"]
    for action in ("skip", "like", "played", "unskip", "unlike", "unskip"):
        kept = visitor.post("/music/feedback", {"listener": ME, "track_id": track, "action": action})
    assert kept == {"track_id": track, "likes": 0, "skips": 0, "plays": 1}


def test_no_track_repeats_at_once(visitor, two):
    recent: list[int] = []
    for _ in range(6):
        track = visitor.next(*HAPPY, recent=recent)["track"]["id"]
        assert track not in recent[:1]
        recent.insert(0, track)


def test_lift_leads_from_low_to_bright(visitor, two):
    asked = {"policy": "lift", "origin": "face"}
    names = [visitor.next(*SAD, songs=n, **asked)["playlist"]["name"] for n in range(7)]
    assert names[0] == "Low"
    assert names[-1] == "Bright"
    assert names == sorted(names, reverse=True)  # and never back
    first, later, last = (visitor.next(*SAD, songs=n, **asked)["reason"] for n in (0, 3, 9))
    assert (first["step"], later["step"], last["step"]) == ("begin", "step", "arrived")
    assert first["text"] == (
        "Your expression is sad and calm, and “Lift” begins there: "
        "“Low” is the nearest playlist, and “Low 0” is its nearest track."
    )
    assert "“Lift” is 3 songs on its way to bright and energetic" in later["text"]


def test_a_goal_of_ones_own_is_followed(visitor, two):
    goal = {"valence": HAPPY[0], "arousal": HAPPY[1]}
    assert visitor.next(*SAD, policy="custom", goal=goal, songs=20)["playlist"]["name"] == "Bright"
    assert visitor.next(*SAD, policy="match", goal=goal, songs=20)["playlist"]["name"] == "Low"


def test_the_playlist_that_plays_stays_if_another_is_only_a_little_nearer(visitor):
    ids = {}
    for name, valence in {"A": 0.0, "B": 0.3}.items():
        song = visitor.add(name, valence, 0.0)
        ids[name] = visitor.post("/playlists", {"name": name, "track_ids": [song]}, status=201)["id"]
    drawn = {visitor.next(0.21, 0.0, playing=ids["A"], seed=seed)["playlist"]["name"] for seed in range(20)}
    assert drawn == {"A", "B"}  # .21 - .1 against .09
    assert {visitor.next(0.21, 0.0, seed=seed)["playlist"]["name"] for seed in range(20)} == {"B"}


def test_what_cannot_be_played_is_never_chosen(visitor, two):
    near, far = (
        e["track"]["id"] for e in visitor.get(f"/playlists/{two['Bright']['id']}/entries")["entries"]
    )
    from webapp.music.catalogue import tracks

    visitor.music.database.write(tracks.mark, near, "missing", "gone")
    assert visitor.next(*HAPPY)["track"]["id"] == far
    visitor.music.database.write(tracks.mark, far, "unreadable", "broken")
    assert visitor.next(*HAPPY)["playlist"]["name"] == "Low"


@pytest.mark.parametrize("mood", [(0.0, 0.0), (0.95, -0.95), (-0.4, 0.3)])
def test_a_long_playlist_gives_the_same_as_looking_at_all_of_it(visitor, monkeypatch, mood):
    rows = [(x / 20 - 1, y / 20 - 1) for x in range(0, 41) for y in range(0, 41)]  # 1681 tracks, 0.05 apart
    for valence, arousal in rows[::3]:
        visitor.add(f"{valence:.2f} {arousal:.2f}", valence, arousal)
    ids = [
        t["id"]
        for page in (1, 2, 3)
        for t in visitor.get("/tracks", kind="file", page=page, page_size=200)["tracks"]
    ]
    visitor.post("/playlists", {"name": "Long", "track_ids": ids}, status=201)
    recent = ids[:3]
    whole = [visitor.next(*mood, seed=seed, recent=recent)["track"]["id"] for seed in range(12)]
    monkeypatch.setattr(selection, "LONG", 100)
    monkeypatch.setattr(selection, "NEAREST", 20)
    reached = []
    find = selection._in_reach
    monkeypatch.setattr(selection, "_in_reach", lambda *a: reached.append(find(*a)) or reached[-1])
    assert [visitor.next(*mood, seed=seed, recent=recent)["track"]["id"] for seed in range(12)] == whole
    assert len(reached) == 12
    assert all(reached)


def place_on_one_point(visitor, titles, valence=0.5):
    ids = [visitor.add(title, valence, 0.5) for title in titles]
    visitor.post(
        "/playlists",
        {"name": "Alike", "point": {"valence": 0, "arousal": 0}, "track_ids": ids},
        status=201,
    )
    return ids


@pytest.mark.parametrize("long", [10, 1000])
def test_of_many_tracks_on_one_point_each_has_its_turn(visitor, monkeypatch, long):
    monkeypatch.setattr(selection, "NEAREST", 5)
    monkeypatch.setattr(selection, "LONG", long)
    monkeypatch.setattr(selection, "TURNS", 20)
    ids = place_on_one_point(visitor, [f"Track {number}" for number in range(12)])
    drawn = [visitor.next(0.5, 0.5, seed=seed)["track"]["id"] for seed in range(80)]
    assert set(drawn) == set(ids)
    assert drawn[:5] == [visitor.next(0.5, 0.5, seed=seed)["track"]["id"] for seed in range(5)]


def test_in_a_long_playlist_tracks_without_a_mood_count_too(visitor, monkeypatch):
    monkeypatch.setattr(selection, "NEAREST", 5)
    monkeypatch.setattr(selection, "LONG", 10)
    ids = [visitor.add(f"Known {number}", 0.3, 0.0) for number in range(20)] + [visitor.add("Unknown")]
    point = {"valence": 0.0, "arousal": 0.0}
    visitor.post("/playlists", {"name": "Mixed", "point": point, "track_ids": ids}, status=201)
    assert visitor.next(0.0, 0.0)["track"]["title"] == "Unknown"
    assert visitor.next(0.3, 0.0)["track"]["title"].startswith("Known")


def test_a_nearer_track_beside_the_square_that_is_looked_up_counts_too(visitor, monkeypatch):
    monkeypatch.setattr(selection, "NEAREST", 5)
    monkeypatch.setattr(selection, "LONG", 10)
    ids = [visitor.add(f"Corner {number}", 0.599, 0.599) for number in range(20)]
    ids.append(visitor.add("Side", 0.605, 0.5))
    point = {"valence": 0.0, "arousal": 0.0}
    visitor.post("/playlists", {"name": "Square", "point": point, "track_ids": ids}, status=201)
    assert visitor.next(0.5, 0.5)["reason"]["track"] == "among_near"
    assert "Side" in {visitor.next(0.5, 0.5, seed=seed)["track"]["title"] for seed in range(30)}


def test_what_was_liked_counts_in_a_long_playlist_however_many_are_nearer(visitor, monkeypatch):
    monkeypatch.setattr(selection, "NEAREST", 5)
    monkeypatch.setattr(selection, "LONG", 10)
    ids = place_on_one_point(visitor, ["Liked", *(f"Near {number}" for number in range(20))])
    visitor.ask("PATCH", f"/tracks/{ids[0]}", {"point": {"valence": 0.4, "arousal": 0.5}})
    for _ in range(2):
        visitor.post("/music/feedback", {"listener": ME, "track_id": ids[0], "action": "like"})
    drawn = {visitor.next(0.5, 0.5, seed=seed, listener=ME)["track"]["title"] for seed in range(30)}
    assert "Liked" in drawn  # 0.5 * 1/3 - 0.1 against 0
    rested = visitor.next(0.5, 0.5, listener=ME, recent=[ids[0]])["track"]["title"]
    assert rested.startswith("Near")
    assert not any(
        visitor.next(0.5, 0.5, seed=seed, listener=YOU)["track"]["title"] == "Liked" for seed in range(30)
    )


def test_one_playlist_can_be_asked_for(visitor, two):
    built_in = visitor.get("/playlists", page_size=3)["playlists"][2]
    assert visitor.next(*HAPPY, playlist_id=built_in["id"])["playlist"]["id"] == built_in["id"]
    assert (
        visitor.post("/music/next", {"mood": {"valence": 0, "arousal": 0}, "playlist_id": 999}, status=404)[
            "code"
        ]
        == "no_music"
    )


def test_tracks_without_a_mood_count_as_their_playlist(visitor):
    songs = [visitor.add("unknown"), visitor.add("far", 0.9, 0.9)]
    point = {"valence": -0.5, "arousal": 0.0}
    visitor.post("/playlists", {"name": "Odd", "point": point, "track_ids": songs}, status=201)
    assert visitor.next(-0.5, 0.0)["track"]["title"] == "unknown"


def test_policies_are_listed(visitor):
    found = visitor.get("/music/policies")["policies"]
    assert [policy["name"] for policy in found] == ["match", "lift", "calm", "custom"]
    assert found[1]["goal"] == {"valence": 0.8, "arousal": 0.4}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "mood: Missing data"),
        ({"mood": {"valence": 0}}, 422, "mood/arousal: Missing"),
        ({"mood": {"valence": "NaN", "arousal": 0}}, 422, "mood/valence"),
        (
            {"mood": {"valence": 0, "arousal": 0}, "policy": "up"},
            404,
            "no policy 'up'. Known are match, lift",
        ),
        ({"mood": {"valence": 0, "arousal": 0}, "recent": list(range(51))}, 422, "recent: Longer"),
        ({"mood": {"valence": 0, "arousal": 0}, "listener": "me'; DROP"}, 422, "listener"),
        ({"mood": {"valence": 0, "arousal": 0}, "kinds": ["tape"]}, 422, "kinds/0"),
        *(
            ({"mood": {"valence": 0, "arousal": 0}, "seed": seed}, 422, "seed: ")
            for seed in ("0", "", 0.0, 1.5, True, [0], {}, -1, 2**63)
        ),
        ({"mood": {"valence": 0, "arousal": 0}, "songs": "1"}, 422, "songs: Not a valid integer"),
    ],
)
def test_a_wrong_wish_is_told_what_is_wrong(visitor, body, status, says):
    assert says in visitor.post("/music/next", body, status=status)["detail"]


def test_without_its_database_music_says_so_and_the_rest_works(tmp_path):
    (tmp_path / "file").write_text("")
    app = make_app(DATA_DIR=str(tmp_path / "file" / "data"))
    answer = Visitor(app).ask("GET", "/playlists", status=503)
    assert (answer["code"], answer["retry_after_ms"]) == ("music_unavailable", 3000)
    assert str(tmp_path) not in answer["detail"]  # the operator's details are in the log alone
    assert "it does not answer as it should" in answer["detail"]
    assert app.test_client().get("/").status_code == 200
    assert app.test_client().get("/readyz").status_code == 200


def test_the_routes_stand_in_the_openapi_document(visitor):
    paths = visitor.get("/openapi.json")["paths"]
    assert set(paths["/api/v1/playlists"]) == {"get", "post"}
    assert "/api/v1/music/next" in paths
