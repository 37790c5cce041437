"""What another visitor notices of bursts of 200 frames sent without waiting.

`python -m benchmarks.serving.flood [--async-mode eventlet|threading]`.
"""

from __future__ import annotations

import argparse
from multiprocessing.connection import Connection

from benchmarks.common.interleaved import print_turns, take_turns
from benchmarks.serving.live import Visitor, make_frames, running_server

ROUNDS = 5
FRAMES = 60
BURST = 200
PAUSE_S = 2
"""Until the server has dealt with what is left of a burst."""


def flood_when_told(url: str, told: Connection) -> None:
    """Sends one burst a round; see `benchmarks.common.interleaved.Other`."""
    visitor = Visitor(url, make_frames())
    told.send(True)
    while told.recv():
        visitor.flood(BURST)
        told.recv()
        told.send(BURST)
    visitor.close()


def main() -> None:
    """Takes turns: the visitor alone, then beside a burst; prints both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--async-mode", choices=["eventlet", "threading"], default="eventlet")
    async_mode = parser.parse_args().async_mode
    with running_server({"ASYNC_MODE": async_mode}) as (url, _):
        turns = take_turns(url, flood_when_told, rounds=ROUNDS, frames=FRAMES, pause_s=PAUSE_S)
    print(f"{async_mode}\n")
    print_turns(turns, f"bursts of {BURST}")


if __name__ == "__main__":
    main()
