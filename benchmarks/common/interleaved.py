"""A live visitor alone and beside somebody else, in turns: what others cost them."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.serving.live import Visitor, make_frames

Other = Callable[[str, Connection], None]
"""What somebody else does, in a process of its own, whose work is not the visitor's: `other(url, told)` sends a message
when it is ready; then for every `True` it begins, goes on until the next `True` comes, and sends what it did; `False`
ends it."""


@dataclass
class Turns:
    """What was measured.

    Attributes:
        ready: The other's first message.
        alone_ms: Acknowledgement times while nobody else was there.
        beside_ms: The same while the other was at work.
        did: What the other did, round by round.
    """

    ready: Any
    alone_ms: list[float] = field(default_factory=list)
    beside_ms: list[float] = field(default_factory=list)
    did: list[Any] = field(default_factory=list)


def take_turns(url: str, other: Other, *, rounds: int, frames: int, pause_s: float = 0.0) -> Turns:
    """Lets a visitor send frames alone, then beside another, so many times.

    Args:
        url: The server's.
        other: What the other does; importable by its name.
        rounds: Turns of both.
        frames: The visitor's, each time.
        pause_s: Between rounds, until nothing of the other's work is left.
    """
    spawn = multiprocessing.get_context("spawn")
    visitor = Visitor(url, make_frames())
    tell, told = spawn.Pipe()
    process = spawn.Process(target=other, args=(url, told), daemon=True)
    process.start()
    turns = Turns(ready=tell.recv())
    visitor.send(frames)  # the server is warm by now
    for _ in range(rounds):
        turns.alone_ms += _acknowledged_ms(visitor, frames)
        tell.send(True)
        turns.beside_ms += _acknowledged_ms(visitor, frames)
        tell.send(True)
        turns.did.append(tell.recv())
        time.sleep(pause_s)
    tell.send(False)
    process.join()
    visitor.close()
    return turns


def _acknowledged_ms(visitor: Visitor, frames: int) -> list[float]:
    visitor.forget()
    visitor.send(frames)
    return list(visitor.acknowledgement_ms)


def print_turns(turns: Turns, beside: str) -> None:
    """Prints both as markdown; `beside` says beside whom."""
    print("| acknowledgement, ms | median | p95 | slowest |\n|---|---|---|---|")
    for name, times in (("alone", turns.alone_ms), (f"beside {beside}", turns.beside_ms)):
        print(f"| {name} | {np.median(times):.1f} | {np.percentile(times, 95):.1f} | {max(times):.1f} |")
    print()
