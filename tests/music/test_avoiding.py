"""What was heard just now, or did not play, gives way to something else, also from another playlist."""

import pytest


@pytest.fixture
def lists(visitor):
    """A playlist of one track at the mood, and one of two further away; returns the ids of their tracks."""
    one = visitor.add("Station", kind="stream", key="http://radio.example/live")
    others = [visitor.add("A", 0.5, 0.5), visitor.add("B", 0.5, 0.4)]
    near = {"name": "Near", "point": {"valence": 0, "arousal": 0}, "track_ids": [one]}
    far = {"name": "Far", "point": {"valence": 0.6, "arousal": 0.5}, "track_ids": others}
    for body in (near, far):
        visitor.post("/playlists", body, status=201)
    return one, others


def test_a_playlist_of_one_track_does_not_play_it_twice_in_a_row(visitor, lists):
    one, others = lists
    assert visitor.next(0, 0)["track"]["id"] == one
    assert visitor.next(0, 0, recent=[one])["track"]["id"] in others
    assert visitor.next(0, 0, recent=[others[0], one])["track"]["id"] == one


def test_what_did_not_play_is_avoided_while_something_else_is_left(visitor, lists):
    one, (a, b) = lists
    assert visitor.next(0, 0, avoid=[one])["track"]["id"] in (a, b)
    assert visitor.next(0.6, 0.5, avoid=[a, one])["track"]["id"] == b
    assert visitor.next(0, 0, avoid=[one, a, b])["track"]["kind"] == "built_in"


def test_one_playlist_that_was_asked_for_plays_what_it_has(visitor, lists):
    one, _ = lists
    near = visitor.get("/playlists")["playlists"][1]
    assert near["name"] == "Near"
    again = visitor.next(0, 0, playlist_id=near["id"], recent=[one], avoid=[one])
    assert again["track"]["id"] == one
