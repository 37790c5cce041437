"""How many servers how many visitors need: `python -m benchmarks.cluster.capacity [--instances 1 3 10 100]`.

A discrete-event simulation (SimPy) of visitors who each have one frame under way, servers of a few cores, and servers
that fail, with costs that were measured (`--frame-ms`). The first table is arithmetic, the second the simulation.
`--check` also lets that many real visitors at three real servers behind nginx on this machine, whose cores they share,
and prints both beside each other.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import time
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import simpy

from benchmarks.serving.live import make_frames

BUSY = 0.6
"""Share of a core that is planned for: the rest is for bursts, failures and the machine itself."""

RECONNECT_S = (0.2, 1.2)
RETRY_S = 0.2
TURNS = ("frames", "faces")


@dataclass(frozen=True)
class Costs:
    """What was measured, in milliseconds of one core and in bytes (docs/reference/performance.md names the commands).

    Attributes:
        frame_ms: A frame from its bytes to its answer, with the model.
        faces_ms: A face that the browser found and cut.
        up_bytes: A frame on its way to the server.
        face_bytes: A face.
        visitor_mib: Memory of a visitor.
        base_mib: Memory of a server without visitors.
    """

    frame_ms: float = 6.3
    faces_ms: float = 2.2
    up_bytes: float = 41_000
    face_bytes: float = 2_421
    visitor_mib: float = 0.5
    base_mib: float = 280.0


@dataclass(frozen=True)
class Plan:
    """What is simulated.

    Attributes:
        instances: Servers.
        visitors: Visitors of all servers.
        rate: Frames per second that each asks for.
        cores: Cores of a server; with `shared`, of all servers together.
        frame_ms: Milliseconds of one core that a frame takes.
        seconds: Simulated time, of which the first tenth does not count.
        max_waiting: Frames that may wait at a server.
        fails_every_s: Mean time between the failures of a server; 0 for none.
        away_s: How long a failed server is away.
        spread: Standard deviation of a frame's time, as a share of its mean.
        shared: Whether all servers share the cores.
    """

    instances: int
    visitors: int
    rate: float = 10.0
    cores: int = 2
    frame_ms: float = 6.3
    seconds: float = 20.0
    max_waiting: int = 256
    fails_every_s: float = 0.0
    away_s: float = 3.0
    spread: float = 0.4
    shared: bool = False


@dataclass
class Outcome:
    """What came out.

    Attributes:
        served: Frames that were answered.
        refused: Frames that were refused by name.
        waits_s: Seconds until each answer.
        longest_s: Longest time that a visitor was without an answer.
        least_share: Frames of the visitor with the fewest, beside the mean.
    """

    served: int = 0
    refused: int = 0
    waits_s: list[float] = field(default_factory=list)
    longest_s: float = 0.0
    least_share: float = 1.0

    def percentile_ms(self, share: float) -> float:
        """Returns the time within which this share of the answers came, in milliseconds."""
        return float(np.percentile(self.waits_s, share)) * 1000 if self.waits_s else math.nan


class _Server:
    def __init__(self, environment: simpy.Environment, cores: simpy.Resource) -> None:
        self.cores, self.is_up = cores, True
        self.gone = environment.event()


class Simulation:
    """Visitors, servers and failures; the same seed gives the same run."""

    def __init__(self, plan: Plan, seed: int = 0) -> None:
        """Places the visitors at random, as a cookie's hash does."""
        self._plan, self._random = plan, np.random.default_rng(seed)
        self._environment = simpy.Environment()
        shared = simpy.Resource(self._environment, plan.cores)
        self._servers = [
            _Server(
                self._environment, shared if plan.shared else simpy.Resource(self._environment, plan.cores)
            )
            for _ in range(plan.instances)
        ]
        spread = math.sqrt(math.log1p(plan.spread**2))
        self._mu, self._sigma = math.log(plan.frame_ms / 1000) - spread**2 / 2, spread
        self._times: deque[float] = deque()
        self._outcome = Outcome()

    def run(self) -> Outcome:
        """Runs it to its end."""
        counts = np.zeros(self._plan.visitors, int)
        for number in range(self._plan.visitors):
            self._environment.process(self._visit(number, counts))
        if self._plan.fails_every_s:
            for server in self._servers:
                self._environment.process(self._fail(server))
        self._environment.run(until=self._plan.seconds)
        self._outcome.least_share = float(counts.min() / counts.mean()) if counts.any() else 0.0
        return self._outcome

    def _frame_s(self) -> float:
        if not self._times:
            self._times.extend(self._random.lognormal(self._mu, self._sigma, 10_000))
        return self._times.popleft()

    def _visit(self, number: int, counts: np.ndarray) -> Generator[simpy.Event, object, None]:
        environment, plan = self._environment, self._plan
        yield environment.timeout(self._random.random() / plan.rate)
        server = self._join()
        begun_s = answered_s = environment.now
        while True:
            if not server.is_up:
                yield environment.timeout(self._random.uniform(*RECONNECT_S))
                server = self._join()
                continue
            begun_s = environment.now
            if len(server.cores.queue) >= plan.max_waiting:
                self._outcome.refused += self._counts(begun_s)
                yield environment.timeout(RETRY_S)
                continue
            with server.cores.request() as turn:
                yield turn | server.gone
                if server.is_up:
                    yield environment.timeout(self._frame_s())
            if not server.is_up:
                continue
            now_s = environment.now
            if self._counts(begun_s):
                self._outcome.served += 1
                counts[number] += 1
                self._outcome.waits_s.append(now_s - begun_s)
                self._outcome.longest_s = max(self._outcome.longest_s, now_s - answered_s)
            answered_s = now_s
            yield environment.timeout(max(begun_s + 1 / plan.rate - now_s, 0))

    def _counts(self, now_s: float) -> bool:
        return now_s >= self._plan.seconds / 10

    def _join(self) -> _Server:
        up = [one for one in self._servers if one.is_up] or self._servers
        return up[int(self._random.integers(len(up)))]

    def _fail(self, server: _Server) -> Generator[simpy.Event, object, None]:
        while True:
            yield self._environment.timeout(self._random.exponential(self._plan.fails_every_s))
            server.is_up = False
            server.gone.succeed()
            yield self._environment.timeout(self._plan.away_s)
            server.gone, server.is_up = self._environment.event(), True


