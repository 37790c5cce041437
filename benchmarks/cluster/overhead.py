"""What nginx and readers on other machines cost: `python -m benchmarks.cluster.overhead [--rounds 3] [--readers ray]`.

The same visitors at one web server: directly, through nginx, and through nginx with faces that other processes read.
Each way in turn, several rounds; the processor time is that of everything but the visitors: nginx, web server, readers,
Redis. All of it works on this machine, so a frame's wait is no figure for a network.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.cluster.capacity import measured
from benchmarks.cluster.stack import Stack, missing_programs, running

WARM_S = 4.0


@dataclass(frozen=True)
class Cost:
    """What a way cost in one round.

    Attributes:
        rate: Frames read per second, of all visitors.
        frame_ms: Processor time of a frame on the servers' side, in milliseconds.
        wait_ms: 95th percentile until an answer.
    """

    rate: float
    frame_ms: float
    wait_ms: float


def spent_s() -> float:
    """Returns the processor time of all that this process has started, in seconds."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def cost(url: str, *, visitors: int, rate: float, seconds: float) -> Cost:
    """Lets visitors come to an address, and returns what they cost."""
    asyncio.run(measured(url, visitors, rate, WARM_S))
    before_s = spent_s()
    answered, wait_ms = asyncio.run(measured(url, visitors, rate, seconds))
    return Cost(answered, (spent_s() - before_s) / (answered * seconds) * 1000, wait_ms)


@contextmanager
def alike(readers: str, ray: Path) -> Iterator[Stack]:
    """Starts one web server that reads float32 as the readers do, whoever reads."""
    with running(1, readers, ray) as stack:
        if readers == "none":
            stack.instances[0].kill()
            stack.restart(0, PRECISION="float32")
        yield stack


def table(costs: dict[str, Sequence[Cost]]) -> str:
    """Returns the medians of the ways; the first is what the others are compared with, round by round."""
    first = next(iter(costs.values()))
    lines = ["| way | frames/s | processor ms a frame | of the first | p95 ms |", "|---|---|---|---|---|"]
    for name, rounds in costs.items():
        ratio = statistics.median(
            one.frame_ms / base.frame_ms for one, base in zip(rounds, first, strict=True)
        )
        rate, frame_ms, wait_ms = (
            statistics.median(getattr(one, what) for one in rounds)
            for what in ("rate", "frame_ms", "wait_ms")
        )
        lines.append(f"| {name} | {rate:.0f} | {frame_ms:.2f} | {ratio:.2f} | {wait_ms:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", nargs="+", choices=("ray", "stand-in"), default=["stand-in", "ray"])
    parser.add_argument("--ray", type=Path, default=Path(".venv-ray/bin"), help="folder with Ray's programs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--visitors", type=int, default=8)
    parser.add_argument("--rate", type=float, default=8.0, help="frames per second of each (default: 8)")
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    if missing := missing_programs():
        raise SystemExit(f"This needs programs that are not here: apt-get install {' '.join(missing)}")
    load = {"visitors": arguments.visitors, "rate": arguments.rate, "seconds": arguments.seconds}
    costs: dict[str, list[Cost]] = {}
    for number in range(arguments.rounds):
        with alike("none", arguments.ray) as stack:
            direct = f"http://127.0.0.1:{stack.instances[0].port}"
            costs.setdefault("one web server", []).append(cost(direct, **load))
            costs.setdefault("nginx, web server", []).append(cost(stack.url, **load))
        for readers in arguments.readers:
            with alike(readers, arguments.ray.absolute()) as stack:
                name = f"nginx, web server, readers ({readers})"
                costs.setdefault(name, []).append(cost(stack.url, **load))
        print(f"round {number + 1} of {arguments.rounds}", flush=True)
    print(table(costs))
    print(
        f"{arguments.visitors} visitors x {arguments.rate:g} frames/s, {os.cpu_count()} cores for everything."
    )


if __name__ == "__main__":
    main()
