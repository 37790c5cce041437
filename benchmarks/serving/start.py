"""How long a server takes to be ready, and how much memory it then holds, by runtime.

    python -m benchmarks.serving.start [--rounds 3]

Seconds from the command to the first `/readyz`, processor seconds until then, resident memory of the server tree when
ready and after fifty frames of one visitor: medians of the rounds, which take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections import defaultdict

from benchmarks.serving.live import memory_mib, running_server
from benchmarks.serving.load import measure, processor_s

RUNTIMES = ("auto", "onnx", "openvino", "keras")


def start(runtime: str) -> tuple[float, float, float, float]:
    """Starts a server once; returns seconds, processor seconds, and memory before and after frames in MiB."""
    started_s = time.perf_counter()
    with running_server({"CLASSIFIER": runtime}) as (url, server):
        ready_s, spent_s, ready_mib = time.perf_counter() - started_s, processor_s(server), memory_mib(server)
        asyncio.run(measure(url, server, visitors=1, rate=10.0, seconds=5.0))
        return ready_s, spent_s, ready_mib, memory_mib(server)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found = defaultdict(list)
    for _ in range(options.rounds):
        for runtime in RUNTIMES:
            found[runtime].append(start(runtime))
    print(
        "| CLASSIFIER | ready after s | processor s | MiB when ready | MiB after 50 frames |\n|---|---|---|---|---|"
    )
    for runtime, rounds in found.items():
        ready_s, spent_s, ready_mib, later_mib = map(statistics.median, zip(*rounds, strict=True))
        print(f"| {runtime} | {ready_s:.1f} | {spent_s:.1f} | {ready_mib:.0f} | {later_mib:.0f} |")


if __name__ == "__main__":
    main()
