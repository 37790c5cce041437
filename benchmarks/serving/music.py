"""Times of a large music folder: `python -m benchmarks.serving.music [--tracks 20000]`.

Real files are scanned, then tracks and playlists are requested over HTTP. Mood estimation is left out, since it takes a
second per file in the background: every file has a mood tag.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from mutagen.flac import FLAC

from tests.music.conftest import Visitor, make_app
from webapp.music.mood_estimation import MOODS
from webapp.music.scanner.process import scan_progress
from webapp.music.scanner.scan import Scanner

FOLDERS = 100


def make_folder(root: Path, num_tracks: int) -> None:
    """Writes one-second FLAC files with tags, spread evenly over subfolders."""
    sound = io.BytesIO()
    soundfile.write(sound, np.sin(np.arange(8000) / 5) * 0.1, 8000, format="FLAC")
    words = sorted(MOODS)
    for number in range(num_tracks):
        path = root / f"folder {number % FOLDERS:03}" / f"{number:05}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sound.getvalue())
        file = FLAC(path)
        file.update(
            {
                "title": f"Track {number}",
                "artist": f"Artist {number % 997}",
                "mood": words[number % len(words)],
            }
        )
        file.save()


def times_ms(act: Callable[[int], object], repeats: int = 60) -> tuple[float, float, float, float]:
    """Returns the median and the slowest of some runs after a first one, and those of their CPU time, in ms.

    CPU time does not depend on what else the machine does.
    """
    act(0)
    found, worked = [], []
    for number in range(repeats):
        started_s, cpu_s = time.perf_counter(), time.process_time()
        act(number)
        worked.append((time.process_time() - cpu_s) * 1000)
        found.append((time.perf_counter() - started_s) * 1000)
    return statistics.median(found), max(found), statistics.median(worked), max(worked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=20_000)
    parser.add_argument("--database", default="", help="DATABASE_URL; a new SQLite file if left out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "music"
        make_folder(root, options.tracks)
        visitor = Visitor(
            make_app(DATA_DIR=f"{folder}/data", DATABASE_URL=options.database, MUSIC_DIR=str(root))
        )
        print("| what | median / slowest | CPU, median / slowest |\n|---|---|---|")
        measure_scans(visitor, root, options.tracks)
        measure_pages(visitor, options.tracks)
        visitor.music.close()


def measure_scans(visitor: Visitor, root: Path, num_tracks: int) -> None:
    for what in (f"first scan of {num_tracks} files", "second scan, nothing new"):
        started_s, cpu_s = time.perf_counter(), time.process_time()
        Scanner(visitor.music.database, root).run()
        print(f"| {what} | {time.perf_counter() - started_s:.1f} s | {time.process_time() - cpu_s:.1f} s |")
    state = visitor.music.database.write(scan_progress, has_folder=True)
    if (state.state, state.num_problems) != ("done", 0):
        raise SystemExit(f"error: the scan did not go well: {state}")


def measure_pages(visitor: Visitor, num_tracks: int) -> None:
    ids = [track["id"] for page in range(1, 26) for track in some_tracks(visitor, page)][:5000]
    big = visitor.post("/playlists", {"name": "All", "track_ids": ids}, status=201)["id"]
    while visitor.get(f"/playlists/{big}")["num_tracks"] < num_tracks:
        page = 1 + visitor.get(f"/playlists/{big}")["num_tracks"] // 200
        some = [track["id"] for track in some_tracks(visitor, page)]
        visitor.post(f"/playlists/{big}/entries", {"track_ids": some}, status=204)
    last = num_tracks // 50
    for what, act in {
        "playlists, first page": lambda _: visitor.get("/playlists"),
        "tracks, first page": lambda _: visitor.get("/tracks"),
        "tracks, last page": lambda _: visitor.get("/tracks", page=last),
        "tracks, search": lambda number: visitor.get("/tracks", search=f"track {number}"),
        f"entries of a playlist of {num_tracks}, last page": lambda _: visitor.get(
            f"/playlists/{big}/entries", page=last
        ),
        "next, from all playlists": lambda number: visitor.next(*spot(number), listener="benchmark"),
        f"next, from one playlist of {num_tracks}": lambda n: visitor.next(*spot(n), playlist_id=big),
    }.items():
        median, slowest, cpu, cpu_slowest = times_ms(act)
        print(f"| {what} | {median:.1f} / {slowest:.1f} ms | {cpu:.1f} / {cpu_slowest:.1f} ms |", flush=True)


def some_tracks(visitor: Visitor, page: int) -> list[dict]:
    return visitor.get("/tracks", kind="file", page=page, page_size=200)["tracks"]


def spot(number: int) -> tuple[float, float]:
    return (number % 19) / 9.5 - 1, (number % 7) / 3.5 - 1


if __name__ == "__main__":
    main()
