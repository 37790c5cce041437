"""The start-up check: one known input must give the answer that the card promises."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from webapp.errors import ModelError
from webapp.inference.card import INPUT_SHAPE, LABELS, Probe


def probe_input() -> np.ndarray:
    """Returns the input `gradient-v1`, uint8 `(48, 48, 1)`: a formula needs no file and no person's picture.

    The pixel at row r, column c is `(5 r + 3 c + (r c) // 7) mod 256`.
    """
    row, column = np.indices(INPUT_SHAPE[:2])
    return ((5 * row + 3 * column + (row * column) // 7) % 256).astype(np.uint8)[..., np.newaxis]


def check_probe(probe: Probe, run: Callable[[np.ndarray], np.ndarray]) -> None:
    """Runs the probe through a model and compares.

    A wrong label order, a changed resize or another file gives other probabilities; rounding on other
    hardware stays within the tolerance.

    Args:
        probe: From the card.
        run: Maps uint8 `(n, 48, 48, 1)` to probabilities `(n, num_labels)`.

    Raises:
        ModelError: If the input or the answer is not the one on the card.
    """
    image = probe_input()
    found_sha256 = hashlib.sha256(image.tobytes()).hexdigest()
    if found_sha256 != probe.input_sha256:
        raise ModelError(
            "The card's probe is another input than gradient-v1: "
            f"expected sha256 {found_sha256[:12]}…, received {probe.input_sha256[:12]}…. Export the model again."
        )
    found = run(image[np.newaxis])[0]
    gap = np.abs(found - np.asarray(probe.expected))
    worst = int(np.argmax(np.where(np.isfinite(gap), gap, np.inf)))
    if not gap[worst] <= probe.tolerance:
        raise ModelError(
            f"The model does not answer as its card promises: expected {LABELS[worst]} "
            f"{probe.expected[worst]:.3f} (within {probe.tolerance}), received {found[worst]:.3f}. "
            "Export the model again."
        )
