"""What the server counts, as Prometheus reads it from `/metrics`: no visitor, no face, no address is in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=1.0.0; charset=utf-8"
STAGE_SECONDS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048)
BATCH_FACES = (1, 2, 4, 8, 16, 32)
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
MAX_NOTES = 4096
"""Notes kept before they are counted without being asked for."""

disable_created_metrics()  # a second series per figure, of which nobody here has a use


class Metrics:
    """The counts of one server.

    Work only leaves a note, which costs less than a microsecond on any thread; notes are counted when somebody reads
    the figures. So the locks of prometheus-client are taken on one thread alone: in a process that eventlet has
    patched, a native thread that waits for one would never wake.
    """

    def __init__(self) -> None:
        """Begins at zero, in a registry of its own."""
        self._registry = registry = CollectorRegistry()
        self._frames = Counter(
            "countenance_frames",
            "Frames by outcome: ok or the code of the error.",
            ["outcome"],
            registry=registry,
        )
        self._stages = Histogram(
            "countenance_stage_seconds",
            "Time of a frame in each stage.",
            ["stage"],
            buckets=STAGE_SECONDS,
            registry=registry,
        )
        self._batches = Histogram(
            "countenance_batch_faces", "Faces per call of the model.", buckets=BATCH_FACES, registry=registry
        )
        self._waiting = Gauge(
            "countenance_waiting_faces", "Faces that wait for the model.", registry=registry
        )
        self._visitors = Gauge("countenance_visitors", "Visitors now connected.", registry=registry)
        self._requests = Counter(
            "countenance_http_requests",
            "HTTP requests by route and status.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._model = Info("countenance_model", "The model in use.", registry=registry)
        ProcessCollector(registry=registry)  # processor time, memory and open files of this worker
        self._frame_notes: deque[tuple[str, Mapping[str, float]]] = deque()
        self._batch_notes: deque[int] = deque(maxlen=MAX_NOTES)

    def note_frame(self, outcome: str, timing_ms: Mapping[str, float] | None = None) -> None:
        """Takes in a frame's outcome, and the milliseconds of its stages if it was read."""
        self._frame_notes.append((outcome, timing_ms or {}))
        if len(self._frame_notes) >= MAX_NOTES:
            self._count()

    def note_batch(self, num_faces: int) -> None:
        """Takes in a call of the model; from any thread."""
        self._batch_notes.append(num_faces)

    def note_request(self, method: str, route: str, status: int) -> None:
        """Takes in an HTTP request."""
        known = method if method in METHODS else "other"  # a visitor may invent others without end
        self._requests.labels(known, route, str(status)).inc()

    def describe_model(self, **facts: str) -> None:
        """Says which model is in use."""
        self._model.info(facts)

    def watch(self, *, waiting: Callable[[], int], visitors: Callable[[], int]) -> None:
        """Takes the functions that know how many faces wait and how many visitors are connected."""
        self._waiting.set_function(waiting)
        self._visitors.set_function(visitors)

    def totals(self, name: str, label: str) -> tuple[tuple[str, int], ...]:
        """Returns how often a count has had each value of a label, the most frequent first.

        Args:
            name: Name of the count, without `_total`.
            label: One of its labels; the others are added up.
        """
        self._count()
        sums: dict[str, int] = {}
        for metric in self._registry.collect():
            for sample in metric.samples if metric.name == name else ():
                value = sample.labels[label]
                sums[value] = sums.get(value, 0) + int(sample.value)
        return tuple(sorted(sums.items(), key=lambda pair: -pair[1]))

    def as_text(self) -> bytes:
        """Returns the figures in Prometheus' text format."""
        self._count()
        return generate_latest(self._registry)

    def _count(self) -> None:
        for outcome, timing_ms in _drain(self._frame_notes):
            self._frames.labels(outcome).inc()
            for stage, ms in timing_ms.items():
                self._stages.labels(stage).observe(ms / 1000)
        for num_faces in _drain(self._batch_notes):
            self._batches.observe(num_faces)


def _drain(notes: deque) -> Iterator:
    for _ in range(len(notes)):
        yield notes.popleft()
