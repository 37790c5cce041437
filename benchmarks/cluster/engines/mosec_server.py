"""The classifier on mosec: `python -m benchmarks.cluster.engines.mosec_server --port PORT`, `POST /inference`."""

from __future__ import annotations

import mosec
import numpy as np

from benchmarks.cluster.engines.shared import MAX_BATCH, WAIT_MS, crops_of, load, together


class Classifier(mosec.Worker):
    """One worker."""

    resp_mime_type = "application/octet-stream"

    def __init__(self) -> None:
        """Loads the model."""
        super().__init__()
        self.model = load()

    def deserialize(self, data: bytes) -> np.ndarray:
        """Returns a request's crops."""
        return crops_of(data)

    def forward(self, data: list[np.ndarray]) -> list[np.ndarray]:
        """Answers requests in one call of the model."""
        return together(self.model, data)

    def serialize(self, data: np.ndarray) -> bytes:
        """Returns an answer's bytes."""
        return data.tobytes()


if __name__ == "__main__":
    server = mosec.Server()
    server.append_worker(Classifier, max_batch_size=MAX_BATCH, max_wait_time=WAIT_MS)
    server.run()
