"""A whole installation, broken one part after the other under load: `make cluster-demo`.

nginx in front of web servers, their faces read by replicas on Ray Serve, requests counted in Redis, the music in
PostgreSQL: real processes on this machine. Visitors on real websockets send faces whose answers are known; then one
part after the other is killed and comes back, and every server is restarted with another model. Prints a table, and
draws the timeline into `--out`. `--readers stand-in` needs no Ray: the replicas are small processes with the same
models. Exits with 1 where a visitor had no answer for longer than the limit, an answer was wrong or a playlist is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from benchmarks.cluster.stack import NEW, OLD, RayReaders, Stack, StandIns, missing_programs, running
from benchmarks.serving.load import joined, send_faces
from benchmarks.serving.soak import missing_playlists, save_playlist
from webapp.inference import LABELS, load_classifier

ANSWER_LIMIT_S = 10.0
RECONNECT_S = 0.2
SAVE_EVERY_S = 1.0
LIMIT_S = 5.0
"""Longest time that a visitor may be without an answer; a refusal by name is one."""

REPLICA_LIMIT_S = 2.0
"""The same when a replica dies: nothing of the web server is lost."""

TOLERANCE = 0.003
"""Answers carry three decimals, and are averages over time of what are equal answers here."""


@dataclass
class Log:
    """What the visitors saw; times in seconds since the start.

    Attributes:
        answered: Time of each answer that carried labels.
        refused: Time and code of each refusal.
        cut: Frames whose connection ended before their answer.
        wrong: Answers that are another face's, or no model's.
        waits: End and length of each time between two answers or refusals of one visitor.
        saved: Ids of the playlists that a server said it had made.
        faults: Name, beginning and end of each fault.
    """

    answered: list[float] = field(default_factory=list)
    refused: list[tuple[float, str]] = field(default_factory=list)
    cut: int = 0
    wrong: int = 0
    waits: list[tuple[float, float]] = field(default_factory=list)
    saved: list[int] = field(default_factory=list)
    faults: list[tuple[str, float, float]] = field(default_factory=list)


class Visitor:
    """Sends its face a few times a second, on as many connections as it takes."""

    def __init__(self, url: str, crop: np.ndarray, expected: Sequence[np.ndarray], log: Log) -> None:
        """Connects to nothing yet.

        Args:
            url: Address of nginx.
            crop: Its face, uint8 `(48, 48, 1)`.
            expected: Probabilities by each model that may read it.
            log: Where it notes what it sees.
        """
        self._url, self._crop, self._expected, self._log = url, crop.tobytes(), expected, log
        self._numbers = itertools.count(1)

    async def visit(self, rate: float, start_s: float, is_over: Callable[[], bool]) -> None:
        """Sends until it is over."""
        last_s = time.perf_counter()
        while not is_over():
            try:
                async with joined(self._url) as socket:
                    while not is_over():
                        begun_s = time.perf_counter()
                        rest_s = await self._send(socket, start_s)
                        now_s = time.perf_counter()
                        self._log.waits.append((now_s - start_s, now_s - max(last_s, begun_s - 1 / rate)))
                        last_s = now_s
                        await asyncio.sleep(max(rest_s, begun_s + 1 / rate - now_s, 0))
            except (WebSocketException, OSError, TimeoutError):
                await asyncio.sleep(RECONNECT_S)

    async def _send(self, socket: ClientConnection, start_s: float) -> float:
        """Sends the face, notes the answer, and returns how long the server asks to wait."""
        try:
            reply = await asyncio.wait_for(
                send_faces(socket, self._crop, next(self._numbers)), ANSWER_LIMIT_S
            )
        except (WebSocketException, OSError, TimeoutError):
            self._log.cut += 1
            raise
        now_s = time.perf_counter() - start_s
        if not reply["ok"]:
            self._log.refused.append((now_s, reply["error"]["code"]))
            return reply["error"].get("retry_after_ms", 0) / 1000
        found = np.array([reply["faces"][0]["probs"][label] for label in LABELS])
        if min(np.abs(found - one).max() for one in self._expected) > TOLERANCE:
            self._log.wrong += 1
        self._log.answered.append(now_s)
        return 0.0


async def save_playlists(url: str, log: Log, is_over: Callable[[], bool]) -> None:
    """Makes a playlist every second, and notes those that the server says it keeps."""
    for number in itertools.count():
        if is_over():
            return
        kept = await asyncio.to_thread(save_playlist, url, number)
        if kept is not None:
            log.saved.append(kept)
        await asyncio.sleep(SAVE_EVERY_S)


Step = Callable[[], None]


def faults_of(stack: Stack) -> list[tuple[str, Step, Step]]:
    """Returns what goes wrong: a name, how it breaks, and how it is brought back."""
    first, readers = stack.instances[0], readers_of(stack)

    def restart_first() -> None:
        stack.restart(0)

    faults: list[tuple[str, Step, Step]] = [
        ("a replica is killed", readers.kill_one, readers.revive_one),
        ("a web server is killed", lambda: void(first.stop(signal.SIGKILL)), restart_first),
        ("Redis is killed", stack.redis.kill, stack.redis.start),
        (
            "PostgreSQL is killed",
            lambda: stack.postgres("-m", "immediate", "-w", "stop"),
            lambda: stack.postgres("-w", "start"),
        ),
    ]
    if stack.network.can_be_cut:
        faults.insert(1, ("the network to the readers is cut", stack.network.cut, stack.network.mend))
    if isinstance(readers, RayReaders):
        faults.insert(2, ("Ray's head is killed", readers.kill_head, readers.revive_head))
    return faults


def readers_of(stack: Stack) -> StandIns | RayReaders:
    """Returns what reads the faces beside the web servers."""
    if stack.readers is None:
        raise ValueError("this needs readers of their own. Received: a stack without")
    return stack.readers


def void(_value: object) -> None:
    """Takes what a call returns."""


def roll(stack: Stack) -> None:
    """Brings another model without stopping: readers with both, web servers one by one, readers with the new one."""
    readers = readers_of(stack)
    readers.offer([OLD, NEW])
    for number, one in enumerate(stack.instances):
        one.stop()
        stack.restart(number, MODEL_DIR=NEW)
    readers.offer([NEW])


async def run(stack: Stack, *, visitors: int, rate: float, calm_s: float, broken_s: float) -> Log:
    """Lets visitors in and breaks one part after the other."""
    log, over = Log(), asyncio.Event()
    crops, expected = faces_of(visitors)
    start_s = time.perf_counter()
    tasks = [
        asyncio.create_task(Visitor(stack.url, crop, known, log).visit(rate, start_s, over.is_set))
        for crop, known in zip(crops, expected, strict=True)
    ]
    tasks.append(asyncio.create_task(save_playlists(stack.url, log, over.is_set)))
    await asyncio.sleep(calm_s)
    for name, break_it, mend_it in faults_of(stack):
        begun_s = time.perf_counter() - start_s
        print(f"{begun_s:5.0f} s: {name}", file=sys.stderr, flush=True)
        await asyncio.to_thread(break_it)
        await asyncio.sleep(broken_s)
        await asyncio.to_thread(mend_it)
        log.faults.append((name, begun_s, time.perf_counter() - start_s))
        await asyncio.sleep(calm_s)
    begun_s = time.perf_counter() - start_s
    print(f"{begun_s:5.0f} s: every server restarts with another model", file=sys.stderr, flush=True)
    await asyncio.to_thread(roll, stack)
    log.faults.append(("all restart with another model", begun_s, time.perf_counter() - start_s))
    await asyncio.sleep(calm_s)
    over.set()
    await asyncio.gather(*tasks)
    return log


def faces_of(count: int) -> tuple[np.ndarray, list[list[np.ndarray]]]:
    """Returns faces of noise with large shapes, and what each model says of them."""
    random = np.random.default_rng(0)
    crops = random.integers(0, 256, (count, 6, 6, 1), np.uint8).repeat(8, 1).repeat(8, 2)
    known = []
    for folder in (OLD, NEW):
        model = load_classifier(folder, runtime="onnx", precision="float32")
        known.append(model.classify(crops))
        model.close()
    return crops, [list(one) for one in zip(*known, strict=True)]


@dataclass(frozen=True)
class Row:
    """What one fault did to the visitors.

    Attributes:
        name: Name of the fault, or `calm`.
        longest_s: Longest time that a visitor was without an answer.
        refused: Refusals by code, from its beginning to its end.
        back_s: Seconds from its beginning until the visitors again had nine tenths of their rate.
    """

    name: str
    longest_s: float
    refused: Counter[str]
    back_s: float


def rows_of(log: Log, *, calm_s: float, rate: float) -> list[Row]:
    """Returns the calm beginning and each fault, up to the next one's beginning."""
    begins = [0.0, *(begun for _, begun, _ in log.faults)]
    ends = [*begins[1:], max(log.answered, default=0.0)]
    names = ["calm", *(name for name, _, _ in log.faults)]
    answered = np.array(log.answered)
    rows = []
    for name, begun_s, ended_s in zip(names, begins, ends, strict=True):
        waits = [wait for at, wait in log.waits if begun_s <= at < ended_s]
        refused = Counter(code for at, code in log.refused if begun_s <= at < ended_s)
        slow = [
            second
            for second in np.arange(begun_s, ended_s - 1, 0.5)
            if ((answered >= second) & (answered < second + 1)).sum() < 0.9 * rate
        ]
        back_s = max(slow) + 1 - begun_s if slow and name != "calm" else 0.0
        rows.append(Row(name, max(waits, default=0.0), refused, back_s))
    return rows


