"""`python -m webapp label PATH...`: labels photos and clips on the disk without a server."""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.errors import AppError
from webapp.label.progress import LabelProgress, waiting
from webapp.label.resume_file import State
from webapp.label.sources import Boxes, Source, find_sources, shared_folder
from webapp.settings import Settings
from webapp.videos.decoder_process import DEFAULT_RATE, MAX_RATE, MIN_RATE

if TYPE_CHECKING:
    from webapp.core.resting_face import RestingFace
    from webapp.recognition.reader import DetectedFaces

STOPPED = 130
"""The exit code of a command that Ctrl-C ended."""
MAX_WAITING_FACES = 100_000
"""No visitor waits behind these files, so none is refused for want of room."""


EXAMPLES = """examples:
  %(prog)s holiday/ --csv > holiday.csv          every photo and video below a folder
  %(prog)s "*.jpg" --boxes seen/                 copies with boxes and labels drawn
  %(prog)s archive.zip --json --resume done.txt  after Ctrl-C the same line goes on"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describes the command."""
    parser.epilog = EXAMPLES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="photos, clips, folders, quoted patterns, zip archives"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON as the HTTP API has it")
    form.add_argument("--csv", action="store_true", help="print one row per face")
    parser.add_argument(
        "--boxes",
        type=Path,
        metavar="DIR",
        help="save copies with boxes drawn into this folder, under the paths that you typed; of absolute paths, the "
        "part below the folder that they share",
    )
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="PHOTO",
        help="a photo of the same person's resting face: the largest face of each photo is read relative to it; clips "
        "are read without",
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
    parser.add_argument(
        "--strength",
        type=float,
        metavar="S",
        help="how common expressions are taken to be: 0 reserved (in doubt neutral) to 1 sensitive (default: the "
        "setting LABEL_STRENGTH)",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=2 * (os.cpu_count() or 1),
        metavar="N",
        help="photos read at once (default: twice the number of cores)",
    )


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
    if arguments.strength is not None:
        if not 0 <= arguments.strength <= 1:
            raise AppError(f"--strength must be from 0 to 1. Received: {arguments.strength:g}.")
        settings = replace(settings, label_strength=arguments.strength)
    sources = find(arguments.paths, rate=arguments.rate, leave_out=arguments.boxes)
    if not sources:
        raise AppError(f"No photo in {', '.join(arguments.paths)}. Name photos, or folders that hold some.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its start-up lines would bury ours
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # its default, set so that it is not announced
    warnings.filterwarnings(
        "ignore", category=UserWarning, module="PIL"
    )  # each damaged file is reported anyway
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
    boxes = Boxes(arguments.boxes, shared_folder(sources)) if arguments.boxes else None
    with waiting("Loading the model …"):
        labeller = Labeller(settings, boxes=boxes, rate=arguments.rate)
    state = None
    try:
        labeller.require_strength(arguments.strength)
        labeller.rest(arguments.baseline)
        state = State(arguments.resume, model=labeller.reading) if arguments.resume else None
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
    from webapp.label.output import as_line

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
        if state is None:  # a file to resume from holds them already
            _write(arguments, results)
        return STOPPED
    progress.end()
    _write(arguments, results)
    return 1 if progress.num_failed else 0


def _write(arguments: argparse.Namespace, results: list[dict[str, Any]]) -> None:
    """Writes what was asked for as a whole; also what is finished when Ctrl-C ends the command."""
    from webapp.label.output import write_csv, write_json

    if arguments.json:
        write_json(results, sys.stdout)
    elif arguments.csv:
        write_csv(results, sys.stdout)


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

    def __init__(self, settings: Settings, *, boxes: Boxes | None, rate: float) -> None:
        """Loads the model.

        `reading` names the model and its strength: results of another one are others.

        Args:
            settings: Model and limits.
            boxes: Place of copies with boxes, `None` for none.
            rate: Pictures per second looked at in clips.
        """
        from webapp.recognition.reader import build_reader

        self._boxes, self._settings, self._rate = boxes, settings, rate
        self._stopped = threading.Event()
        self.on_sample: Callable[[str, float], None] = lambda name, t_s: None
        self._reader = build_reader(settings, max_waiting=MAX_WAITING_FACES)
        model, strength = self._reader.classifier.card.name, self._reader.thresholds.strength
        self.reading = model if strength is None else f"{model} at strength {strength.value:g}"
        self._resting: RestingFace | None = None

    def rest(self, photo: Path | None) -> None:
        """Reads the largest face of each photo relative to this photo's; `None` for none.

        Raises:
            AppError: If the photo cannot be read, shows no face, or the model cannot be read against one.
        """
        if photo is None:
            return
        try:
            data = photo.read_bytes()
        except OSError as error:
            raise AppError(f"Cannot read the photo of --baseline, {photo} ({error.strerror}).") from error
        self._resting = self._reader.rest(data)
        # Results beside another resting face are not resumed.
        self.reading += f" beside {hashlib.sha256(data).hexdigest()[:12]}"

    def require_strength(self, chosen: float | None) -> None:
        """Refuses a strength that the model does not have.

        Raises:
            AppError: If one was chosen, and the model's card does not say how frequent labels were.
        """
        if chosen is not None and self._reader.thresholds.strength is None:
            raise AppError(
                f"The model {self.reading} does not say how common each expression was in its training: leave out "
                "--strength, or set MODEL_DIR to a model that does."
            )

    def has_copy(self, source: Source) -> bool:
        """Whether nothing is left to draw: a photo that is known but has no copy with boxes is read again."""
        if self._boxes is None or source.is_video:
            return True
        return self._boxes.place_of(source.name).is_file()

    def label(self, source: Source) -> dict[str, Any]:
        """Returns a result as the HTTP API has it; a file that cannot be read has an `error`."""
        from webapp.label.output import write_boxes
        from webapp.photos.service import PhotoResult

        if source.is_video:
            return self._label_clip(source)
        try:
            found, picture = self._reader.find(source.read(self._settings.max_photo_bytes))
            (probs,) = self._reader.classify([found])
            result = PhotoResult(source.name, found, probs, resting=self._resting).as_dict(
                self._reader.thresholds
            )
            if self._boxes:
                write_boxes(result, picture, self._boxes.place_of(source.name))
        except AppError as error:
            return PhotoResult(source.name, error=error).as_dict(self._reader.thresholds)
        except Exception as error:  # noqa: BLE001 - one file never stops the others
            failure = AppError(f"The photo could not be read or its copy not be written: {error}")
            return PhotoResult(source.name, error=failure).as_dict(self._reader.thresholds)
        return result

    def _label_clip(self, source: Source) -> dict[str, Any]:
        from webapp.videos.decoder_process import DecoderProcess
        from webapp.videos.decoding import Limits
        from webapp.videos.service import describe_failure, read_video

        def step(t_s: float, look: Callable[[], DetectedFaces]) -> DetectedFaces:
            if self._stopped.is_set():
                raise AppError("Stopped.")
            found = look()
            self.on_sample(source.name, t_s)
            return found

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
