"""What another visitor notices of bursts of 200 frames sent without waiting.

python -m benchmarks.flood
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.live import Visitor, make_frames, running_server

ROUNDS = 5
FRAMES = 60
BURST = 200


def main() -> None:
    """Takes turns: the visitor alone, then beside a burst; prints both."""
    frames = make_frames()
    alone: list[float] = []
    beside: list[float] = []
    with running_server({}) as (url, _):
        flooder, visitor = Visitor(url, frames), Visitor(url, frames)
        visitor.send(FRAMES)
        visitor.forget()
        for _ in range(ROUNDS):
            visitor.send(FRAMES)
            alone += visitor.acknowledgement_ms
            visitor.forget()
            flooder.flood(BURST)
            visitor.send(FRAMES)
            beside += visitor.acknowledgement_ms
            visitor.forget()
            time.sleep(2)  # what is left of the burst
    print("| acknowledgement, ms | median | p95 | slowest |\n|---|---|---|---|")
    for name, times in (("alone", alone), (f"beside bursts of {BURST}", beside)):
        print(f"| {name} | {np.median(times):.1f} | {np.percentile(times, 95):.1f} | {max(times):.1f} |")


if __name__ == "__main__":
    main()
