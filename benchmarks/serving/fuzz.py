"""Attacks on a real server's API: `make fuzz`, or `python -m benchmarks.serving.fuzz [--files 10000] [--requests 100]`.

Ten thousand damaged photos and the decompression bombs of benchmarks/serving/decompression_bombs.py, each in a request
of its own; then schemathesis with the server's own OpenAPI document.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import requests

from benchmarks.serving.decompression_bombs import decode, post, send_bombs
from benchmarks.serving.live import memory_mib, running_server
from tests.support.mutations import mutated
from webapp.errors import AppError

CLIENTS = 2
HANG_S = 2
NUM_SLOWEST = 3
CHECKS_LEFT_OUT = "positive_data_acceptance"  # the document cannot express rules such as "not blank"


def decode_alone(num_files: int) -> None:
    """Decodes the same photos in this process and prints their CPU time, which other work does not change."""
    times_ms = []
    for number in range(num_files):
        data = mutated(number)
        started_s = time.thread_time()
        with contextlib.suppress(AppError):
            decode(data)
        times_ms.append((time.thread_time() - started_s) * 1000)
    median, p99 = np.percentile(times_ms, [50, 99])
    print("| decoding them, processor time | ms |\n|---|---|")
    print(f"| median, p99, slowest | {median:.2f}, {p99:.1f}, {max(times_ms):.0f} |\n")


def send_mutations(url: str, process: psutil.Process, num_files: int) -> None:
    """Sends damaged photos and prints their outcomes."""
    sessions = [requests.Session() for _ in range(CLIENTS)]

    def run(client: int) -> list[tuple[str, float, int]]:
        return [(*post(sessions[client], url, mutated(n)), n) for n in range(client, num_files, CLIENTS)]

    memory = [memory_mib(process)]
    outcomes: list[tuple[str, float, int]] = []
    with ThreadPoolExecutor(CLIENTS) as pool:
        for part in pool.map(run, range(CLIENTS)):
            outcomes += part
    memory.append(memory_mib(process))
    codes = Counter(code for code, *_ in outcomes)
    times_ms = np.array([spent_s for _, spent_s, _ in outcomes]) * 1000
    print("| damaged photos | value |\n|---|---|")
    print(f"| sent, {CLIENTS} at a time | {len(outcomes)} |")
    print("| came to | " + ", ".join(f"{code} {count}" for code, count in codes.most_common()) + " |")
    median, p99 = np.percentile(times_ms, [50, 99])
    print(f"| median, p99, slowest, ms | {median:.0f}, {p99:.0f}, {times_ms.max():.0f} |")
    slowest = sorted(outcomes, key=lambda outcome: -outcome[1])[:NUM_SLOWEST]
    again = [(number, post(sessions[0], url, mutated(number))[1]) for *_, number in slowest]
    print(f"| more than {HANG_S} s | {np.sum(times_ms > 1000 * HANG_S)} |")
    print(
        "| the slowest again, by themselves, ms | "
        + ", ".join(f"no. {n}: {1000 * s:.0f}" for n, s in again)
        + " |"
    )
    print(f"| server memory before, after, MiB | {memory[0]:.0f}, {memory[1]:.0f} |\n")


def run_schemathesis(url: str, num_requests: int) -> int:
    """Runs schemathesis' command line and returns its exit code."""
    program = Path(sys.executable).parent / "schemathesis"
    command = [
        program,
        "run",
        f"{url}/api/v1/openapi.json",
        "--seed",
        "1",
        "--max-examples",
        str(num_requests),
    ]
    options = ["--exclude-checks", CHECKS_LEFT_OUT, "--max-response-time", "2", "--request-timeout", "10"]
    return subprocess.run(
        [*command, *options, "--phases", "examples,coverage,fuzzing"], check=False
    ).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, help="damaged photos (default: 10000)")
    parser.add_argument(
        "--requests",
        type=int,
        default=100,
        help="of schemathesis, per route; 0 for none (default: 100)",
    )
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning, module="PIL")  # as in webapp/gunicorn_conf.py
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    decode_alone(arguments.files)
    with tempfile.TemporaryDirectory() as folder, running_server({"DATA_DIR": folder}) as (url, process):
        for number in range(200):  # decoders and detector have their memory by now
            post(requests.Session(), url, mutated(number))
        send_mutations(url, process, arguments.files)
        send_bombs(url)
        return run_schemathesis(url, arguments.requests) if arguments.requests else 0


if __name__ == "__main__":
    sys.exit(main())
