"""What the servers of LitServe and mosec have in common: raw bytes in and out, requests that are joined."""

from __future__ import annotations

from typing import Any

import numpy as np

from webapp.inference import load_classifier

MODEL = "models/model2-ferplus-balanced"
MAX_BATCH, WAIT_MS = 64, 1
"""As of deploy/ray."""


def load() -> Any:
    """Returns the model, with one thread as a replica of deploy/ray has it."""
    return load_classifier(MODEL, runtime="auto", precision="float32", threads=1, parallel=1)


def crops_of(body: bytes) -> np.ndarray:
    """Returns the crops of a request: uint8 `(n, 48, 48, 1)`."""
    return np.frombuffer(body, np.uint8).reshape(-1, 48, 48, 1)


def together(model: Any, asked: list[np.ndarray]) -> list[np.ndarray]:
    """Returns the answers of requests that were joined: float32 `(n, 7)` each."""
    answers = model.classify(np.concatenate(asked))
    return np.split(answers, np.cumsum([len(one) for one in asked])[:-1])
