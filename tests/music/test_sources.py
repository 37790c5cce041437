"""Stations from a real local server, embeds, playlists as files, the journal."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator

import pytest

from tests.music.conftest import Visitor, make_app
from tests.music.web_server import web
from webapp.errors import NotUnderstood
from webapp.music.catalogue import import_export, playlists, tracks
from webapp.music.sources.fetching import Fetcher

SPOTIFY = "https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M"


@pytest.fixture
def site() -> Iterator[str]:
    with web() as address:
        yield address


@pytest.fixture
def at_home(tmp_path) -> Iterator[Visitor]:
    """A visitor of a server that may ask its own network."""
    visitor = Visitor(make_app(DATA_DIR=str(tmp_path / "data"), WEB_FETCH="any"))
    yield visitor
    visitor.music.close()


@pytest.fixture
def offline(tmp_path) -> Iterator[Visitor]:
    visitor = Visitor(make_app(DATA_DIR=str(tmp_path / "data"), WEB_FETCH="off"))
    yield visitor
    visitor.music.close()


@pytest.mark.parametrize(
    ("path", "title"),
    [("/radio", "Test Radio"), ("/radio.pls", "By PLS"), ("/radio.m3u", "By M3U"), ("/moved", "By PLS")],
)
def test_a_station_is_found_behind_its_address(at_home, site, path, title):
    (track,) = at_home.post("/tracks", {"url": site + path}, status=201)["tracks"]
    assert (track["kind"], track["title"], track["url"]) == ("stream", title, f"{site}/radio")


def test_lines_that_are_no_addresses_do_not_spoil_the_others(at_home, site):
    (track,) = at_home.post("/tracks", {"url": f"{site}/broken-lines.m3u"}, status=201)["tracks"]
    assert track["url"] == f"{site}/radio"


def test_the_stations_behind_an_address_are_kept_together_or_not_at_all(at_home, site, monkeypatch):
    for limit in ("MAX_LINKS", "MAX_LINKS_OF_VISITOR"):
        monkeypatch.setattr(tracks, limit, 1)
    assert at_home.post("/tracks", {"url": f"{site}/two.m3u"}, status=409)["code"] == "full"
    assert at_home.get("/tracks", kind="stream")["tracks"] == []


def test_a_station_pasted_twice_is_one(at_home, site):
    first, second = (
        at_home.post("/tracks", {"url": f"{site}{p}"}, status=201) for p in ("/radio", "/plain.m3u")
    )
    assert first == second


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/hls.m3u8", "HLS stream"),
        ("/page", "neither sound nor a playlist"),
        ("/empty.m3u", "names no station"),
        ("/only-broken.pls", "names no station"),
        ("/unknown-encoding.xspf", "no XSPF playlist"),
        ("/nowhere", "status 404"),
        ("/loop", "only leads from one address to the next"),
    ],
)
def test_what_is_no_station_is_said(at_home, site, path, says):
    answer = at_home.post("/tracks", {"url": site + path}, status=422)
    assert (answer["code"], says in answer["detail"]) == ("not_understood", True), answer
    assert at_home.get("/tracks", kind="stream")["total"] == 0


@pytest.mark.parametrize(
    "url", ["ftp://x/y", "file:///etc/passwd", "radio", "http://u:p@x/", "http://[", "http://"]
)
def test_what_is_no_web_address_is_said(at_home, url):
    assert "Expected an address" in at_home.post("/tracks", {"url": url}, status=422)["detail"]


def test_a_server_that_speaks_no_http_is_said(at_home):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(20)
        import threading

        def chat():
            peer, _ = listener.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"220 mail ready\r\n")

        thread = threading.Thread(target=chat)
        thread.start()
        answer = at_home.post(
            "/tracks", {"url": f"http://127.0.0.1:{listener.getsockname()[1]}/"}, status=422
        )
        thread.join()
    assert "does not answer as a web server does" in answer["detail"]
    assert "220" not in answer["detail"]  # what another service says is nobody's business


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0", "2130706433"]
)
def test_private_hosts_are_not_asked_unless_the_operator_says_so(host):
    with pytest.raises(NotUnderstood, match="private network|no host"):
        Fetcher(private=False).get(f"http://{host}:1/")


def test_the_answer_does_not_tell_which_inner_names_there_are():
    said = []
    for host in ("localhost", "nowhere.invalid"):
        with pytest.raises(NotUnderstood) as caught:
            Fetcher(private=False).get(f"http://{host}:1/")
        said.append(str(caught.value).replace(host, "HOST"))
    assert said[0] == said[1]


def test_an_embed_is_added_without_the_web(offline):
    (track,) = offline.post("/tracks", {"url": SPOTIFY}, status=201)["tracks"]
    assert (track["kind"], track["url"], track["title"][:8]) == ("embed", SPOTIFY, "Spotify:")
    assert track["details"]["frame"] == SPOTIFY.replace("com/", "com/embed/")
    assert "WEB_FETCH=off" in offline.post("/tracks", {"url": "http://a.example/radio"}, status=422)["detail"]


def test_a_title_is_asked_for_and_missed_by_nobody(site):
    fetcher = Fetcher(private=True)
    assert fetcher.title(f"{site}/oembed") == "A nice list"
    for path in ("/oembed-odd", "/page", "/nowhere"):
        assert fetcher.title(site + path) == ""
    assert fetcher.title("http://127.0.0.1:1/") == ""
    assert fetcher.title("") == ""


def upload(visitor, name: str, content: bytes, status: int = 201):
    answer = visitor.client.post(
        "/api/v1/playlists/import",
        data={"file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def titles(visitor, playlist: int) -> list[str]:
    return [entry["track"]["title"] for entry in visitor.get(f"/playlists/{playlist}/entries")["entries"]]


@pytest.mark.parametrize("kind", ["xspf", "json"])
def test_a_playlist_goes_out_and_comes_in(visitor, kind):
    visitor.music._fetcher = Fetcher(private=False, offline=True)
    (embed,) = visitor.post("/tracks", {"url": SPOTIFY}, status=201)["tracks"]
    piece = visitor.get("/tracks", kind="built_in")["tracks"][0]["id"]
    songs = [visitor.add("Ä/b 100%.ogg", 0.1, 0.2), embed["id"], piece]
    point = {"valence": -0.4, "arousal": 0.6}
    made = visitor.post(
        "/playlists", {"name": "Für <dich> & mich", "track_ids": songs, "point": point}, status=201
    )
    answer = visitor.client.get(f"/api/v1/playlists/{made['id']}/export?format={kind}")
    assert f'filename="F_r _dich_ _ mich.{kind}"' in answer.headers["Content-Disposition"]
    described = visitor.get("/openapi.json")["paths"]["/api/v1/playlists/{playlist_id}/export"]["get"][
        "responses"
    ]
    assert answer.mimetype in described["200"]["content"]
    back = upload(visitor, f"x.{kind}", answer.data)
    assert (back["num_left_out"], back["playlist"]["name"]) == (0, "Für <dich> & mich")
    assert titles(visitor, back["playlist"]["id"]) == titles(visitor, made["id"])
    if kind == "json":
        assert back["playlist"]["point"] == point


def test_an_m3u_from_elsewhere_finds_files_by_name_and_counts_the_rest(visitor):
    visitor.add("Bright/a.flac")
    visitor.add("Low/b.flac")
    visitor.add("Low/same.flac")
    visitor.add("Bright/same.flac")
    text = (
        "#EXTM3U\nC:\\Music\\a.flac\n/home/me/b.flac\nsame.flac\nBright/same.flac\n"
        "nowhere.mp3\nhttp://radio.example/live\n"
    )
    back = upload(visitor, "Old list.m3u", text.encode())
    assert (back["playlist"]["name"], back["num_left_out"]) == ("Old list", 2)
    found = titles(visitor, back["playlist"]["id"])
    assert found == ["Bright/a.flac", "Low/b.flac", "Bright/same.flac", "http://radio.example/live"]


MANY_FIELDS = "https://www.youtube.com/watch?v=dQw4w9WgXcQ&" + "&".join(
    f"a{number}=1" for number in range(60)
)


@pytest.mark.parametrize(
    "line", ["http://[", "http://[::1", "http://a\u2100b.com/", "http:///x", "http://x:99999/", MANY_FIELDS]
)
def test_lines_of_a_file_that_are_no_addresses_are_left_out_and_counted(visitor, line):
    back = upload(visitor, "list.m3u", f"{line}\nhttp://radio.example/live\n".encode())
    assert back["num_left_out"] == 1
    assert titles(visitor, back["playlist"]["id"]) == ["http://radio.example/live"]


def test_an_address_of_a_service_with_more_fields_than_any_of_its_own_is_said(offline):
    answer = offline.post("/tracks", {"url": MANY_FIELDS}, status=422)
    assert "not one that can be played here" in answer["detail"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.txt", b"a", "ends in .xspf, .json"),
        ("x.json", b"[1]", "no playlist as this app writes"),
        ("x.json", b'{"format": "countenance-playlist", "name": 3, "tracks": []}', "expected a text"),
        (
            "x.json",
            b'{"format": "countenance-playlist", "name": "a", "tracks": [], "point": {"valence": 9}}',
            "no playlist",
        ),
        ("x.json", b"[" * 100_000, "no playlist"),
        ("x.xspf", b"<x/>", "no XSPF playlist"),
        ("x.xspf", b'<?xml version="1.0" encoding="nope"?><playlist/>', "unknown encoding"),
        ("x.xspf", b'<?xml version="1.0" encoding="hex"?><playlist/>', "not a text encoding"),
    ],
)
def test_what_is_no_playlist_file_makes_no_playlist(offline, name, content, says):
    assert says in upload(offline, name, content, 422)["detail"]
    assert offline.get("/playlists")["total"] == 9


def test_the_journal_keeps_sums_and_forgets_them(visitor):
    me, you = "listener-me", "listener-you"
    for listener, day, label, seconds in [
        (me, "2026-11-24", "happy", 10.5),
        (me, "2026-11-24", "happy", 4.5),
        (me, "2026-11-24", "sad", 3600),
        (me, "2026-11-23", "neutral", 1),
        (you, "2026-11-24", "angry", 7),
    ]:
        body = {"listener": listener, "day": day, "label": label, "seconds": seconds}
        visitor.post("/music/journal", body, status=204)
    lines = visitor.get("/music/journal", listener=me)["lines"]
    assert [(line["day"], line["label"], line["seconds"]) for line in lines] == [
        ("2026-11-23", "neutral", 1),
        ("2026-11-24", "happy", 15),
        ("2026-11-24", "sad", 3600),
    ]
    visitor.ask("DELETE", "/music/journal", status=204, listener=me)
    assert visitor.get("/music/journal", listener=me) == {"lines": []}
    assert len(visitor.get("/music/journal", listener=you)["lines"]) == 1


@pytest.mark.parametrize(
    "change", [{"label": "bored"}, {"day": "24.11.2026"}, {"seconds": -1}, {"listener": "x"}]
)
def test_the_journal_takes_nothing_else(offline, change):
    good = {"listener": "listener-me", "day": "2026-11-24", "label": "happy", "seconds": 1}
    offline.post("/music/journal", {**good, **change}, status=422)


def test_a_public_server_can_refuse_all_changes_but_not_likes(tmp_path):
    visitor = Visitor(make_app(DATA_DIR=str(tmp_path / "data"), MUSIC_EDITS="nobody"))
    for method, path, body in [
        ("POST", "/playlists", {"name": "x"}),
        ("PATCH", "/playlists/1", {"point": {"valence": 0, "arousal": 0}}),
        ("DELETE", "/playlists/1", None),
        ("POST", "/tracks", {"url": SPOTIFY}),
        ("DELETE", "/tracks/1", None),
        ("POST", "/tracks/1/restore", None),
        ("POST", "/music/scan", None),
    ]:
        assert visitor.ask(method, path, body, status=403)["code"] == "read_only"
    assert upload(visitor, "x.m3u", b"a", 403)["code"] == "read_only"
    track = visitor.next(0.5, 0.5)["track"]["id"]
    visitor.post("/music/feedback", {"listener": "listener-me", "track_id": track, "action": "like"})
    assert visitor.get("/playlists")["total"] == 9
    visitor.music.close()


def test_there_are_only_so_many_playlists(visitor, monkeypatch):
    monkeypatch.setattr(playlists, "MAX_OWN", 2)
    for number in range(2):
        visitor.post("/playlists", {"name": str(number)}, status=201)
    assert visitor.post("/playlists", {"name": "3"}, status=409)["code"] == "full"
    first = visitor.get("/playlists")["playlists"][0]["id"]
    visitor.ask("DELETE", f"/playlists/{first}", status=204)
    assert "gone after a day" in visitor.post("/playlists", {"name": "3"}, status=409)["detail"]
    monkeypatch.setattr(playlists, "KEPT_S", -1)
    visitor.post("/playlists", {"name": "3"}, status=201)


def test_a_playlist_too_long_for_a_file_is_not_made_into_one(visitor, monkeypatch):
    songs = [visitor.add(f"{number}.ogg") for number in range(3)]
    made = visitor.post("/playlists", {"name": "Long", "track_ids": songs}, status=201)
    monkeypatch.setattr(import_export, "MAX_EXPORT_CHARS", 30)
    for kind in ("xspf", "json"):
        visitor.ask("GET", f"/playlists/{made['id']}/export", format=kind)
    monkeypatch.setattr(import_export, "MAX_EXPORT_CHARS", 29)
    for kind in ("xspf", "json"):
        refused = visitor.ask("GET", f"/playlists/{made['id']}/export", format=kind, status=413)
        assert "30 characters, at most 29" in refused["detail"]


def test_numbers_beyond_all_measure_in_a_json_file_are_refused(visitor):
    content = b'{"format":"countenance-playlist","name":"x","tracks":[],"point":{"valence":1%s,"arousal":0}}'
    assert upload(visitor, "x.json", content % (b"0" * 400), status=422)["code"] == "not_understood"


def test_json_files_are_legible(visitor):
    made = visitor.post("/playlists", {"name": "Empty"}, status=201)
    content = visitor.get(f"/playlists/{made['id']}/export", format="json")
    assert json.loads(json.dumps(content)) == {
        "format": "countenance-playlist",
        "version": 1,
        "name": "Empty",
        "point": None,
        "tracks": [],
    }
