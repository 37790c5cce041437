"""Acknowledgement times of one visitor while another sends bursts of 200 frames without waiting.

python -m benchmarks.serving.flood [--async-mode eventlet|threading]
"""

from __future__ import annotations

import argparse
from multiprocessing.connection import Connection

from benchmarks.common.interleaved import print_interleaved, run_interleaved
from benchmarks.serving.live import Visitor, make_frames, running_server

ROUNDS = 5
FRAMES = 60
BURST = 200
PAUSE_S = 2
"""Seconds in which the server finishes what is left of a burst."""


def send_bursts(url: str, control: Connection) -> None:
    """Sends one burst a round; see `benchmarks.common.interleaved.LoadProcess`."""
    visitor = Visitor(url, make_frames())
    control.send(True)
    while control.recv():
        visitor.flood(BURST)
        control.recv()
        control.send(BURST)
    visitor.close()


def main() -> None:
    """Measures the visitor alone and beside bursts, interleaved; prints both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--async-mode", choices=["eventlet", "threading"], default="eventlet")
    async_mode = parser.parse_args().async_mode
    with running_server({"ASYNC_MODE": async_mode}) as (url, _):
        measured = run_interleaved(url, send_bursts, rounds=ROUNDS, frames=FRAMES, pause_s=PAUSE_S)
    print(f"{async_mode}\n")
    print_interleaved(measured, f"bursts of {BURST}")


if __name__ == "__main__":
    main()
