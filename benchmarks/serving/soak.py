"""A long run with a fault a minute: `python -m benchmarks.serving.soak [--minutes 30] [--visitors 16] --out FOLDER`.

Visitors send frames over real websockets and come back when they are let go. Every minute something goes wrong: one of
the attacks of `benchmarks.serving.hostile`, a reload, a killed worker, the music's folder moved away. Every frame must
be answered or refused by name unless its connection ended under it, and every playlist that was said to be kept must be
there at the end; else the exit code is 1. Prints the sums; soak.svg and soak.json in the folder show the answers, the
memory, threads and open files over time.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import multiprocessing
import signal
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from websockets.exceptions import WebSocketException

from benchmarks.serving.attacks import attack, attacked_server, num_files
from benchmarks.serving.hostile import ATTACKS
from benchmarks.serving.live import make_frames, memory_mib
from benchmarks.serving.load import ANSWER_LIMIT_S, acknowledgement, joined, post_frame

ATTACK_S = 10.0
FIRST_FAULT_S = 30.0
RETRY_S = 0.2
SAMPLE_EVERY_S = 5.0
RELOAD, KILL, AWAY = "reload (SIGHUP)", "worker killed (SIGKILL)", "music folder moved away"


@dataclass
class Record:
    """What happened; times in seconds since the start.

    Attributes:
        answers: Time, and milliseconds until the answer, of each frame that was read.
        refused: Refusals by code.
        cut: Time of each frame whose connection ended before its answer.
        silent: Frames without an answer on a connection that lived on.
        faults: Time and name of each fault.
        samples: Time, MiB, threads and open files of the server's processes.
        saved: Ids of the playlists that the server said it had made.
    """

    answers: list[tuple[float, float]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    cut: list[float] = field(default_factory=list)
    silent: int = 0
    faults: list[tuple[float, str]] = field(default_factory=list)
    samples: list[tuple[float, float, int, int]] = field(default_factory=list)
    saved: list[int] = field(default_factory=list)


async def visit(
    url: str, frames: Sequence[bytes], rate: float, ends_s: float, record: Record, start_s: float
) -> None:
    """Sends frames until the end, on as many connections as it takes."""
    numbers = itertools.count()
    while time.perf_counter() < ends_s:
        try:
            async with joined(url) as socket:
                while time.perf_counter() < ends_s:
                    seq, sent_s = next(numbers), time.perf_counter()
                    await post_frame(socket, frames[seq % len(frames)], seq)
                    try:
                        reply = await asyncio.wait_for(acknowledgement(socket, seq), ANSWER_LIMIT_S)
                    except TimeoutError:
                        record.silent += 1
                        continue
                    except (WebSocketException, OSError):
                        record.cut.append(time.perf_counter() - start_s)
                        raise
                    now_s = time.perf_counter()
                    if reply["ok"]:
                        record.answers.append((now_s - start_s, (now_s - sent_s) * 1000))
                        wait_s = reply.get("next_in_ms", 0) / 1000
                    else:
                        record.refused[reply["error"]["code"]] += 1
                        wait_s = reply["error"].get("retry_after_ms", 0) / 1000
                    await asyncio.sleep(max(wait_s, sent_s + 1 / rate - now_s, 0))
        except (WebSocketException, OSError, TimeoutError):
            await asyncio.sleep(RETRY_S)


def fault(name: str, url: str, server: psutil.Process, music: Path) -> None:
    """Does one thing that goes wrong."""
    if name == RELOAD:
        server.send_signal(signal.SIGHUP)
    elif name == KILL:
        server.children()[0].send_signal(signal.SIGKILL)
    elif name == AWAY:
        moved = music.rename(music.with_name("away"))
        time.sleep(ATTACK_S)
        moved.rename(music)
    else:
        attacker = multiprocessing.get_context("spawn").Process(target=attack, args=(name, url, ATTACK_S))
        attacker.start()
        attacker.join()


def save_playlist(url: str, number: int) -> int | None:
    """Makes a playlist; returns its id if the server says that it is kept."""
    body = json.dumps({"name": f"Soak {number}"}).encode()
    request = urllib.request.Request(
        f"{url}/api/v1/playlists", body, {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["id"]
    except (OSError, ValueError, KeyError):
        return None


def sample(server: psutil.Process) -> tuple[float, int, int]:
    """Returns MiB, threads and open files of the server's processes."""
    processes = [server, *server.children(recursive=True)]
    return memory_mib(server), sum(one.num_threads() for one in processes), num_files(server)


