"""Asks classifiers on other machines, over HTTP in the Open Inference Protocol.

A server has the model's name and must answer the card's probe before it gets a face: when it is first asked, after
each failure, and when it says that its version has changed. Calls are asked again elsewhere when one fails; a
connection that failed is never used again, so no late answer can reach another face.
"""

from __future__ import annotations

import http.client
import itertools
import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import numpy as np

from webapp.concurrency.native_threads import native_socket, native_threading
from webapp.errors import ModelError, ServerBusy
from webapp.inference.backend import Backend
from webapp.inference.card import Card, check_probe
from webapp.inference.open_inference import (
    HEADER_LENGTH,
    OtherVersion,
    Signature,
    pack_request,
    unpack_response,
)
from webapp.inference.replicas import NoReplica, Replica, Replicas

if TYPE_CHECKING:
    from webapp.settings import Settings

MAX_ANSWER_BYTES = 1 << 20
ATTEMPTS = 2
START_LIMIT_S = 60.0
"""Longest wait at the start for a server that answers: those of a cluster come up in any order."""

START_PAUSE_S = 0.5

FAILURES = (NoReplica, OSError, ValueError, http.client.HTTPException, ModelError)
"""What a server that is gone, slow, broken, or has another model raises."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RemoteServers:
    """Servers of an operator.

    Attributes:
        urls: Addresses `http://HOST:PORT`.
        timeout_s: Longest wait for one answer.
        has_fallback: Whether a runtime of this process works while none of them answers.
    """

    urls: tuple[str, ...]
    timeout_s: float
    has_fallback: bool

    @classmethod
    def of(cls, settings: Settings) -> RemoteServers | None:
        """Returns those of `CLASSIFIER_URL`; `None` without any."""
        if not settings.classifier_url:
            return None
        return cls(
            settings.classifier_url, settings.classifier_timeout_s, settings.classifier_fallback == "local"
        )


class RemoteBackend:
    """A model that other servers compute; callable from several native threads, each with connections of its own."""

    def __init__(
        self,
        urls: tuple[str, ...],
        card: Card,
        *,
        timeout_s: float = 1.0,
        fallback: Backend | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Asks nobody yet.

        Args:
            urls: Addresses `http://HOST:PORT` of servers that have the model.
            card: Card of the model; its name is the one that servers know it by.
            timeout_s: Longest wait for one answer; a call is asked `ATTEMPTS` times.
            fallback: Runtime of this process for calls that no server answers; without it they are refused.
            clock: Seconds.
        """
        self.runtime = f"{', '.join(urls)}, {card.precision}"
        self._card, self._timeout_s, self._fallback = card, timeout_s, fallback
        self._replicas = Replicas(urls, clock)
        self._signatures: dict[str, Signature] = {}
        self._connections = native_threading().local()
        self._numbers = itertools.count()
        self._prefix = f"{os.getpid():x}-"
        self._is_out = False

    def wait(self, limit_s: float = START_LIMIT_S, pause: Callable[[float], None] = time.sleep) -> None:
        """Returns when a server has answered the probe, or at once with a fallback.

        Raises:
            ModelError: If none has within the limit.
        """
        ends_s = time.monotonic() + limit_s
        while True:
            try:
                self._ask_servers(None)
            except FAILURES as error:
                if self._fallback is not None:
                    self._note(is_out=True, why=str(error))
                    return
                if time.monotonic() > ends_s:
                    raise ModelError(
                        f"No classifier answers at {self.runtime}: {error}. Start one that has the model "
                        f"{self._card.name}, or set CLASSIFIER=auto."
                    ) from error
                pause(START_PAUSE_S)
            else:
                return

    def run(self, crops: np.ndarray) -> np.ndarray:
        """See `Backend.run`.

        Raises:
            ServerBusy: If no server answers and there is no fallback; says when to try again.
        """
        try:
            answers = self._ask_servers(crops)
        except FAILURES as error:
            self._note(is_out=True, why=str(error))
            if self._fallback is not None:
                return self._fallback.run(crops)
            wait_s = error.wait_s if isinstance(error, NoReplica) else self._timeout_s
            raise ServerBusy(
                "The servers that read faces do not answer now. Try again later.",
                retry_after_ms=int(wait_s * 1000),
            ) from error
        self._note(is_out=False)
        return answers

    def _note(self, *, is_out: bool, why: str = "") -> None:
        """Says once that the servers are gone or back."""
        if is_out == self._is_out:
            return
        self._is_out = is_out
        if is_out:
            instead = f"{self._fallback.runtime} works instead" if self._fallback else "faces are refused"
            log.warning("No classifier answers at %s (%s): %s.", self.runtime, why, instead)
        else:
            log.warning("The classifier at %s answers again.", self.runtime)

    def _ask_servers(self, crops: np.ndarray | None) -> np.ndarray:
        """Asks one server after the other; `None` for the probe alone."""
        tried: set[str] = set()
        while True:
            try:
                with self._replicas.one(tried) as replica:
                    return self._ask(replica, crops)
            except FAILURES:
                if len(tried) >= ATTEMPTS or not self._replicas.has_other(tried):
                    raise

    def _ask(self, replica: Replica, crops: np.ndarray | None) -> np.ndarray:
        signature = None if replica.failures else self._signatures.get(replica.url)
        if signature is None:
            signature = self._admit(replica)
        if crops is None:
            return np.empty((0, len(self._card.labels)), np.float32)
        try:
            return self._infer(replica, signature, crops)
        except OtherVersion:
            return self._infer(replica, self._admit(replica), crops)

    def _admit(self, replica: Replica) -> Signature:
        """Asks a server what it has, and whether that is the card's model."""
        self._signatures.pop(replica.url, None)
        content, _ = self._exchange(replica, "GET", "", None, {})
        signature = Signature.of_metadata(json.loads(content))
        check_probe(self._card.probe, lambda crops: self._infer(replica, signature, crops))
        self._signatures[replica.url] = signature
        return signature

    def _infer(self, replica: Replica, signature: Signature, crops: np.ndarray) -> np.ndarray:
        request_id = f"{self._prefix}{next(self._numbers):x}"
        body, length = pack_request(request_id, crops, signature)
        headers = {HEADER_LENGTH: str(length), "Content-Type": "application/octet-stream"}
        content, header_length = self._exchange(replica, "POST", "/infer", body, headers)
        answers = unpack_response(content, header_length, request_id, signature)
        if answers.shape != (len(crops), len(self._card.labels)):
            raise ValueError(
                f"expected {len(crops)} x {len(self._card.labels)} answers, received {answers.shape}"
            )
        return answers

    def _exchange(
        self, replica: Replica, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[bytes, int | None]:
        """Returns the body of an answer and the length of its JSON part."""
        path = f"/v2/models/{quote(self._card.name)}{path}"
        connection = self._connection(replica)
        is_kept = connection.sock is not None
        try:
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
            except (ConnectionError, http.client.RemoteDisconnected):
                # A server may close a connection that is kept alive at the moment of the next request.
                if not is_kept:
                    raise
                connection.close()
                connection.request(method, path, body, headers)
                response = connection.getresponse()
            content = response.read(MAX_ANSWER_BYTES + 1)
        except BaseException:
            connection.close()  # an answer that still comes is nobody's
            raise
        if response.status != http.client.OK or len(content) > MAX_ANSWER_BYTES:
            connection.close()
            raise ValueError(f"{replica.url} answers {response.status}: {content[:200]!r}")
        length = response.headers.get(HEADER_LENGTH)
        return content, int(length) if length is not None else None

    def _connection(self, replica: Replica) -> http.client.HTTPConnection:
        """Returns this thread's connection to a server."""
        if not hasattr(self._connections, "by_url"):
            self._connections.by_url = {}
        by_url: dict[str, http.client.HTTPConnection] = self._connections.by_url
        if replica.url not in by_url:
            parts = urlsplit(replica.url)
            connection = _NativeConnection(parts.hostname or "", parts.port, timeout=self._timeout_s)
            by_url[replica.url] = connection
        return by_url[replica.url]


class _NativeConnection(http.client.HTTPConnection):
    """A connection whose socket blocks the thread that uses it, also where eventlet has replaced Python's."""

    def connect(self) -> None:
        sockets = native_socket()
        self.sock = sockets.create_connection((self.host, self.port), self.timeout)
        self.sock.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
