"""`python -m webapp label PATH...`: labels photos and clips on the disk without a server."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from webapp.errors import AppError
from webapp.label.resume_file import State
from webapp.label.sources import Source, find_sources
from webapp.settings import Settings
from webapp.videos.decoder_process import DEFAULT_RATE, MAX_RATE, MIN_RATE

STOPPED = 130
"""The exit code of a command that Ctrl-C ended."""
LINE_EVERY_S = 10.0
MAX_WAITING_FACES = 100_000
"""No visitor waits behind these files, so none is refused for want of room."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describes the command."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="photos, clips, folders, quoted patterns, zip archives"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON as the HTTP API has it")
    form.add_argument("--csv", action="store_true", help="print one row per face")
    parser.add_argument(
        "--boxes", type=Path, metavar="DIR", help="save copies with boxes drawn into this folder"
    )
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep results here, and go on where it stopped"
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=DEFAULT_RATE,
        metavar="R",
        help=f"pictures per second looked at in clips (default {DEFAULT_RATE:g})",
    )
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1), help="photos read at once")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Labels the photos; prints results to stdout, progress and photos per second to stderr.

    Returns:
        0, or 1 if any file failed, or 130 after Ctrl-C.

    Raises:
        AppError: If nothing can be labelled: no photo, no model, a foreign file to resume from.
    """
    if arguments.jobs < 1:
        raise AppError(f"--jobs must be at least 1. Received: {arguments.jobs}.")
    if not MIN_RATE <= arguments.rate <= MAX_RATE:
        raise AppError(f"--rate must be from {MIN_RATE:g} to {MAX_RATE:g}. Received: {arguments.rate:g}.")
    sources = find(arguments.paths, rate=arguments.rate, leave_out=arguments.boxes)
    if not sources:
        raise AppError(f"No photo in {', '.join(arguments.paths)}. Name photos, or folders that hold some.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its start-up lines would bury ours
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # its default, set so that it is not announced
    warnings.filterwarnings(
        "ignore", category=UserWarning, module="PIL"
    )  # each damaged file is reported anyway
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    labeller = Labeller(settings, boxes=arguments.boxes, rate=arguments.rate)
    state = State(arguments.resume, model=labeller.model) if arguments.resume else None
    try:
        return _label(arguments, labeller, state, sources)
    finally:
        labeller.close()
        if state:
            state.close()


def find(places: Sequence[str], *, rate: float, leave_out: Path | None) -> list[Source]:
    """Returns what `find_sources` does; a clip at another rate is another one."""
    sources = find_sources(places, leave_out=leave_out)
    return [replace(one, stamp=f"{one.stamp}@{rate:g}") if one.is_video else one for one in sources]


def _label(
    arguments: argparse.Namespace, labeller: Labeller, state: State | None, sources: list[Source]
) -> int:
    from webapp.label.output import as_line, write_csv, write_json

    progress = LabelProgress(len(sources), "files" if any(one.is_video for one in sources) else "photos")
    labeller.on_sample = progress.note
    results = []
    try:
        for source, result, fresh in _results(labeller, state, sources, arguments.jobs):
            if state and fresh:
                state.add(source, result)
            results.append(result)
            progress.count(result, fresh=fresh)
            if not (arguments.json or arguments.csv):
                progress.clear()
                print(as_line(result), flush=True)
    except KeyboardInterrupt:
        progress.end("Stopped. The same command goes on from here." if state else "Stopped.")
        return STOPPED
    progress.end()
    if arguments.json:
        write_json(results, sys.stdout)
    elif arguments.csv:
        write_csv(results, sys.stdout)
    return 1 if progress.num_failed else 0


def _results(
    labeller: Labeller, state: State | None, sources: list[Source], jobs: int
) -> Iterator[tuple[Source, dict[str, Any], bool]]:
    """Yields each photo's result in order, and whether it was read now; only some are ahead, so memory stays flat."""
    pool = ThreadPoolExecutor(jobs)
    ahead: deque[tuple[Source, Future[dict[str, Any]] | dict[str, Any]]] = deque()
    waiting = iter(sources)
    try:
        while True:
            while len(ahead) < 4 * jobs and (source := next(waiting, None)):
                known = state.get(source) if state and labeller.has_copy(source) else None
                ahead.append((source, known or pool.submit(labeller.label, source)))
            if not ahead:
                return
            source, outcome = ahead.popleft()
            fresh = isinstance(outcome, Future)
            yield source, outcome.result() if isinstance(outcome, Future) else outcome, fresh
    finally:
        labeller.stop()
        pool.shutdown(cancel_futures=True)


