r"""A small recurrent head on the model's answers, in place of smoothing and hysteresis: less flicker, as quick?

    python -m benchmarks.recognition.temporal_head [--model models/NAME] [--ckplus CK+48.zip] [--london london-dev.zip]

Films (benchmarks/recognition/face_videos.py) of CK+48's posed expressions and of the London Set's neutral and slightly
smiling portraits: still faces, and changes of one person's expression that take 0.4 s. CK+48 has each sequence's last
three images alone, so the way from neutral to an expression is drawn, not filmed. People with even numbers train the
heads, those with odd numbers are held out; the app's thresholds were chosen on the even ones of CK+ as well.

The films are read by the app's pipeline at the app's strength. A head takes the answer to the largest face, frame after
frame, as logarithms, and is trained on each frame's true label. The recurrent one adds to them what a GRU of 16 units
makes of all frames so far; to make it steady, its loss may also count how much its answer moves while the true label
stays. The head without memory maps each answer alone: what it gains comes from other labels, not from time. All are
trained from several seeds; their figures are means.

Web photos, which nobody posed, tell what a head has learned of these people's films alone: each photo stands still for
a second.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from keras import ops

from benchmarks.common.data import CKPLUS, LONDON, PHOTOS
from benchmarks.recognition.conditions import read_london
from benchmarks.recognition.face_videos import CHANGE_S, FPS, STILL_S, FaceVideo, ckplus_videos
from benchmarks.recognition.label_stability import (
    Analyses,
    analyse,
    at_strength,
    changes_per_minute,
    raw_labelling,
    shown_labels,
)
from benchmarks.recognition.label_strength import Answers, ask, read_web_photos
from benchmarks.recognition.photos import measure_accuracy
from webapp.core.geometry import Box
from webapp.core.label_state import LabelThresholds
from webapp.inference import LABELS, load_classifier
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.pipeline import Analysis, Pipeline

FADE_S = 0.4
NUM_STILLS, NUM_CHANGES = 96, 144
PORTRAIT_PX, PORTRAIT_MARGIN = 192, 0.3
UNITS, EPOCHS, LEARNING_RATE = 16, 150, 3e-3
STEADINESS = (0.0, 4.0, 16.0)
LEAST_PROB = 1e-5
SETTLE_S = 1.5
NO_SMOOTHING_S = 1e-3

Probs = list[np.ndarray]
"""float arrays `(num_frames, num_labels)`, one per film: the answers to the largest face."""


@dataclass(frozen=True)
class Films:
    """Films as the app's pipeline read them.

    Attributes:
        videos: The films.
        analyses: What the pipeline saw, one list per film, probabilities at the app's strength.
    """

    videos: Sequence[FaceVideo]
    analyses: Sequence[Analyses]

    def part(self, keep: Callable[[FaceVideo], bool]) -> Films:
        """Returns some of the films."""
        chosen = [pair for pair in zip(self.videos, self.analyses, strict=True) if keep(pair[0])]
        return Films([video for video, _ in chosen], [analyses for _, analyses in chosen])

    @property
    def probs(self) -> Probs:
        """The answers to the largest face; a frame without a face has the answer before it."""
        return [_answers(analyses) for analyses in self.analyses]

    @property
    def targets(self) -> list[np.ndarray]:
        """The true label of every frame, int arrays `(num_frames,)`; a change counts from the middle of its fade."""
        return [
            np.array([LABELS.index(_label_at(video, at_s)) for at_s, _ in analyses])
            for video, analyses in zip(self.videos, self.analyses, strict=True)
        ]

    def answered_by(self, probs: Probs) -> Films:
        """Returns the same films with other answers to the largest face."""
        return Films(
            self.videos,
            [
                [(at_s, _with_first(one, row)) for (at_s, one), row in zip(analyses, rows, strict=True)]
                for analyses, rows in zip(self.analyses, probs, strict=True)
            ],
        )


def _answers(analyses: Analyses) -> np.ndarray:
    rows, last = [], np.full(len(LABELS), 1 / len(LABELS), np.float32)
    for _, one in analyses:
        last = one.probs[0] if len(one.probs) else last
        rows.append(last)
    return np.array(rows, np.float32)


def _label_at(video: FaceVideo, at_s: float) -> str:
    return video.labels[max(0, int((at_s - video.fade_s / 2) / video.part_s))]


def _with_first(analysis: Analysis, row: np.ndarray) -> Analysis:
    if not len(analysis.probs):
        return analysis
    return replace(analysis, probs=np.concatenate([row[None], analysis.probs[1:]]))


def london_videos(archive: Path) -> Iterator[FaceVideo]:
    """Yields three films of each person: at rest, beginning to smile, and back again."""
    detector = BlazeFaceDetector()
    people: dict[str, dict[str, np.ndarray]] = {}
    for picture in read_london(archive):
        faces = detector.detect(picture.rgb)
        if faces:
            people.setdefault(picture.person, {})[picture.label] = _portrait(picture.rgb, faces[0].box)
    for name, portraits in people.items():
        number = int(name)
        for place, labels in enumerate((("neutral",), ("neutral", "happy"), ("happy", "neutral"))):
            if all(label in portraits for label in labels):
                images = tuple(portraits[label] for label in labels)
                seconds = STILL_S if len(labels) == 1 else CHANGE_S
                seed = 10_000 + 3 * number + place
                yield FaceVideo(f"london {name}", number, images, labels, seconds, seed, FADE_S)


def _portrait(rgb: np.ndarray, box: Box) -> np.ndarray:
    """Returns the face with some of its surroundings, uint8 BGR `(PORTRAIT_PX, PORTRAIT_PX, 3)`."""
    side = max(box.w, box.h) * (1 + 2 * PORTRAIT_MARGIN)
    centre = box.x + box.w / 2, box.y + box.h / 2
    patch = cv2.getRectSubPix(rgb, (round(side), round(side)), centre)
    return cv2.cvtColor(
        cv2.resize(patch, (PORTRAIT_PX, PORTRAIT_PX), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR
    )


def without_memory(seed: int) -> keras.Model:
    """Returns a head that maps each answer alone."""
    keras.utils.set_random_seed(seed)
    answers = keras.Input((None, len(LABELS)))
    mapped = keras.layers.Dense(len(LABELS), kernel_initializer="identity")(answers)
    return keras.Model(answers, keras.layers.Softmax()(mapped))


def recurrent(seed: int) -> keras.Model:
    """Returns a head that adds to each answer what a GRU makes of it and all before."""
    keras.utils.set_random_seed(seed)
    answers = keras.Input((None, len(LABELS)))
    memory = keras.layers.GRU(UNITS, return_sequences=True)(answers)
    change = keras.layers.Dense(len(LABELS))(keras.layers.Concatenate()([answers, memory]))
    return keras.Model(answers, keras.layers.Softmax()(keras.layers.Add()([answers, change])))


def train(model: keras.Model, films: Films, steadiness: float = 0.0) -> keras.Model:
    """Fits a head to the films' true labels, every expression counting alike.

    Args:
        model: The head.
        films: Films of equal length.
        steadiness: Weight in the loss of the answer's movement, in L1, while the true label stays.
    """
    targets = np.stack(films.targets)
    counts = np.bincount(targets.ravel(), minlength=len(LABELS))
    weights = (
        np.divide(targets.size, counts, out=np.zeros(len(LABELS)), where=counts > 0) / (counts > 0).sum()
    )

    def loss(true: Any, answers: Any) -> Any:
        true = ops.cast(ops.reshape(true, (-1, targets.shape[1])), "int32")
        moves = ops.sum(ops.abs(answers[:, 1:] - answers[:, :-1]), axis=-1)
        moves = ops.where(true[:, 1:] == true[:, :-1], moves, 0.0)
        wrong = keras.losses.sparse_categorical_crossentropy(true, answers)
        return wrong + steadiness * ops.pad(moves, ((0, 0), (1, 0)))

    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss)
    inputs = as_inputs(films.probs)
    model.fit(inputs, targets, sample_weight=weights[targets], batch_size=32, epochs=EPOCHS, verbose=0)
    return model


def as_inputs(probs: Probs) -> np.ndarray:
    """Returns what a head takes: float32 `(num_films, num_frames, num_labels)`, logarithms."""
    return np.log(np.clip(np.stack(probs), LEAST_PROB, 1)).astype(np.float32)


@dataclass(frozen=True)
class Outcome:
    """What one way of labelling gives on held-out people.

    Attributes:
        changes: Label changes per minute of still faces.
        reaction_s: Median time until the true label of a change shows, in seconds, where it does.
        shown: Share of changes whose true label shows, 0..1.
        right: Mean over the expressions of the share of frames labelled right, 0..1; an unsure frame is not.
        unsure: Share of frames that are unsure, 0..1.
        photos: Mean recall on web photos without disgust, 0..1.
    """

    changes: float
    reaction_s: float
    shown: float
    right: float
    unsure: float
    photos: float


def measure(films: Films, labels_of: Callable[[Analyses], list[str]], photos: float) -> Outcome:
    """Measures one way of labelling.

    Args:
        films: Films with the answers that are labelled.
        labels_of: Function from a film's analyses to the label shown at each frame.
        photos: Mean recall on web photos.
    """
    shown = [labels_of(analyses) for analyses in films.analyses]
    times = np.array(list(_reactions_s(films, shown)))
    true, named = np.concatenate(films.targets), np.concatenate([np.array(labels) for labels in shown])
    recalls = [np.mean(named[true == index] == LABELS[index]) for index in np.unique(true)]
    stills = [one for video, one in zip(films.videos, films.analyses, strict=True) if len(video.images) == 1]
    return Outcome(
        changes=changes_per_minute(stills, labels_of),
        reaction_s=float(np.median(times[np.isfinite(times)])),
        shown=float(np.isfinite(times).mean()),
        right=float(np.mean(recalls)),
        unsure=float(np.mean(named == "unsure")),
        photos=photos,
    )


def _reactions_s(films: Films, shown: Sequence[Sequence[str]]) -> Iterator[float]:
    for video, analyses, labels in zip(films.videos, films.analyses, shown, strict=True):
        if len(video.images) > 1:
            times = (
                at_s for (at_s, _), label in zip(analyses, labels, strict=True) if label == video.labels[1]
            )
            yield min((at_s - video.part_s for at_s in times if at_s >= video.part_s), default=math.inf)


def recall_on_photos(photos: Answers, head: keras.Model | None = None) -> float:
    """Returns the mean recall on photos without disgust, each read as a film of one second that stands still."""
    probs = photos.probs
    if head is not None:
        probs = head.predict(as_inputs([np.repeat(row[None], FPS, axis=0) for row in probs]), verbose=0)[
            :, -1
        ]
    pairs = zip(photos.labels, probs.argmax(1), strict=True)
    return measure_accuracy([(LABELS[true], LABELS[read]) for true, read in pairs]).without_disgust


def compare(
    training: Films, held_out: Films, photos: Answers, thresholds: LabelThresholds, seeds: int
) -> dict[str, list[Outcome]]:
    """Returns each way's outcomes on held-out people, one per seed.

    Args:
        training: Films of those who train the heads.
        held_out: Films of the others.
        photos: The model's answers to web photos, at the app's strength.
        thresholds: The app's thresholds; their strength is that of the films already.
        seeds: Number of trainings of each head.
    """
    steadied = _shown_with(thresholds)
    ways = {
        "": raw_labelling,
        ", then hysteresis": _shown_with(replace(thresholds, smoothing_s=NO_SMOOTHING_S)),
        ", then smoothing and hysteresis": steadied,
    }
    rows = {
        "the model alone": [measure(held_out, raw_labelling, recall_on_photos(photos))],
        "smoothing and hysteresis, the app's": [measure(held_out, steadied, recall_on_photos(photos))],
    }
    for seed in range(1, seeds + 1):
        heads = {"head without memory": train(without_memory(seed), training)}
        for steadiness in STEADINESS:
            name = f"recurrent head, steadiness {steadiness:g}"
            heads[name] = train(recurrent(seed), training, steadiness)
        for name, head in heads.items():
            answers = held_out.answered_by(list(head.predict(as_inputs(held_out.probs), verbose=0)))
            recall = recall_on_photos(photos, head)
            for after, labels_of in ways.items():
                rows.setdefault(f"{name}{after}", []).append(measure(answers, labels_of, recall))
    return rows


def _shown_with(thresholds: LabelThresholds) -> Callable[[Analyses], list[str]]:
    return lambda analyses: shown_labels(analyses, thresholds)


def as_table(rows: dict[str, list[Outcome]]) -> str:
    """Returns the means over the seeds as a Markdown table."""
    lines = [
        "| labels | changes per minute, still faces | until the true label shows, median | changes shown | "
        "frames right, mean of expressions | frames unsure | web photos, without disgust |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, outcomes in rows.items():
        mean = Outcome(*np.mean([list(vars(one).values()) for one in outcomes], axis=0))
        shares = (mean.shown, mean.right, mean.unsure, mean.photos)
        percent = " | ".join(f"{100 * share:.1f} %" for share in shares)
        lines.append(f"| {name} | {mean.changes:.1f} | {mean.reaction_s:.2f} s | {percent} |")
    return "\n".join(lines)


def read(
    model_dir: Path, videos: Sequence[FaceVideo], photos: Path
) -> tuple[Films, Answers, LabelThresholds]:
    """Reads films and web photos as the app does; returns both at its strength, and thresholds for such answers."""
    classifier = load_classifier(model_dir, threads=1)
    pipeline = Pipeline(BlazeFaceDetector(), classifier, max_pixels=10**6, max_faces=16)
    thresholds = LabelThresholds.of_card(
        classifier.card, min_confidence=None, smoothing_s=None, settle_s=SETTLE_S
    )
    answers = ask(classifier.classify, read_web_photos(photos, classifier.card.crop))
    analyses = []
    for number, video in enumerate(videos, start=1):
        analyses.append(at_strength(analyse(pipeline, video, thresholds), thresholds))
        print(f"\r{number} of {len(videos)} films read", end="", flush=True)
    print("\n")
    classifier.close()
    answers = replace(answers, probs=thresholds.adjust(answers.probs))
    return Films(videos, analyses), answers, replace(thresholds, strength=None)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=Path("models/model2-ferplus-balanced-int8"))
    for data_set in (CKPLUS, LONDON, PHOTOS):
        data_set.add_option(parser)
    parser.add_argument("--stills", type=int, default=NUM_STILLS)
    parser.add_argument("--changes", type=int, default=NUM_CHANGES)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    posed = itertools.chain.from_iterable(
        ckplus_videos(CKPLUS.find(options.ckplus), num_stills=options.stills, num_changes=options.changes)
    )
    videos = [replace(video, fade_s=FADE_S) for video in posed]
    videos += london_videos(LONDON.find(options.london))
    films, photos, thresholds = read(options.model, videos, PHOTOS.find(options.photos))
    training = films.part(lambda video: video.subject % 2 == 0)
    held_out = films.part(lambda video: video.subject % 2 == 1)
    print(
        f"{len(training.videos)} films train the heads, {len(held_out.videos)} are held out ({FPS} frames a second).\n"
    )
    print(as_table(compare(training, held_out, photos, thresholds, options.seeds)))


if __name__ == "__main__":
    main()