def draw(log: Log, path: Path) -> None:
    """Draws answers and refusals a second, and the longest wait, with the faults."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 1, figsize=(9, 5), sharex=True, layout="constrained")
    seconds = np.arange(0, max(log.answered) + 1)
    axes[0].stairs(np.histogram(log.answered, [*seconds, seconds[-1] + 1])[0][:-1], seconds, label="answers")
    if log.refused:
        times = [at for at, _ in log.refused]
        axes[0].stairs(np.histogram(times, [*seconds, seconds[-1] + 1])[0][:-1], seconds, label="refusals")
    axes[0].set(ylabel="a second", ylim=(0, None))
    axes[0].legend(loc="lower right", fontsize=8)
    at, waits = np.array(log.waits).T
    longest = np.zeros(int(at.max()) + 1)
    np.maximum.at(longest, at.astype(int), waits)
    axes[1].stairs(longest, fill=True)
    axes[1].set(ylabel="longest without an answer, s", xlabel="seconds", ylim=(0, None))
    for name, begun_s, ended_s in log.faults:
        for axis in axes:
            axis.axvspan(begun_s, ended_s, color="0.92", zorder=0)
        above = ("data", "axes fraction")
        axes[0].annotate(name, (begun_s, 1.03), xycoords=above, rotation=20, fontsize=7)
    figure.savefig(path)


def main() -> None:
    """Runs, prints, and says with its exit code whether the limits held."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", choices=("ray", "stand-in"), default="ray")
    parser.add_argument("--ray", type=Path, default=Path(".venv-ray/bin"), help="folder with Ray's programs")
    parser.add_argument("--instances", type=int, default=3, help="web servers (default: 3)")
    parser.add_argument("--visitors", type=int, default=24)
    parser.add_argument("--rate", type=float, default=2.0, help="faces per second of each (default: 2)")
    parser.add_argument(
        "--calm", type=float, default=20.0, help="seconds before, between and after the faults"
    )
    parser.add_argument("--broken", type=float, default=5.0, help="seconds that a part stays away")
    parser.add_argument("--out", type=Path, help="folder for cluster.svg and cluster.json")
    arguments = parser.parse_args()
    if missing := missing_programs():
        raise SystemExit(f"This needs programs that are not here: apt-get install {' '.join(missing)}")
    if arguments.readers == "ray" and not (arguments.ray / "serve").is_file():
        raise SystemExit(
            f"There is no {arguments.ray / 'serve'}: `make cluster-demo` installs Ray, or use --readers stand-in."
        )
    with running(arguments.instances, arguments.readers, arguments.ray.absolute()) as stack:
        log = asyncio.run(
            run(
                stack,
                visitors=arguments.visitors,
                rate=arguments.rate,
                calm_s=arguments.calm,
                broken_s=arguments.broken,
            )
        )
        missing_lists = missing_playlists(stack.url, log.saved)
    rows = rows_of(log, calm_s=arguments.calm, rate=arguments.visitors * arguments.rate)
    print(
        "| | longest without an answer, s | back to its rate after, s | refused by name |\n|---|---|---|---|"
    )
    for row in rows:
        refused = ", ".join(f"{code} {count}" for code, count in row.refused.items()) or "none"
        print(f"| {row.name} | {row.longest_s:.1f} | {row.back_s:.1f} | {refused} |")
    print(
        f"{len(log.answered)} answers, {log.wrong} wrong; {log.cut} cut off with their connection; "
        f"playlists said to be kept: {len(log.saved)}, missing: {missing_lists}"
    )
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "cluster.json").write_text(json.dumps(vars(log)) + "\n")
        draw(log, arguments.out / "cluster.svg")
    late = [
        row.name for row in rows if row.longest_s > (REPLICA_LIMIT_S if "replica" in row.name else LIMIT_S)
    ]
    if log.wrong or missing_lists or late:
        raise SystemExit(f"The limits do not hold: {', '.join(late) or 'wrong answers or lost playlists'}.")


if __name__ == "__main__":
    main()
