"""Many visitors at once: `make load`, or `python -m benchmarks.serving.load [--visitors 1 4 16 64] [--rate 10]`.

Each visitor sends 640 x 480 JPEGs of a real face over a websocket of its own, one frame in flight, at most `--rate` a
second, and waits as long as a refusal says. The visitors share one event loop in this process, whose own processor time
is printed; the server is the process tree of `python -m webapp serve` with the environment's settings.

Machines are shared, so the figure that travels is the ratio: processor time per frame of the whole server tree over
the bare cost of a frame (JPEG decoded, Model 2 in ONNX Runtime, batch 8, one thread), which is measured before and
after in the same run. Results go to stdout as Markdown and, with `--out FOLDER`, to load.json and load.svg.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.serving.live import make_frames, memory_mib, running_server

WARM_UP_S = 3.0
ANSWER_LIMIT_S = 30.0
CONNECT_LIMIT_S = 30.0


@dataclass
class VisitorLog:
    """What one visitor was answered while it was measured.

    Attributes:
        acknowledgement_ms: Time from sending a frame to its acknowledgement, for frames that were read.
        refused: Number of refusals by code.
        lost: Number of frames without an answer within `ANSWER_LIMIT_S`.
        waits_its_turn: Whether it heeds `next_in_ms`.
    """

    acknowledgement_ms: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    waits_its_turn: bool = True


@dataclass(frozen=True)
class Load:
    """What a number of visitors cost and got.

    Attributes:
        visitors: Number of visitors.
        asked_per_s: Frames per second that each asked for.
        served_per_s: Frames per second that were read, all visitors together.
        p50_ms: Median acknowledgement time.
        p95_ms: 95th percentile of it.
        p99_ms: 99th percentile of it.
        refused: Refusals by code.
        lost: Frames without an answer.
        least_share: Frames of the visitor with the fewest, as a share of the mean.
        server_ms_per_frame: Processor time of the server tree per served frame.
        client_ms_per_frame: Processor time of this process per served frame.
        memory_mib: Resident memory of the server tree at the end.
        memory_per_visitor_mib: Growth of it per visitor since before they came.
    """

    visitors: int
    asked_per_s: float
    served_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    refused: dict[str, int]
    lost: int
    least_share: float
    server_ms_per_frame: float
    client_ms_per_frame: float
    memory_mib: float
    memory_per_visitor_mib: float


class Clock:
    """When the measurement begins and ends, in seconds of `time.perf_counter`."""

    def __init__(self, seconds: float) -> None:
        """Begins after the warm-up.

        Args:
            seconds: Length of the measurement.
        """
        self.begins_s = time.perf_counter() + WARM_UP_S
        self.ends_s = self.begins_s + seconds

    def measures(self) -> bool:
        """Whether the measurement runs now."""
        return self.begins_s <= time.perf_counter() < self.ends_s

    def is_over(self) -> bool:
        """Whether it has ended."""
        return time.perf_counter() >= self.ends_s


async def visit(
    url: str, frames: Sequence[bytes], rate: float, clock: Clock, *, first: int, waits_its_turn: bool = True
) -> VisitorLog:
    """Sends frames until the measurement ends; returns what was answered.

    Args:
        url: Address of the server.
        frames: Encoded frames, sent in turn.
        rate: Frames per second at most.
        clock: The measurement.
        first: Index of the first frame, so that visitors do not move alike.
        waits_its_turn: Whether it heeds `next_in_ms`, as the page does; a refusal's `retry_after_ms` it always heeds.
    """
    log = VisitorLog(waits_its_turn=waits_its_turn)
    async with joined(url) as socket:
        due_s = time.perf_counter() + (first % 97) / 97 / rate  # visitors do not come in step
        for seq in itertools.count():
            await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
            if clock.is_over():
                return log
            due_s = max(due_s + 1 / rate, time.perf_counter())
            wait_s = await _send(socket, frames[(first + seq) % len(frames)], seq, clock, log)
            due_s = max(due_s, time.perf_counter() + wait_s)
    return log


@asynccontextmanager
async def joined(url: str) -> AsyncIterator[ClientConnection]:
    """Opens a Socket.IO session in `/live`: engine.io's greeting, the namespace, then `hello`."""
    address = url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    async with connect(address, compression=None, max_size=None, open_timeout=CONNECT_LIMIT_S) as socket:
        await socket.recv()
        await socket.send("40/live,")
        while not str(await asyncio.wait_for(socket.recv(), CONNECT_LIMIT_S)).startswith("42/live,"):
            pass
        yield socket


async def send_frame(socket: ClientConnection, jpeg: bytes, seq: int) -> dict:
    """Sends one frame and returns its acknowledgement, however long that takes."""
    await post_frame(socket, jpeg, seq)
    return await acknowledgement(socket, seq)


