"""Whose playlists, pasted addresses, likes and journals are: a random id in a cookie, and `MUSIC_EDITS`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import expect
from sqlalchemy import insert, select

from tests.music.conftest import Visitor, make_app
from tests.support.browser.steps import unfold
from tests.support.servers import SHIPPED, Server, while_alive
from webapp.music.catalogue import engine as catalogue_engine
from webapp.music.catalogue import playlists, tracks
from webapp.music.catalogue.database import database_url
from webapp.music.catalogue.engine import make_engine
from webapp.music.catalogue.tables import Playlist, Track
from webapp.settings import Settings

YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
SPOTIFY = "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC"


def coming(app) -> Visitor:
    """A visitor whose browser has opened the page."""
    visitor = Visitor(app)
    assert visitor.client.get("/music").status_code == 200
    return visitor


@pytest.fixture
def own(url: str) -> Iterator[tuple[Visitor, Visitor]]:
    """Two visitors of a server on which each has their own, on each kind of database."""
    app = make_app(DATABASE_URL=url, MUSIC_EDITS="own", WEB_FETCH="off")
    yield coming(app), coming(app)
    app.extensions["countenance"].music.close()


@pytest.fixture
def shared(url: str) -> Iterator[tuple[Visitor, Visitor]]:
    app = make_app(DATABASE_URL=url, MUSIC_EDITS="everyone", WEB_FETCH="off")
    yield coming(app), coming(app)
    app.extensions["countenance"].music.close()


def own_names(visitor: Visitor) -> list[str]:
    return [one["name"] for one in visitor.get("/playlists")["playlists"] if one["kind"] == "own"]


def make(visitor: Visitor, name: str, *addresses: str) -> dict:
    ids = [visitor.post("/tracks", {"url": url}, status=201)["tracks"][0]["id"] for url in addresses]
    return visitor.post("/playlists", {"name": name, "track_ids": ids}, status=201)


def test_the_page_gives_a_visitor_a_random_id_that_scripts_cannot_read():
    client = make_app().test_client()
    (cookie,) = [one for one in client.get("/music").headers.getlist("Set-Cookie") if "visitor=" in one]
    assert re.match(r"visitor=[0-9a-f]{32};", cookie)
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    again = client.get("/music").headers["Set-Cookie"]
    assert again.split(";")[0] == cookie.split(";")[0]  # the same one, for another year
    assert "Secure" in client.get("/music", base_url="https://localhost").headers["Set-Cookie"]
    assert "Set-Cookie" not in client.get("/").headers


def test_a_playlist_and_its_addresses_are_its_visitors_alone(own):
    ann, bo = own
    mine = make(ann, "Mine", YOUTUBE)
    assert (mine["may_change"], own_names(ann), own_names(bo)) == (True, ["Mine"], [])
    (track,) = ann.get("/tracks", kind="embed")["tracks"]
    assert (track["url"], track["may_change"]) == (YOUTUBE, True)
    assert bo.get("/tracks", kind="embed")["tracks"] == []
    here, there = f"/playlists/{mine['id']}", f"/tracks/{track['id']}"
    for method, path, body in [
        ("GET", here, None),
        ("GET", f"{here}/entries", None),
        ("GET", f"{here}/export", None),
        ("PATCH", here, {"name": "Bo's"}),
        ("DELETE", here, None),
        ("POST", f"{here}/entries", {"track_ids": [track["id"]]}),
        ("POST", "/playlists", {"name": "Copy", "copy_of": mine["id"]}),
        ("POST", "/playlists", {"name": "Peek", "track_ids": [track["id"]]}),
        ("GET", there, None),
        ("PATCH", there, {"point": {"valence": 0, "arousal": 0}}),
        ("DELETE", there, None),
        ("POST", "/music/feedback", {"track_id": track["id"], "action": "like"}),
    ]:
        assert bo.ask(method, path, body, status=404)["code"] == "not_found", (method, path)
    ann.ask("DELETE", here, status=204)
    bo.post(f"{here}/restore", status=404)
    assert ann.post(f"{here}/restore")["name"] == "Mine"


def test_the_same_address_is_each_visitors_own(own):
    ann, bo = own
    first, second = make(ann, "A", YOUTUBE), make(bo, "B", YOUTUBE)
    (hers,), (his,) = (one.get("/tracks", kind="embed")["tracks"] for one in own)
    assert hers["id"] != his["id"]
    assert hers["url"] == his["url"] == YOUTUBE
    ann.ask("PATCH", f"/tracks/{hers['id']}", {"point": {"valence": 0.9, "arousal": 0.9}})
    assert bo.get(f"/tracks/{his['id']}")["point"] is None
    ann.ask("DELETE", f"/tracks/{hers['id']}", status=204)
    assert ann.get(f"/playlists/{first['id']}")["num_tracks"] == 0
    assert bo.get(f"/playlists/{second['id']}")["num_tracks"] == 1
    assert bo.post("/tracks", {"url": YOUTUBE}, status=201)["tracks"][0]["id"] == his["id"]


def test_music_is_chosen_from_ones_own_and_what_is_shared(own):
    ann, bo = own
    make(ann, "Mine", YOUTUBE)
    assert ann.next(0, 0)["playlist"]["name"] == "Mine"
    assert {bo.next(0, 0, seed=seed)["track"]["kind"] for seed in range(9)} == {"built_in"}


def test_what_is_shared_can_be_duplicated_but_not_changed(own):
    ann, _ = own
    first = ann.get("/playlists")["playlists"][0]
    assert (first["kind"], first["may_change"]) == ("built_in", False)
    here = f"/playlists/{first['id']}"
    piece = ann.get(f"{here}/entries")["entries"][0]["track"]
    for method, path, body in [
        ("PATCH", here, {"point": {"valence": 0, "arousal": 0}}),
        ("DELETE", here, None),
        ("PATCH", f"/tracks/{piece['id']}", {"point": {"valence": 0, "arousal": 0}}),
    ]:
        assert ann.ask(method, path, body, status=409)["code"] == "not_editable", path
    assert ann.post("/music/scan", status=403)["code"] == "read_only"
    copy = ann.post("/playlists", {"name": "My copy", "copy_of": first["id"]}, status=201)
    assert ann.ask("PATCH", f"/playlists/{copy['id']}", {"name": "Renamed"})["may_change"] is True


def test_who_comes_without_a_cookie_gets_one_with_what_they_make(own):
    stranger = Visitor(own[0].app)
    make(stranger, "From a script")
    assert own_names(stranger) == ["From a script"]
    assert own_names(own[0]) == []


def test_where_everyone_shares_one_makes_and_another_changes(shared):
    ann, bo = shared
    mine = make(ann, "Ours", YOUTUBE)
    assert own_names(bo) == ["Ours"]
    assert bo.ask("PATCH", f"/playlists/{mine['id']}", {"name": "Theirs"})["name"] == "Theirs"


def test_the_first_start_never_begins_with_what_another_has_pasted(shared):
    ann, bo = shared
    make(ann, "Ours", YOUTUBE, SPOTIFY)
    assert {bo.next(0, 0, seed=seed, first=True)["track"]["kind"] for seed in range(9)} == {"built_in"}
    assert bo.next(0, 0, first=False)["track"]["kind"] == "embed"
    ours = ann.get("/playlists")["playlists"][0]["id"]
    assert bo.next(0, 0, first=True, playlist_id=ours)["track"]["kind"] == "embed"  # by the visitor's wish


def test_ones_own_address_may_begin_the_first_start(own):
    ann, _ = own
    make(ann, "Mine", YOUTUBE)
    assert ann.next(0, 0, first=True)["track"]["kind"] == "embed"


def test_another_setting_neither_shows_nor_loses_what_was_a_visitors_own(url):
    app = make_app(DATABASE_URL=url, MUSIC_EDITS="own", WEB_FETCH="off")
    ann = coming(app)
    make(ann, "Secret", YOUTUBE)
    ann.music.close()
    later = make_app(DATABASE_URL=url, MUSIC_EDITS="everyone", WEB_FETCH="off")
    hers, bo = Visitor(later), coming(later)
    hers.client.set_cookie("visitor", ann.client.get_cookie("visitor").value)
    assert (own_names(hers), own_names(bo)) == (["Secret"], [])
    secret = hers.get("/playlists")["playlists"][0]
    hers.post("/playlists", {"name": "Copy", "copy_of": secret["id"]}, status=201)
    assert own_names(bo) == []  # a copy of what is a visitor's own is so, too
    hers.music.close()


def test_likes_and_the_journal_belong_to_the_cookie(own):
    ann, bo = own
    track = ann.next(0, 0)["track"]["id"]
    assert ann.post("/music/feedback", {"track_id": track, "action": "like"})["likes"] == 1
    assert bo.post("/music/feedback", {"track_id": track, "action": "played"})["likes"] == 0
    note = {"day": "2026-11-24", "label": "happy", "seconds": 5}
    ann.post("/music/journal", note, status=204)
    assert (len(ann.get("/music/journal")["lines"]), bo.get("/music/journal")["lines"]) == (1, [])
    bo.ask("DELETE", "/music/journal", status=204)
    assert len(ann.get("/music/journal")["lines"]) == 1
    ann.ask("DELETE", "/music/journal", status=204)
    assert ann.get("/music/journal")["lines"] == []


def test_a_name_from_before_there_were_cookies_keeps_its_journal(shared):
    ann, _ = shared
    note = {"listener": "listener-of-old", "day": "2026-11-24", "label": "happy", "seconds": 5}
    ann.post("/music/journal", note, status=204)
    assert ann.get("/music/journal")["lines"] == []
    ann.post("/music/visitor", {"listener": "listener-of-old"}, status=204)
    assert len(ann.get("/music/journal")["lines"]) == 1


def test_a_visitor_makes_only_so_many(own, monkeypatch):
    ann, bo = own
    monkeypatch.setattr(playlists, "MAX_OWN_OF_VISITOR", 1)
    monkeypatch.setattr(tracks, "MAX_LINKS_OF_VISITOR", 1)
    make(ann, "One", YOUTUBE)
    assert ann.post("/playlists", {"name": "Two"}, status=409)["code"] == "full"
    assert ann.post("/tracks", {"url": SPOTIFY}, status=409)["code"] == "full"
    make(bo, "One", SPOTIFY)


@pytest.mark.parametrize(
    ("environment", "address", "expected"),
    [
        ({}, "http://localhost:8000", "everyone"),
        ({}, "http://127.0.0.1:8000", "everyone"),
        ({}, "http://[::1]:8000", "everyone"),
        ({"ALLOWED_HOSTS": "music.example"}, "https://music.example", "own"),  # a proxy on the same machine
        ({"HOST": "0.0.0.0"}, "http://localhost:8000", "own"),
        ({"HOST": "0.0.0.0"}, "http://192.168.0.2:8000", "own"),
        ({"HOST": "0.0.0.0", "MUSIC_EDITS": "everyone"}, "http://192.168.0.2:8000", "everyone"),
        ({"MUSIC_EDITS": "own"}, "http://localhost:8000", "own"),
        ({"MUSIC_EDITS": "nobody"}, "http://localhost:8000", "nobody"),
    ],
)
def test_whose_playlists_are_follows_the_address(environment, address, expected):
    page = make_app(**environment).test_client().get("/music", base_url=address).get_data(as_text=True)
    found = ('"edits": true' in page, '"shared": true' in page, '"own": true' in page)
    assert found == (expected != "nobody", expected == "everyone", expected == "own")


def test_the_setting_takes_these_words_alone():
    assert Settings.from_env({}).music_edits == "auto"
    for word in ("everyone", "own", "nobody"):
        assert Settings.from_env({"MUSIC_EDITS": word}).music_edits == word


def test_what_was_there_stays_everybodys_and_an_older_version_shows_nobodys_own(url, tmp_path):
    engine = make_engine(database_url(url, tmp_path))
    catalogue_engine.upgrade(engine, "0005")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO playlists (kind, name, placed_by) VALUES ('own', 'Old', 'tracks')"
        )
    catalogue_engine.upgrade(engine)
    with engine.begin() as connection:
        assert connection.execute(select(Playlist.name, Playlist.owner)).all() == [("Old", "")]
        connection.execute(
            insert(Playlist), {"kind": "own", "name": "S", "placed_by": "tracks", "owner": "ann"}
        )
        link = {"kind": "embed", "key": "ann https://x", "title": "x", "owner": "ann", "details": {}}
        connection.execute(insert(Track), link)
    catalogue_engine.downgrade(engine, "0005")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT name FROM playlists").scalars().all() == ["Old"]
        assert connection.exec_driver_sql("SELECT key FROM tracks").scalars().all() == []
    engine.dispose()


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Iterator[Server]:
    yield from while_alive(start_server(MODEL_DIR=str(SHIPPED), MUSIC_EDITS="own", WEB_FETCH="off"))


def test_two_browsers_of_a_real_server_have_each_their_own(server):
    ann, bo = requests.Session(), requests.Session()
    for one in (ann, bo):
        one.get(f"{server.url}/music", timeout=30)
    api = f"{server.url}/api/v1"
    made = ann.post(f"{api}/playlists", json={"name": "Mine"}, timeout=30)
    assert made.status_code == 201
    assert bo.get(f"{api}/playlists/{made.json()['id']}", timeout=30).status_code == 404
    assert ann.get(f"{api}/playlists/{made.json()['id']}", timeout=30).json()["name"] == "Mine"


@pytest.mark.browser
def test_a_new_visitor_sees_and_hears_nothing_of_another(server, open_page):
    first, _ = open_page(f"{server.url}/music")
    expect(first.locator("#panel-playlists")).to_contain_text("What you make here is yours alone")
    expect(first.locator("#lists")).to_contain_text("Plain day")  # the page is ready
    unfold(first)
    first.fill("#new-name", "Mine")
    first.keyboard.press("Enter")
    first.get_by_label("A title to look for").fill(YOUTUBE)
    first.get_by_label("A title to look for").press("Enter")
    expect(first.locator("#open-list ol .track")).to_have_count(1)
    second, watch = open_page(f"{server.url}/music")
    expect(second.locator("#lists")).to_contain_text("Plain day")
    expect(second.locator("#lists")).not_to_contain_text("Mine")
    expect(second.locator("#now-title")).to_have_text(re.compile("^Plain day"))
    unfold(second)
    second.get_by_role("button", name=re.compile("^Plain day")).click()
    expect(second.get_by_role("button", name="Duplicate to edit")).to_be_visible()
    assert second.get_by_role("button", name="Delete", exact=True).count() == 0
    second.click("#tab-folder")
    expect(second.locator("#track-list .track").first).to_be_visible()
    assert second.get_by_role("button", name=re.compile("^Correct the mood")).count() == 0
    first.reload()
    expect(first.locator("#lists")).to_contain_text("Mine")
    assert watch.errors == []


@pytest.mark.browser
def test_a_name_that_the_browser_kept_becomes_the_cookie_once(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    page.evaluate(
        """localStorage.setItem("countenance.music", JSON.stringify({listener: "name-of-earlier-days", volume: 0.5}))"""
    )
    with page.expect_response("**/music/visitor") as handed:
        page.reload()
    assert handed.value.status == 204
    expect(page.locator("#now-phase")).to_have_text("Ready to play")
    names = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert names["visitor"] == "name-of-earlier-days"
    assert page.evaluate("""JSON.parse(localStorage.getItem("countenance.music")).listener""") == ""
