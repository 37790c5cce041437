"""What another visitor notices of bursts of 200 frames sent without waiting.

`python -m benchmarks.flood [--async-mode eventlet|threading]`. The flooding client is a process of its own: its work is
not the visitor's.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from multiprocessing.connection import Connection

import numpy as np

from benchmarks.live import Visitor, make_frames, running_server

ROUNDS = 5
FRAMES = 60
BURST = 200


def flood_when_told(url: str, told: Connection) -> None:
    """Runs in the flooder's process: connects, says so, and sends a burst for every `True` received."""
    visitor = Visitor(url, make_frames())
    told.send(True)
    while told.recv():
        visitor.flood(BURST)
    visitor.close()


def main() -> None:
    """Takes turns: the visitor alone, then beside a burst; prints both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--async-mode", choices=["eventlet", "threading"], default="eventlet")
    async_mode = parser.parse_args().async_mode
    spawn = multiprocessing.get_context("spawn")
    alone: list[float] = []
    beside: list[float] = []
    with running_server({"ASYNC_MODE": async_mode}) as (url, _):
        visitor = Visitor(url, make_frames())
        tell, told = spawn.Pipe()
        flooder = spawn.Process(target=flood_when_told, args=(url, told), daemon=True)
        flooder.start()
        tell.recv()
        visitor.send(FRAMES)
        visitor.forget()
        for _ in range(ROUNDS):
            visitor.send(FRAMES)
            alone += visitor.acknowledgement_ms
            visitor.forget()
            tell.send(True)
            visitor.send(FRAMES)
            beside += visitor.acknowledgement_ms
            visitor.forget()
            time.sleep(2)  # what is left of the burst
        tell.send(False)
        flooder.join()
    print(f"{async_mode}\n\n| acknowledgement, ms | median | p95 | slowest |\n|---|---|---|---|")
    for name, times in (("alone", alone), (f"beside bursts of {BURST}", beside)):
        print(f"| {name} | {np.median(times):.1f} | {np.percentile(times, 95):.1f} | {max(times):.1f} |")


if __name__ == "__main__":
    main()