async def post_frame(socket: ClientConnection, jpeg: bytes, seq: int) -> None:
    """Sends one frame."""
    meta = json.dumps({"seq": seq, "t_ms": 0})
    # 4: a message of engine.io; 51: a binary event of Socket.IO with one attachment.
    await socket.send(f'451-/live,{seq}["frame",{meta},{{"_placeholder":true,"num":0}}]')
    await socket.send(jpeg)


async def send_faces(socket: ClientConnection, crop: bytes, seq: int) -> dict:
    """Sends one face that was cut already, 48 x 48 bytes, and returns its acknowledgement."""
    meta = json.dumps({"seq": seq, "t_ms": seq, "boxes": [[0.25, 0.25, 0.5, 0.5]]})
    await socket.send(f'451-/live,{seq}["faces",{meta},{{"_placeholder":true,"num":0}}]')
    await socket.send(crop)
    return await acknowledgement(socket, seq)


async def _send(socket: ClientConnection, jpeg: bytes, seq: int, clock: Clock, log: VisitorLog) -> float:
    """Sends one frame and waits for its acknowledgement; returns the seconds that the server wants to rest."""
    started_s, measured = time.perf_counter(), clock.measures()
    try:
        reply = await asyncio.wait_for(send_frame(socket, jpeg, seq), ANSWER_LIMIT_S)
    except TimeoutError:
        log.lost += measured
        return 0.0
    took_ms = (time.perf_counter() - started_s) * 1000
    if reply["ok"]:
        if measured:
            log.acknowledgement_ms.append(took_ms)
        return reply.get("next_in_ms", 0) / 1000 if log.waits_its_turn else 0.0
    log.refused[reply["error"]["code"]] += measured
    return reply["error"].get("retry_after_ms", 0) / 1000


async def acknowledgement(socket: ClientConnection, seq: int) -> dict:
    """Waits for the acknowledgement of a frame; answers pings meanwhile."""
    head = f"43/live,{seq}["
    while True:
        message = await socket.recv()
        if message == "2":  # engine.io asks whether the client lives
            await socket.send("3")
        elif isinstance(message, str) and message.startswith(head):
            return json.loads(message[len(head) - 1 :])[0]


def processor_s(process: psutil.Process) -> float:
    """Returns the processor time of a process and its children, in seconds."""
    times = [p.cpu_times() for p in [process, *process.children(recursive=True)]]
    return sum(one.user + one.system for one in times)


@dataclass(frozen=True)
class Crowd:
    """Visitors who come together.

    Attributes:
        visitors: Their number.
        rate: Frames per second that each asks for.
        frames: Encoded frames; each visitor begins with another one.
        waits_its_turn: See `visit`.
    """

    visitors: int
    rate: float
    frames: Sequence[bytes]
    waits_its_turn: bool = True


async def measure(url: str, server: psutil.Process, crowd: Crowd, *, seconds: float) -> Load:
    """Lets visitors come, measures them, and lets them go.

    Args:
        url: Address of the server.
        server: Its process.
        crowd: The visitors.
        seconds: Length of the measurement.
    """
    before_mib, clock = memory_mib(server), Clock(seconds)
    tasks = [
        asyncio.create_task(
            visit(url, crowd.frames, crowd.rate, clock, first=7 * number, waits_its_turn=crowd.waits_its_turn)
        )
        for number in range(crowd.visitors)
    ]
    await asyncio.sleep(max(0.0, clock.begins_s - time.perf_counter()))
    server_s, client_s, begun_s = processor_s(server), time.process_time(), time.perf_counter()
    await asyncio.sleep(max(0.0, clock.ends_s - time.perf_counter()))
    server_s, client_s = processor_s(server) - server_s, time.process_time() - client_s
    took_s, after_mib = time.perf_counter() - begun_s, memory_mib(server)
    logs = await asyncio.gather(*tasks)
    return _load(
        logs, rate=crowd.rate, took_s=took_s, spent_s=(server_s, client_s), memory=(before_mib, after_mib)
    )