async def run(
    url: str, server: psutil.Process, music: Path, *, minutes: float, visitors: int, rate: float
) -> Record:
    """Lets visitors and faults loose on a server."""
    record, frames, start_s = Record(), make_frames(), time.perf_counter()
    ends_s = start_s + 60 * minutes
    names = itertools.cycle([RELOAD, KILL, AWAY, *ATTACKS])
    tasks = [
        asyncio.create_task(visit(url, frames[7 * n % 60 :] + frames, rate, ends_s, record, start_s))
        for n in range(visitors)
    ]
    next_fault_s, next_sample_s = start_s + FIRST_FAULT_S, start_s
    while time.perf_counter() < ends_s:
        await asyncio.sleep(0.5)
        now_s = time.perf_counter()
        if now_s >= next_sample_s:
            next_sample_s += SAMPLE_EVERY_S
            try:
                record.samples.append((now_s - start_s, *sample(server)))
            except psutil.NoSuchProcess:
                print("a process ended while it was looked at", file=sys.stderr)
            kept = await asyncio.to_thread(save_playlist, url, len(record.saved))
            if kept is not None:
                record.saved.append(kept)
        if now_s >= next_fault_s and now_s < ends_s - 60:
            next_fault_s += 60
            name = next(names)
            record.faults.append((now_s - start_s, name))
            print(f"{now_s - start_s:5.0f} s: {name}", file=sys.stderr, flush=True)
            threading.Thread(target=fault, args=(name, url, server, music), daemon=True).start()
    await asyncio.gather(*tasks)
    return record


def missing_playlists(url: str, saved: Sequence[int]) -> int:
    """Returns how many of the playlists that were said to be kept are not there."""
    missing = 0
    for playlist in saved:
        try:
            with urllib.request.urlopen(f"{url}/api/v1/playlists/{playlist}", timeout=10):
                pass
        except OSError:
            missing += 1
    return missing


def draw(record: Record, path: Path) -> None:
    """Draws answers, memory, threads and open files over time, with the faults."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams["svg.fonttype"] = "none"  # letters as letters: a quarter of the bytes
    shape = {"figsize": (10, 9), "height_ratios": (2, 3, 1.5)}
    figure, axes = pyplot.subplots(3, 1, sharex=True, layout="constrained", **shape)
    times, ms = np.array(record.answers).T
    seconds = np.arange(0, times.max() + 5, 5)
    place = np.digitize(times, seconds)
    for share, name in ((50, "median"), (95, "p95"), (100, "slowest")):
        values = [
            np.percentile(ms[place == n], share) if (place == n).any() else np.nan
            for n in range(1, len(seconds) + 1)
        ]
        axes[0].plot(seconds / 60, values, label=name, linewidth=1)
    axes[0].set(ylabel="answer, ms", yscale="log")
    axes[0].legend(loc="upper right", fontsize=8)
    at, mib, num_threads, files = np.array(record.samples).T
    axes[1].plot(at / 60, mib)
    axes[1].set(ylabel="memory, MiB", ylim=(0, None))
    axes[2].plot(at / 60, num_threads, label="threads")
    axes[2].plot(at / 60, files, label="open files")
    axes[2].set(xlabel="minutes", ylim=(0, None))
    axes[2].legend(loc="upper right", fontsize=8)
    for begun_s, name in record.faults:
        for axis in axes:
            axis.axvline(begun_s / 60, color="0.8", linewidth=0.8, zorder=0)
        axes[1].annotate(name, (begun_s / 60, 10), rotation=90, fontsize=8, color="0.3", ha="right")
    figure.savefig(path)


def main() -> int:
    """Runs and prints; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--rate", type=float, default=5.0, help="frames per second of each (default: 5)")
    parser.add_argument("--out", type=Path, help="folder for soak.json and soak.svg")
    arguments = parser.parse_args()
    with attacked_server() as (url, server, music):
        shape = {"minutes": arguments.minutes, "visitors": arguments.visitors, "rate": arguments.rate}
        record = asyncio.run(run(url, server, music, **shape))
        missing = missing_playlists(url, record.saved)
    ms = [one for _, one in record.answers]
    p50, p95, slowest = np.percentile(ms, [50, 95, 100])
    print(f"{len(ms)} frames read: p50 / p95 / slowest {p50:.0f} / {p95:.0f} / {slowest:.0f} ms")
    print(f"refused by name: {dict(record.refused)}")
    print(f"cut off with their connection: {len(record.cut)}; silent: {record.silent}")
    for begun_s, name in record.faults:
        if num := sum(begun_s <= cut_s < begun_s + 60 for cut_s in record.cut):
            print(f"- of them in the minute of: {name}: {num}")
    print(f"playlists said to be kept: {len(record.saved)}, missing: {missing}")
    first, last = record.samples[2], record.samples[-1]
    print(
        f"MiB {first[1]:.0f} to {last[1]:.0f}, threads {first[2]} to {last[2]}, open files {first[3]} to {last[3]}"
    )
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        content = {**vars(record), "refused": dict(record.refused)}
        (arguments.out / "soak.json").write_text(json.dumps(content) + "\n")
        draw(record, arguments.out / "soak.svg")
    return int(bool(record.silent or missing or not record.saved))


if __name__ == "__main__":
    sys.exit(main())
