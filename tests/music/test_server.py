"""Music in real server processes, in both asynchronous modes: the scanner, sound in parts, trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.music import sounds
from tests.music.conftest import emptied
from tests.support.images import face_jpeg
from tests.support.live_client import Client
from tests.support.servers import Server
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("music")
    for name in ("keep", "delete", "break"):
        sounds.write_tagged(root / "Bright" / f"{name}.flac", sounds.cheerful(20), title=name, mood="happy")
    return root


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(
    request: pytest.FixtureRequest, artifact: Path, folder: Path, start_server: Callable[..., Server]
) -> Iterator[Server]:
    running = start_server(MODEL_DIR=str(artifact), ASYNC_MODE=request.param, MUSIC_DIR=str(folder))
    wait_for_scan(running)
    yield running
    assert running.alive(), running.log()
    assert running.stop() == 0
    assert "Traceback" not in running.log(), running.log()


def api(server: Server, path: str, method: str = "get", **options) -> requests.Response:
    return requests.request(method, f"{server.url}/api/v1{path}", timeout=30, **options)


def wait_for_scan(server: Server) -> dict:
    def ended() -> dict | None:
        state = api(server, "/music/scan").json()
        return state if state["state"] in ("done", "failed") else None

    return wait_until(ended, 240, "the scan's end")  # the scanner gives way to everything else


def track(server: Server, title: str) -> dict:
    (found,) = api(server, "/tracks", params={"search": title, "kind": "file"}).json()["tracks"]
    return found


def test_the_folder_is_scanned_at_the_start_in_a_process_of_its_own(server):
    state = wait_for_scan(server)
    assert (state["state"], state["has_folder"], state["message"]) == ("done", True, "")
    assert track(server, "keep")["state"] == "ok"


def test_sound_is_sent_whole_in_parts_and_not_again(server, folder):
    content = (folder / "Bright" / "keep.flac").read_bytes()
    path = f"/tracks/{track(server, 'keep')['id']}/audio"
    whole = api(server, path)
    assert (whole.status_code, whole.content == content) == (200, True)
    assert whole.headers["Content-Type"] == "audio/flac"
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = api(server, path, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content == content[1000:2000]) == (206, True)
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(content)}"
    rest = api(server, path, headers={"Range": f"bytes={len(content) - 5}-"})
    assert (rest.status_code, rest.content) == (206, content[-5:])
    assert api(server, path, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    assert api(server, path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert api(server, path, "head").headers["Content-Length"] == str(len(content))


@pytest.mark.parametrize(
    "path", ["/tracks/../audio", "/tracks/..%2f..%2fetc/audio", "/tracks/-1/audio", "/tracks/0x1/audio"]
)
def test_files_have_no_other_address_than_their_id(server, path):
    assert requests.get(f"{server.url}/api/v1{path}", timeout=10).status_code == 404


def test_a_file_deleted_while_it_plays_costs_that_track_alone(server, folder):
    known = track(server, "delete")
    path = f"/tracks/{known['id']}/audio"
    file = folder / "Bright" / "delete.flac"
    content = file.read_bytes()
    with requests.get(f"{server.url}/api/v1{path}", stream=True, timeout=30) as playing:
        first = playing.raw.read(1000)
        file.unlink()
        assert first + playing.raw.read() == content  # who hears it already hears its end
    answer = api(server, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "file_gone")
    assert track(server, "delete")["state"] == "missing"
    chosen = {next_title(server, seed) for seed in range(8)}
    assert "delete" not in chosen
    assert "keep" in chosen
    file.write_bytes(content)  # for the other mode


def next_title(server: Server, seed: int) -> str:
    wish = {"mood": {"valence": 0.8, "arousal": 0.5}, "seed": seed}
    return api(server, "/music/next", "post", json=wish).json()["track"]["title"]


def test_a_damaged_file_is_found_out_and_skipped(server, folder):
    known = track(server, "break")
    file = folder / "Bright" / "break.flac"
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] + b"\0" * (len(content) // 2))
    checked = api(server, f"/tracks/{known['id']}/check", "post").json()
    assert (checked["state"], bool(checked["problem"])) == ("unreadable", True)
    assert "break" not in {next_title(server, seed) for seed in range(8)}
    file.write_bytes(content)
    assert api(server, f"/tracks/{known['id']}/check", "post").json()["state"] == "ok"


def test_another_scan_finds_what_is_new(server, folder):
    sounds.write_tagged(folder / "Bright" / "new.flac", sounds.cheerful(2), title="newcomer", mood="happy")
    assert api(server, "/music/scan", "post").status_code == 202
    wait_until(
        lambda: api(server, "/tracks", params={"search": "newcomer"}).json()["total"],
        240,
        "the newcomer in the catalogue",
    )
    assert track(server, "newcomer")["state"] == "ok"
    wait_for_scan(server)
    (folder / "Bright" / "new.flac").unlink()  # for the other mode


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_without_its_database_the_live_page_works(artifact, start_server, mode):
    address = "postgresql://x:geheim@127.0.0.1:1/x"
    server = start_server(MODEL_DIR=str(artifact), ASYNC_MODE=mode, DATABASE_URL=address)
    try:
        visitor = Client(server.url)
        for seq in range(5):
            answer = api(server, "/playlists")
            assert (answer.status_code, answer.json()["code"]) == (503, "music_unavailable")
            assert visitor.frame(face_jpeg(), seq)["ok"]
        visitor.close()
        assert server.get("/") == 200
    finally:
        assert server.stop() == 0
    assert "Traceback" not in server.log()
    assert "geheim" not in server.log()


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_server_with_postgresql_plays_while_somebody_is_read(artifact, start_server, postgres_url, mode):
    address = emptied(postgres_url)
    server = start_server(MODEL_DIR=str(artifact), ASYNC_MODE=mode, DATABASE_URL=address)
    try:
        visitor = Client(server.url)
        made = api(server, "/playlists", "post", json={"name": "Mine", "copy_of": 1}).json()
        with ThreadPoolExecutor(32) as pool:
            titles = list(pool.map(lambda seed: next_title(server, seed), range(64)))
            assert visitor.frame(face_jpeg(), 1)["ok"]
        assert all(titles)
        visitor.close()
        assert api(server, "/playlists", params={"page_size": 1}).json()["playlists"] == [made]
    finally:
        assert server.stop() == 0
    assert "Traceback" not in server.log()