def _load(
    logs: Sequence[VisitorLog],
    *,
    rate: float,
    took_s: float,
    spent_s: tuple[float, float],
    memory: tuple[float, float],
) -> Load:
    times = np.concatenate([log.acknowledgement_ms for log in logs])
    if not len(times):
        raise SystemExit("error: not one frame was read. Is the server's model loaded?")
    counts = [len(log.acknowledgement_ms) for log in logs]
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    return Load(
        visitors=len(logs),
        asked_per_s=rate,
        served_per_s=round(len(times) / took_s, 1),
        p50_ms=round(float(p50), 1),
        p95_ms=round(float(p95), 1),
        p99_ms=round(float(p99), 1),
        refused=dict(sum((log.refused for log in logs), Counter())),
        lost=sum(log.lost for log in logs),
        least_share=round(min(counts) / float(np.mean(counts)), 2),
        server_ms_per_frame=round(1000 * spent_s[0] / len(times), 2),
        client_ms_per_frame=round(1000 * spent_s[1] / len(times), 2),
        memory_mib=round(memory[1]),
        memory_per_visitor_mib=round((memory[1] - memory[0]) / len(logs), 2),
    )


def bare_ms() -> float:
    """Returns the bare cost of a frame in processor milliseconds, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.serving.bare_cost"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"error: the bare cost could not be measured: {done.stderr.strip()[-400:]}")
    return float(done.stdout.strip().splitlines()[-1])


def as_markdown(loads: Sequence[Load], bare: tuple[float, float]) -> str:
    """Returns the table of a run.

    Args:
        loads: What was measured.
        bare: Bare cost of a frame before and after, in processor milliseconds.
    """
    mean = sum(bare) / 2
    rows = [
        f"| {one.visitors} x {one.asked_per_s:g} | {one.served_per_s} | {one.p50_ms:.0f} / {one.p95_ms:.0f} / "
        f"{one.p99_ms:.0f} | {sum(one.refused.values())}, {one.lost} | {one.least_share} | "
        f"{one.server_ms_per_frame} | {one.server_ms_per_frame / mean:.2f} | {one.client_ms_per_frame} | "
        f"{one.memory_per_visitor_mib} |"
        for one in loads
    ]
    head = (
        "| visitors x asked frames/s | served frames/s | p50 / p95 / p99 ms | refused, lost | least share | "
        "server ms a frame | of bare | client ms a frame | MiB a visitor |\n|---|---|---|---|---|---|---|---|---|"
    )
    machine = f"{os.cpu_count()} cores, {_processor()}, Python {platform.python_version()}"
    return f"{machine}; bare cost {bare[0]:.2f} ms before, {bare[1]:.2f} after.\n\n" + "\n".join(
        [head, *rows]
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def draw(loads: Sequence[Load], path: Path) -> None:
    """Draws frames per second and p95 over the number of visitors."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    visitors = [one.visitors for one in loads]
    left.plot(visitors, [one.served_per_s for one in loads], marker="o", label="served")
    left.plot(visitors, [one.visitors * one.asked_per_s for one in loads], linestyle=":", label="asked")
    left.set(xlabel="visitors", ylabel="frames per second", xscale="log", yscale="log")
    left.legend()
    for name in ("p50_ms", "p95_ms"):
        right.plot(visitors, [getattr(one, name) for one in loads], marker="o", label=name[:3])
    right.set(xlabel="visitors", ylabel="acknowledgement, ms", xscale="log", yscale="log")
    right.legend()
    figure.savefig(path)


async def run(crowds: Sequence[Crowd], seconds: float) -> list[Load]:
    """Measures each crowd on one server."""
    loads = []
    with running_server({}) as (url, server):
        await measure(url, server, replace(crowds[0], visitors=2), seconds=2.0)  # warm from here on
        for crowd in crowds:
            loads.append(await measure(url, server, crowd, seconds=seconds))
            print(
                f"{crowd.visitors} visitors: {loads[-1].served_per_s} frames/s", file=sys.stderr, flush=True
            )
    return loads


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument(
        "--rate", type=float, default=10.0, help="frames per second of each visitor (default: 10)"
    )
    parser.add_argument(
        "--seconds", type=float, default=15.0, help="length of each measurement (default: 15)"
    )
    parser.add_argument(
        "--impatient", action="store_true", help="visitors do not wait their turn until they are refused"
    )
    parser.add_argument(
        "--still", action="store_true", help="faces that sit still: what readings used again save"
    )
    parser.add_argument("--out", type=Path, help="folder for load.json and load.svg")
    arguments = parser.parse_args()
    before_ms = bare_ms()
    frames = make_frames(still=arguments.still)
    crowds = [
        Crowd(count, arguments.rate, frames, waits_its_turn=not arguments.impatient)
        for count in arguments.visitors
    ]
    loads = asyncio.run(run(crowds, arguments.seconds))
    bare = before_ms, bare_ms()
    print(as_markdown(loads, bare))
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        content = {"bare_ms": bare, "processor": _processor(), "loads": [asdict(one) for one in loads]}
        (arguments.out / "load.json").write_text(json.dumps(content, indent=1) + "\n")
        draw(loads, arguments.out / "load.svg")


if __name__ == "__main__":
    main()