def machines(visitors: float, costs: Costs, *, rate: float, cores: int, way: str) -> dict[str, float]:
    """Returns what so many visitors need: servers, of that many cores each, MiB a server and Gbit/s in all.

    Args:
        visitors: Number of visitors at once.
        costs: What was measured.
        rate: Frames per second of each.
        cores: Cores of a server.
        way: `frames`, or `faces` that browsers found and cut.
    """
    ms, size = (costs.frame_ms, costs.up_bytes) if way == "frames" else (costs.faces_ms, costs.face_bytes)
    servers = math.ceil(visitors * rate * ms / 1000 / (cores * BUSY))
    return {
        "servers": servers,
        "MiB": costs.base_mib + costs.visitor_mib * visitors / servers,
        "Gbit/s": visitors * rate * size * 8 / 1e9,
    }


def machine_table(costs: Costs, *, rate: float, cores: int) -> str:
    """Returns what 10^2 to 10^7 visitors need, as a table; see `machines`."""
    lines = [
        f"| visitors | way | servers of {cores} cores | MiB each | Gbit/s in all |",
        "|---|---|---|---|---|",
    ]
    for visitors in (10**2, 10**3, 10**5, 10**7):
        for way in TURNS:
            need = machines(visitors, costs, rate=rate, cores=cores, way=way)
            lines.append(
                f"| {visitors:,} | {way} | {need['servers']:,.0f} | {need['MiB']:.0f} | {need['Gbit/s']:,.2f} |"
            )
    return "\n".join(lines)


async def measured(url: str, visitors: int, rate: float, seconds: float) -> tuple[float, float]:
    """Returns frames per second, and the 95th percentile of the milliseconds until an answer, of real visitors."""
    from benchmarks.serving.soak import Record, visit

    record, frames, start_s = Record(), make_frames(), time.perf_counter()
    ends_s = start_s + seconds
    await asyncio.gather(
        *(visit(url, frames[7 * n % 60 :] + frames, rate, ends_s, record, start_s) for n in range(visitors))
    )
    late = [ms for at, ms in record.answers if at >= seconds / 10]
    return len(late) / (seconds * 0.9), float(np.percentile(late, 95))


def check(visitors: Sequence[int], *, rate: float, seconds: float, frame_ms: float, cores: int) -> None:
    """Prints the simulation beside three real servers of this machine."""
    from benchmarks.cluster.stack import OLD, running

    print("| visitors | real frames/s, p95 ms | simulated | rate off by |\n|---|---|---|---|")
    with running(3, "none") as stack:
        asyncio.run(measured(stack.url, 4, rate, 5))  # warms up
        for count in visitors:
            real_rate, real_ms = asyncio.run(measured(stack.url, count, rate, seconds))
            plan = Plan(3, count, rate=rate, cores=cores, frame_ms=frame_ms, seconds=seconds, shared=True)
            simulated = Simulation(plan).run()
            rate_of_simulation = simulated.served / (seconds * 0.9)
            off = rate_of_simulation / real_rate - 1
            print(
                f"| {count} | {real_rate:.0f}, {real_ms:.0f} | {rate_of_simulation:.0f}, "
                f"{simulated.percentile_ms(95):.0f} | {off:+.0%} |"
            )
    print(f"{OLD} in each server; nginx and the visitors work on the same {cores} cores.")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--instances", type=int, nargs="+", default=[1, 3, 10, 30, 100])
    parser.add_argument("--visitors-each", type=int, default=18, help="visitors of a server (default: 18)")
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--frame-ms", type=float, default=Costs.frame_ms)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--fails-every", type=float, default=600.0, help="seconds; 0 for never")
    parser.add_argument("--check", type=int, nargs="+", metavar="VISITORS", help="compare with real servers")
    arguments = parser.parse_args()
    costs = replace(Costs(), frame_ms=arguments.frame_ms)
    print(machine_table(costs, rate=arguments.rate, cores=arguments.cores))
    print(
        "\n| servers | visitors | frames/s | of linear | p50 / p95 ms | least share | longest wait s | refused |"
    )
    print("|---|---|---|---|---|---|---|---|")
    one: float | None = None
    for instances in arguments.instances:
        plan = Plan(
            instances,
            instances * arguments.visitors_each,
            rate=arguments.rate,
            cores=arguments.cores,
            frame_ms=arguments.frame_ms,
            seconds=arguments.seconds,
            fails_every_s=arguments.fails_every,
        )
        outcome = Simulation(plan).run()
        rate = outcome.served / (plan.seconds * 0.9)
        one = one or rate / instances
        print(
            f"| {instances} | {plan.visitors:,} | {rate:,.0f} | {rate / (one * instances):.2f} | "
            f"{outcome.percentile_ms(50):.0f} / {outcome.percentile_ms(95):.0f} | {outcome.least_share:.2f} | "
            f"{outcome.longest_s:.1f} | {outcome.refused} |"
        )
    if arguments.check:
        print()
        check(
            arguments.check,
            rate=arguments.rate,
            seconds=arguments.seconds,
            frame_ms=arguments.frame_ms,
            cores=arguments.cores,
        )


if __name__ == "__main__":
    main()
