"""Whatever bytes come, what reads them raises nothing undeclared and is done in a moment; more of it: `make fuzz`."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fuzz_seeds import SEEDS
from tests.support.fuzz_targets import TARGETS

NUM_EXAMPLES = 150
SLOW_S = 2.0


@st.composite
def damaged(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Good input with some bytes changed, a piece repeated, or the end cut off."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        end = draw(st.integers(at, min(len(data), at + 8)))
        data[at:end] = draw(st.binary(max_size=8))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(data)))
        data = data[:at] if draw(st.booleans()) else data + data[at : at + 64] * draw(st.integers(1, 50))
    return bytes(data)


def inputs(name: str) -> st.SearchStrategy[bytes]:
    """Returns what a target is given: any bytes, or good input that was damaged."""
    return st.binary(max_size=300) | damaged(SEEDS[name])


@pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::DeprecationWarning")  # as in a server
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_raises_nothing_undeclared(name):
    target = TARGETS[name]

    @settings(
        max_examples=NUM_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(name))
    def run(data: bytes) -> None:
        begun_s = time.process_time()
        target(data)
        assert time.process_time() - begun_s < SLOW_S

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_each_target_has_good_input_to_begin_with(name):
    assert SEEDS[name]
    for seed in SEEDS[name]:
        TARGETS[name](seed)
