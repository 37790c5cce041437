"""Fuzzing of what reads strangers' bytes: `python -m benchmarks.serving.guided [--seconds 60] [TARGET …]`.

Atheris, which `make fuzz` installs apart from everything else, changes its input towards code that has not run yet;
where there is none for this Python or system, hypothesis draws as many examples as the time allows. An input that
fails is left in `runs/fuzz/TARGET/` and printed; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path("runs/fuzz")
SLOW_S = 5
START_S = 300
"""Longest that a target may take to be imported; instrumented, that takes a while."""
MEMORY_MIB = 3000
MAX_BYTES = 8192
MEASURED = [
    "webapp",
    "websockets",
    "engineio.packet",
    "engineio.payload",
    "socketio.packet",
    "tinytag",
    "urllib.parse",
]
"""Modules whose branches count as covered: what reads the bytes before us, too."""


def guide(name: str, seconds: int) -> None:
    """Fuzzes one target with atheris, in this process, which then ends."""
    import atheris

    with atheris.instrument_imports(include=MEASURED):
        from tests.support.fuzz_seeds import SEEDS
        from tests.support.fuzz_targets import TARGETS

    corpus = FOLDER / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = [
        f"-max_total_time={seconds}",
        f"-timeout={SLOW_S}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-max_len={MAX_BYTES}",
    ]
    atheris.Setup(
        [name, str(corpus), *limits, f"-artifact_prefix={FOLDER / name}/", "-print_final_stats=1"],
        TARGETS[name],
    )
    atheris.Fuzz()


def draw(name: str, seconds: int) -> None:
    """Fuzzes one target with hypothesis."""
    from hypothesis import HealthCheck, Phase, given, settings

    from tests.fuzz.test_targets import inputs
    from tests.support.fuzz_targets import TARGETS

    until_s, num_runs = time.monotonic() + seconds, 0
    while time.monotonic() < until_s:

        @settings(
            max_examples=2000, deadline=None, database=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.target, Phase.shrink],
        )  # fmt: skip
        @given(inputs(name))
        def run(data: bytes) -> None:
            TARGETS[name](data)

        run()
        num_runs += 2000
    print(f"{num_runs} examples of hypothesis")


def report(name: str, seconds: int) -> bool:
    """Fuzzes one target in a process of its own and prints a row about it; returns whether nothing was found."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "benchmarks.serving.guided",
        "--only",
        name,
        "--seconds",
        str(seconds),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, timeout=seconds + START_S
    )
    said = (done.stdout + done.stderr).splitlines()
    runs = next(
        (line.split()[-1] for line in said if "number_of_executed_units" in line), said[-1] if said else ""
    )
    print(f"| {name} | {runs} | {'nothing' if done.returncode == 0 else 'see below'} |", flush=True)
    if done.returncode:
        print("\n".join(said[-30:]))
    return done.returncode == 0


def main() -> int:
    """Fuzzes the named targets, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help="default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each (default: 60)")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    is_guided = find_spec("atheris") is not None
    if arguments.only:
        warnings.simplefilter("ignore")
        (guide if is_guided else draw)(arguments.only, arguments.seconds)
        return 0
    from tests.support.fuzz_targets import TARGETS

    if unknown := set(arguments.targets) - set(TARGETS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}. There are: {', '.join(TARGETS)}")
    print(f"{'Atheris' if is_guided else 'Hypothesis'}, {arguments.seconds} s each\n")
    print("| target | inputs | found |\n|---|---|---|")
    return 0 if all([report(name, arguments.seconds) for name in arguments.targets or TARGETS]) else 1


if __name__ == "__main__":
    sys.exit(main())
