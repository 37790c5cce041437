"""Acknowledgement times of a live visitor without and with load beside it, interleaved (A/B) in one run."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.serving.live import Visitor, make_frames

LoadProcess = Callable[[str, Connection], None]
"""Load on the server from a process of its own: `load(url, control)` sends a message when it is ready. It starts at
each `True`, runs until the next `True`, and sends its result; `False` ends it."""


@dataclass
class Interleaved:
    """Both sides of the comparison.

    Attributes:
        ready: First message of the load.
        alone_ms: Acknowledgement times without load.
        loaded_ms: Acknowledgement times with load.
        results: Results of the load, one for each round.
    """

    ready: Any
    alone_ms: list[float] = field(default_factory=list)
    loaded_ms: list[float] = field(default_factory=list)
    results: list[Any] = field(default_factory=list)


def run_interleaved(
    url: str, load: LoadProcess, *, rounds: int, frames: int, pause_s: float = 0.0
) -> Interleaved:
    """Measures a visitor's frames without load, then with it, in each round.

    Args:
        url: Address of the server.
        load: Function that makes the load; importable by its name.
        rounds: Number of rounds.
        frames: Frames per round, without load and again with it.
        pause_s: Seconds between rounds, enough for the server to finish what the load left.
    """
    spawn = multiprocessing.get_context("spawn")
    visitor = Visitor(url, make_frames())
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=load, args=(url, theirs), daemon=True)
    process.start()
    measured = Interleaved(ready=ours.recv())
    visitor.send(frames)  # the server is warm by now
    for _ in range(rounds):
        measured.alone_ms += _acknowledged_ms(visitor, frames)
        ours.send(True)
        measured.loaded_ms += _acknowledged_ms(visitor, frames)
        ours.send(True)
        measured.results.append(ours.recv())
        time.sleep(pause_s)
    ours.send(False)
    process.join()
    visitor.close()
    return measured


def _acknowledged_ms(visitor: Visitor, frames: int) -> list[float]:
    visitor.reset()
    visitor.send(frames)
    return list(visitor.acknowledgement_ms)


def print_interleaved(measured: Interleaved, load: str) -> None:
    """Prints both sides as markdown; `load` describes the load."""
    print("| acknowledgement, ms | median | p95 | slowest |\n|---|---|---|---|")
    for name, times in (("alone", measured.alone_ms), (f"beside {load}", measured.loaded_ms)):
        print(f"| {name} | {np.median(times):.1f} | {np.percentile(times, 95):.1f} | {max(times):.1f} |")
    print()
