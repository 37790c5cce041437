"""The classifier on LitServe: `python -m benchmarks.cluster.engines.litserve_server PORT`, `POST /predict`.

LitServe takes JSON and forms, no raw bytes, so crops and answers are base64 in JSON.
"""

import base64
import sys
from typing import Any

import litserve
import numpy as np

from benchmarks.cluster.engines.shared import MAX_BATCH, WAIT_MS, crops_of, load, together


class Classifier(litserve.LitAPI):
    """One worker."""

    def setup(self, device: str) -> None:
        """Loads the model."""
        self.model = load()

    def decode_request(self, request):  # type: ignore[no-untyped-def]  # LitServe takes its type for the body's
        """Returns a request's crops."""
        return crops_of(base64.b64decode(request["crops"]))

    def batch(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        """Leaves the requests apart: each has several crops."""
        return inputs

    def predict(self, asked: list[np.ndarray]) -> list[np.ndarray]:
        """Answers requests in one call of the model."""
        return together(self.model, asked)

    def unbatch(self, output: list[np.ndarray]) -> list[np.ndarray]:
        """See `batch`."""
        return output

    def encode_response(self, output: np.ndarray) -> dict[str, Any]:
        """Returns an answer."""
        return {"answers": base64.b64encode(output.tobytes()).decode()}


if __name__ == "__main__":
    api = Classifier(max_batch_size=MAX_BATCH, batch_timeout=WAIT_MS / 1000)
    litserve.LitServer(api, accelerator="cpu").run(
        host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning"
    )
