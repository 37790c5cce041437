"""Which engine reads faces cheapest on one machine: `python -m benchmarks.cluster.engines [--rounds 3]`.

The same model and the same clients, which ask one request after the other over kept connections: in this process
without an engine, on Ray Serve (one replica, with and without the options of deploy/ray), LitServe and mosec, each in
turn, several rounds. The engines come from the environment of Ray:
`.venv-ray/bin/python -m pip install litserve==0.2.19 mosec==0.9.8`.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import itertools
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from benchmarks.cluster.engines.shared import MODEL, load
from benchmarks.cluster.overhead import spent_s
from benchmarks.cluster.stack import RAY_QUICK, Network, RayReaders, is_open
from tests.support.servers import ROOT, free_port
from tests.support.waiting import wait_until
from webapp.inference.card import read_card
from webapp.inference.remote_backend import RemoteBackend

START_LIMIT_S = 60.0
WARM_S = 2.0
RAY_OPTIONS = {
    "ray, plain": dict.fromkeys(RAY_QUICK, "0"),
    "ray, throughput": {**RAY_QUICK, "RAY_SERVE_ENABLE_HA_PROXY": "0"},
    "ray": RAY_QUICK,
}
"""Ray Serve as it comes, with what its authors offer for throughput, and as deploy/ray has it."""

PATHS = {"litserve": "/predict", "mosec": "/inference"}

Ask = Callable[[np.ndarray], np.ndarray]
"""Reads crops, uint8 `(n, 48, 48, 1)`."""


@dataclass(frozen=True)
class Figures:
    """What an engine did in one round.

    Attributes:
        faces_per_s: Faces read per second.
        wait_ms: 95th percentile of a request.
        face_ms: Processor time of a face, without the clients where they are a process of their own.
        mib: Memory of its processes, shared parts counted once each.
        processes: Their number.
    """

    faces_per_s: float
    wait_ms: float
    face_ms: float
    mib: float
    processes: int


def memory() -> tuple[float, int]:
    """Returns the memory of all that this process has started, in MiB, and the number of its processes."""
    mib, count = 0.0, 0
    for process in psutil.Process().children(recursive=True):
        try:
            mib += process.memory_full_info().pss / 2**20
        except psutil.NoSuchProcess:
            continue
        count += 1
    return mib, count


def measure(make: Callable[[], Ask], *, clients: int, faces: int, seconds: float, is_here: bool) -> Figures:
    """Lets clients ask, each in a thread with a connection of its own.

    Args:
        make: Returns what a client asks with; called in its thread.
        clients: Number of them.
        faces: Crops of a request.
        seconds: Length of the measurement.
        is_here: Whether this process reads the faces itself.
    """
    crops = np.random.default_rng(0).integers(0, 256, (faces, 48, 48, 1), np.uint8)
    begins_s = time.perf_counter() + WARM_S
    ends_s = begins_s + seconds
    waits: list[float] = []

    def work() -> None:
        ask = make()
        while (now_s := time.perf_counter()) < ends_s:
            if len(ask(crops)) != faces:
                raise ValueError(f"expected {faces} answers")
            if now_s >= begins_s:
                waits.append(time.perf_counter() - now_s)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(WARM_S)
    before_s = time.process_time() if is_here else spent_s()
    for thread in threads:
        thread.join()
    after_s = time.process_time() if is_here else spent_s()
    mib, processes = (psutil.Process().memory_info().rss / 2**20, 1) if is_here else memory()
    return Figures(
        faces_per_s=len(waits) * faces / seconds,
        wait_ms=float(np.percentile(waits, 95)) * 1000,
        face_ms=(after_s - before_s) / (len(waits) * faces) * 1000,
        mib=mib,
        processes=processes,
    )


def asking(name: str, port: int) -> Callable[[], Ask]:
    """Returns what makes clients of LitServe or mosec."""
    path = PATHS[name]

    def make() -> Ask:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

        def post(body: bytes, kind: str) -> bytes:
            connection.request("POST", path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != http.client.OK:
                raise ValueError(f"{path} answers {answer.status}: {content[:200]!r}")
            return content

        def ask(crops: np.ndarray) -> np.ndarray:
            content = crops.tobytes()
            if name == "litserve":
                body = json.dumps({"crops": base64.b64encode(content).decode()}).encode()
                content = base64.b64decode(json.loads(post(body, "application/json"))["answers"])
            else:
                content = post(content, "application/octet-stream")
            return np.frombuffer(content, np.float32).reshape(len(crops), -1)

        return ask

    return make


@contextmanager
def engine(name: str, programs: Path) -> Iterator[Callable[[], Ask]]:
    """Starts an engine, and yields what makes its clients."""
    with tempfile.TemporaryDirectory() as folder:
        if name == "none":
            model = load()
            yield lambda: model.classify
            model.close()
        elif name in RAY_OPTIONS:
            network = Network(apart=False)
            ray = RayReaders(network, Path(folder), programs)
            ray.replicas, ray.options = 1, RAY_OPTIONS[name]
            try:
                ray.start()
                card = read_card(ROOT / MODEL)
                yield lambda: RemoteBackend(tuple(ray.urls), card, timeout_s=30).run
            finally:
                ray.close()
        else:
            port = free_port()
            options = [str(port)] if name == "litserve" else ["--port", str(port), "--log-level", "error"]
            module = f"benchmarks.cluster.engines.{name}_server"
            with (Path(folder) / "log").open("wb") as log:
                process = subprocess.Popen(
                    [programs / "python", "-m", module, *options], cwd=ROOT, stdout=log, stderr=log
                )
            try:
                wait_until(lambda: is_open(port), START_LIMIT_S, name)
                make = asking(name, port)
                wait_until(lambda: _answers(make), START_LIMIT_S, name)
                yield make
            finally:
                for one in [*psutil.Process(process.pid).children(recursive=True), process]:
                    one.kill()
                process.wait()


def _answers(make: Callable[[], Ask]) -> bool:
    try:
        return len(make()(np.zeros((1, 48, 48, 1), np.uint8))) == 1
    except (OSError, ValueError, http.client.HTTPException):
        return False


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ("none", *RAY_OPTIONS, *PATHS)
    parser.add_argument("--engines", nargs="+", choices=names, default=names)
    parser.add_argument("--programs", type=Path, default=Path(".venv-ray/bin"), help="folder with its python")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--faces", type=int, nargs="+", default=[1, 8], help="of a request")
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    found: dict[tuple[str, int, int], list[Figures]] = {}
    for number, name in itertools.product(range(arguments.rounds), arguments.engines):
        with engine(name, arguments.programs.absolute()) as make:
            for clients, faces in itertools.product(arguments.clients, arguments.faces):
                figures = measure(
                    make, clients=clients, faces=faces, seconds=arguments.seconds, is_here=name == "none"
                )
                found.setdefault((name, clients, faces), []).append(figures)
        print(f"round {number + 1} of {arguments.rounds}: {name}", flush=True)
    print(
        "| engine | clients x faces | requests/s | faces/s | p95 ms | processor ms a face | MiB | processes |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for (name, clients, faces), rounds in sorted(found.items(), key=lambda item: item[0][1:]):
        faces_per_s, wait_ms, face_ms, mib, processes = (
            statistics.median(getattr(one, what) for one in rounds)
            for what in ("faces_per_s", "wait_ms", "face_ms", "mib", "processes")
        )
        print(
            f"| {name} | {clients} x {faces} | {faces_per_s / faces:.0f} | {faces_per_s:.0f} | {wait_ms:.1f} | "
            f"{face_ms:.2f} | {mib:.0f} | {processes:.0f} |"
        )
    print(f"{os.cpu_count()} cores for all, clients too; each engine has one thread for the model.")


if __name__ == "__main__":
    main()