class Labeller:
    """One photo to one result; callable from several threads, whose faces meet in the micro-batcher."""

    def __init__(self, settings: Settings, *, boxes: Path | None, rate: float) -> None:
        """Loads the model.

        Args:
            settings: Model and limits.
            boxes: Folder for copies with boxes.
            rate: Pictures per second looked at in clips.
        """
        from webapp.recognition.reader import build_reader

        self._boxes, self._settings, self._rate = boxes, settings, rate
        self._stopped = threading.Event()
        self.on_sample: Callable[[str, float], None] = lambda name, t_s: None
        self._reader = build_reader(settings, max_waiting=MAX_WAITING_FACES)
        self.model = self._reader.classifier.card.name

    def has_copy(self, source: Source) -> bool:
        """Whether nothing is left to draw: a photo that is known but has no copy with boxes is read again."""
        from webapp.label.output import place_of_boxes

        if self._boxes is None or source.is_video:
            return True
        return place_of_boxes(source.name, self._boxes).is_file()

    def label(self, source: Source) -> dict[str, Any]:
        """Returns a result as the HTTP API has it; a file that cannot be read has an `error`."""
        from webapp.label.output import write_boxes
        from webapp.photos.service import PhotoResult

        if source.is_video:
            return self._label_clip(source)
        try:
            found, picture = self._reader.find(source.read(self._settings.max_photo_bytes))
            (probs,) = self._reader.classify([found])
            result = PhotoResult(source.name, found, probs).as_dict(self._reader.thresholds)
            if self._boxes:
                write_boxes(result, picture, self._boxes)
        except AppError as error:
            return PhotoResult(source.name, error=error).as_dict(self._reader.thresholds)
        except Exception as error:  # noqa: BLE001 - one file never stops the others
            failure = AppError(f"The photo could not be read or its copy not be written: {error}")
            return PhotoResult(source.name, error=failure).as_dict(self._reader.thresholds)
        return result

    def _label_clip(self, source: Source) -> dict[str, Any]:
        from webapp.videos.decoder_process import DecoderProcess
        from webapp.videos.decoding import Limits
        from webapp.videos.service import ReadNext, Seen, describe_failure, read_video

        def step(read_next: ReadNext) -> Seen | None:
            if self._stopped.is_set():
                raise AppError("Stopped.")
            seen = read_next()
            if seen:
                self.on_sample(source.name, seen[0])
            return seen

        try:
            # The user's own videos may be of any length.
            limits = Limits(rate=self._rate, max_pixels=self._settings.max_video_pixels)
            with source.open(self._settings.max_video_bytes) as content:
                clip = DecoderProcess(content, limits)
                return read_video(source.name, clip, self._rate, reader=self._reader, step=step).as_dict(
                    self._reader.thresholds
                )
        except AppError as error:
            return describe_failure(source.name, self._rate, error)
        except Exception as error:  # noqa: BLE001 - one file never stops the others
            return describe_failure(source.name, self._rate, AppError(f"The clip could not be read: {error}"))

    def stop(self) -> None:
        """Ends clips that are being read, however long they are."""
        self._stopped.set()

    def close(self) -> None:
        """Ends the model's thread."""
        self._reader.classifier.close()


class LabelProgress:
    """How far it is, on stderr: one line that changes in a terminal, else a line now and then."""

    def __init__(self, total: int, things: str) -> None:
        self._things, self._note = things, ""
        self._total, self._done, self._fresh, self.num_failed, self._no_face = total, 0, 0, 0, 0
        self._started_s = self._said_s = time.monotonic()
        self._live = sys.stderr.isatty()

    def count(self, result: dict[str, Any], *, fresh: bool) -> None:
        """Counts a photo in."""
        self._done += 1
        self._fresh += fresh
        self.num_failed += "error" in result
        seen = result["shares"] if "samples" in result else result["faces"]
        self._no_face += "error" not in result and not seen
        self._note = ""
        self._say()

    def note(self, name: str, t_s: float) -> None:
        """Says how far a clip is; callable from any thread."""
        self._note = f"; {Path(name).name} at {t_s:.0f} s"
        self._say()

    def _say(self) -> None:
        now_s = time.monotonic()
        if self._live or now_s - self._said_s > LINE_EVERY_S:
            self._said_s = now_s
            start, end = ("\r\x1b[K", "") if self._live else ("", "\n")
            sys.stderr.write(f"{start}{self._sentence()}{self._note}{end}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Makes room for a line of the result."""
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def end(self, words: str = "") -> None:
        """Says what came of it."""
        self.clear()
        sys.stderr.write(f"{words + ' ' if words else ''}{self._sentence()}\n")

    def _sentence(self) -> str:
        seconds = max(time.monotonic() - self._started_s, 1e-6)
        known = f", {self._done - self._fresh} known before" if self._done > self._fresh else ""
        return (
            f"{self._done} of {self._total} {self._things}, {self._no_face} without a face, "
            f"{self.num_failed} failed{known}: "
            f"{self._fresh / seconds:.1f} {self._things}/s in {seconds:.1f} s"
        )
