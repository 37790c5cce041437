"""Reads faces for many web servers: the classifier as a Ray Serve deployment, in the Open Inference Protocol.

`serve run deploy/ray/serve.yaml` from the repository's root starts it; `CLASSIFIER=remote
CLASSIFIER_URL=http://HOST:8100` tells a web server. The artifacts, their cards and the start-up probe are those of a
web server that reads faces itself.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import numpy as np
from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webapp.errors import AppError
from webapp.inference import load_classifier
from webapp.inference.open_inference import HEADER_LENGTH, Signature, pack_response, unpack_request

MAX_BATCH = int(os.environ.get("MAX_BATCH", "64"))
"""Requests joined into one call of the model."""

BATCH_WAIT_S = float(os.environ.get("BATCH_WAIT_S", "0.001"))
"""Longest wait for more requests: a visitor feels each millisecond, and a busy replica's batches fill by themselves."""


@serve.deployment
class ExpressionClassifier:
    """One replica: the models of one configuration, each known by its name."""

    def __init__(self, models: list[str], runtime: str = "auto", threads: int = 1) -> None:
        """Loads every model and asks each its probe; a replica that cannot is not started.

        Args:
            models: Folders of artifacts, relative to the repository's root. Two while one takes the other's place.
            runtime: As `CLASSIFIER` of a web server: `keras` for a GPU, otherwise `auto`.
            threads: Calls of the models under way at once.
        """
        root = Path(__file__).resolve().parents[2]
        loaded = [
            load_classifier(
                root / one, runtime=runtime, precision="float32", threads=threads, parallel=threads
            )
            for one in models
        ]
        self._models = {one.card.name: one for one in loaded}
        self._signatures = {
            name: Signature("crops", "UINT8", "probabilities", _version(one.card.files))
            for name, one in self._models.items()
        }

    async def check_health(self) -> None:
        """Called by Ray: a replica whose model no longer answers is replaced."""
        for name in self._models:
            await self._classify((name, np.zeros((1, 48, 48, 1), np.uint8)))

    async def __call__(self, request: Request) -> Response:
        """Answers health, metadata and inference requests."""
        parts = request.url.path.strip("/").split("/")
        if parts in (["v2", "health", "live"], ["v2", "health", "ready"]):
            return JSONResponse({})
        if parts[:2] != ["v2", "models"] or len(parts) not in (3, 4):
            return _problem(404, f"no such path: {request.url.path[:200]}")
        if parts[2] not in self._models:
            return _problem(
                404, f"no such model: expected one of {', '.join(self._models)}, received {parts[2]}"
            )
        if request.method == "POST" and parts[3:] == ["infer"]:
            return await self._infer(parts[2], await request.body(), request.headers.get(HEADER_LENGTH))
        if parts[3:] == ["ready"]:
            return JSONResponse({})
        return JSONResponse(self._metadata(parts[2]))

    def _metadata(self, name: str) -> dict[str, Any]:
        model = self._models[name]
        return self._signatures[name].as_metadata(name, model.runtime, len(model.card.labels))

    async def _infer(self, name: str, body: bytes, header_length: str | None) -> Response:
        signature = self._signatures[name]
        try:
            length = int(header_length) if header_length is not None else None
            request_id, crops = unpack_request(body, length, signature)
            if crops.shape[1:] != (48, 48, 1) or crops.dtype != np.uint8 or not len(crops):
                raise ValueError(f"expected uint8 (n, 48, 48, 1), received {crops.dtype} {crops.shape}")
        except ValueError as error:
            return _problem(400, str(error))
        try:
            answers = await self._classify((name, crops))
        except AppError as error:
            return _problem(error.http_status, error.message)
        content, length = pack_response(request_id, name, answers, signature)
        return Response(content, headers={HEADER_LENGTH: str(length)}, media_type="application/octet-stream")

    @serve.batch(max_batch_size=MAX_BATCH, batch_wait_timeout_s=BATCH_WAIT_S, max_concurrent_batches=2)
    async def _classify(self, asked: list[tuple[str, np.ndarray]]) -> list[np.ndarray]:
        """Runs what has arrived, one call a model, away from the loop that answers health checks."""
        answers: dict[int, np.ndarray] = {}
        for name in {name for name, _ in asked}:
            places = [place for place, (other, _) in enumerate(asked) if other == name]
            crops = [asked[place][1] for place in places]
            found = await asyncio.to_thread(self._models[name].classify, np.concatenate(crops))
            ends = np.cumsum([len(one) for one in crops])[:-1]
            answers.update(zip(places, np.split(found, ends), strict=True))
        return [answers[place] for place in range(len(asked))]


def _version(files: Any) -> str:
    """Returns what tells this artifact from another of the same name: of its file's hash, the beginning."""
    return str(next(iter(files.values())))[:12]


def _problem(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)


def build(arguments: dict[str, Any]) -> serve.Application:
    """Returns the application of a configuration file's `args`, which are those of `ExpressionClassifier`."""
    models = arguments.get(
        "models", ["models/model2-ferplus-balanced-int8", "models/model2-ferplus-balanced"]
    )
    return ExpressionClassifier.bind(
        models, arguments.get("runtime", "auto"), int(arguments.get("threads", 1))
    )
