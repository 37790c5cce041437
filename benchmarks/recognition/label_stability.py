"""Flicker and reaction time of live labels: changes per minute on still faces, seconds until a real change shows.

    python -m benchmarks.recognition.label_stability [--model models/NAME] [--ckplus CK+48.zip] [--choose] [--record]

Videos are made at run time (benchmarks/recognition/face_videos.py) and read by the app's own pipeline and session.
Half of the subjects are for tuning (`--choose` tries the values below, `--record` writes the best into the model's
card), the other half is held out. Frames are read as the server reads them: known faces are followed, the whole image
is searched now and then. The held-out videos are read a second time with every frame searched, to measure what
following costs and saves.
"Raw" is the most probable label of the largest box, frame by frame. A change is real where the model, averaged over
each part of the video, clearly (0.6 or more) gives two different labels. Without CK+ only the portrait is measured.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.common.data import CKPLUS
from benchmarks.recognition.face_videos import FaceVideo, ckplus_videos, portrait_videos
from benchmarks.training.cards import record
from webapp.core.label_state import LabelThresholds
from webapp.inference import LABELS, load_classifier
from webapp.live.sessions import Session
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.pipeline import FULL_SEARCH, Analysis, Pipeline

Analyses = list[tuple[float, Analysis]]
"""Time in seconds and analysis of each frame of a video."""
Videos = Sequence[tuple[FaceVideo, Analyses]]
Labelling = Callable[[Analyses], list[str]]
"""Function from a video's analyses to the label shown at each frame."""
SURE_SHARE = 0.5
CLEAR_SHARE = 0.6
LIMIT_S = 0.7
NUM_STILLS, NUM_CHANGES = 96, 144
TAUS_S = (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
LEADS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
GAPS = (0.05, 0.1, 0.15, 0.2)
BEFORE = (0.45, 0.0, 0.0, 0.4)  # sure_from, gap, lead, smoothing_s of the first live page
SETTLE_S = 1.5


def analyse(
    pipeline: Pipeline, video: FaceVideo, thresholds: LabelThresholds, *, follow: bool = True
) -> Analyses:
    """Reads a video frame by frame, as the server does, or with every frame searched for faces."""
    session, analyses = Session(thresholds), []
    for at_s, jpeg in video.frames():
        hint = session.search_hint(now_s=at_s) if follow else FULL_SEARCH
        analysis = pipeline.analyse(jpeg, time.perf_counter(), hint)
        session.update(analysis, now_s=at_s)
        analyses.append((at_s, analysis))
    return analyses


def raw_labels(analyses: Analyses, labels: Sequence[str]) -> list[str]:
    """Returns the most probable label of the largest box of each frame; `none` without a box."""
    return [labels[int(a.probs[0].argmax())] if len(a.probs) else "none" for _, a in analyses]


def raw_labelling(analyses: Analyses) -> list[str]:
    """Returns the raw labels of the app's expressions."""
    return raw_labels(analyses, LABELS)


def shown_labels(analyses: Analyses, thresholds: LabelThresholds) -> list[str]:
    """Returns what the page shows at each frame: a label, `unsure`, or `none`."""
    session, shown = Session(thresholds), []
    for at_s, analysis in analyses:
        reply = session.update(analysis, now_s=at_s)
        first = next((face.reading for face in reply.faces if face.id == reply.focus), None)
        shown.append("none" if first is None else first.label if first.state == "sure" else "unsure")
    return shown


def changes_per_minute(videos: Sequence[Analyses], labels_of: Labelling) -> float:
    """Returns how often the label changes per minute of video."""
    changes = sum(a != b for video in videos for a, b in itertools.pairwise(labels_of(video)))
    return changes / (sum(video[-1][0] - video[0][0] for video in videos) / 60)


def reactions_s(videos: Videos, labels_of: Labelling, names: Sequence[str]) -> np.ndarray:
    """Returns, for each video with a real change, the seconds until the new label shows; infinite if it never does."""
    times = []
    for video, analyses in videos:
        before, after = (clear_label(video, analyses, part, names) for part in (0, 1))
        if before and after and before != after:
            shown = zip(analyses, labels_of(analyses), strict=True)
            later = [at_s - video.part_s for (at_s, _), label in shown if label == after]
            times.append(min((at_s for at_s in later if at_s >= 0), default=math.inf))
    return np.array(times)


def clear_label(video: FaceVideo, analyses: Analyses, part: int, names: Sequence[str]) -> str | None:
    """Returns the label that the model, averaged over a part of the video, gives at `CLEAR_SHARE` or more."""
    probs = [a.probs[0] for at_s, a in analyses if int(at_s / video.part_s) == part and len(a.probs)]
    if not probs or np.mean(probs, axis=0).max() < CLEAR_SHARE:
        return None
    return names[int(np.mean(probs, axis=0).argmax())]


def tune(
    stills: Sequence[Analyses],
    changes: Videos,
) -> tuple:
    """Returns the values with the fewest changes whose slowest reaction stays under the limit."""
    best = None
    for tau_s, lead, gap in itertools.product(TAUS_S, LEADS, GAPS):
        labels_of = labelled_by(make_thresholds(SURE_SHARE, gap, lead, tau_s))
        slow_s = float(reactions_s(changes, labels_of, LABELS).max())
        rate = changes_per_minute(stills, labels_of)
        if slow_s < LIMIT_S and (best is None or (rate, slow_s) < best[0]):
            best = (rate, slow_s), (SURE_SHARE, gap, lead, tau_s)
    if best is None:
        raise SystemExit(f"No values react within {LIMIT_S} s.")
    return best[1]


def labelled_by(thresholds: LabelThresholds) -> Labelling:
    """Returns the labelling of a page with these thresholds."""
    return lambda analyses: shown_labels(analyses, thresholds)


def row(
    name: str,
    stills: Sequence[Analyses],
    changes: Videos,
    labels_of: Labelling,
) -> str:
    """Returns a line of the table: changes per minute, seconds until a change shows, share of frames unsure."""
    labels = [label for analyses in stills for label in labels_of(analyses)]
    times = reactions_s(changes, labels_of, LABELS)
    late = int((times > LIMIT_S).sum())
    quick = f"{np.median(times):.2f} / {times.max():.2f} s, {late} of {len(times)}" if len(times) else "–"
    unsure = 100 * np.mean(np.array(labels) == "unsure")
    return f"| {name} | {changes_per_minute(stills, labels_of):.1f} | {quick} | {unsure:.0f} % |"


def print_by_expression(stills: Videos, labellings: Mapping[str, Labelling]) -> None:
    """Prints the changes per minute of each expression's still videos."""
    names = "".join(f" {name} |" for name in labellings)
    print(f"| still faces | videos |{names}\n|---|---|{'---|' * len(labellings)}")
    for label in sorted({video.labels[0] for video, _ in stills}):
        played = [analyses for video, analyses in stills if video.labels[0] == label]
        rates = "".join(
            f" {changes_per_minute(played, labels_of):.1f} |" for labels_of in labellings.values()
        )
        print(f"| {label} | {len(played)} |{rates}")
    print()


def false_positive_shares(videos: Sequence[Analyses], thresholds: LabelThresholds) -> tuple[float, float]:
    """Returns the shares, 0..1, of frames in which the detector sees, and the page shows, more than one face."""
    seen, shown = [], []
    for analyses in videos:
        session = Session(thresholds)
        for at_s, analysis in analyses:
            seen.append(len(analysis.boxes) > 1)
            shown.append(len(session.update(analysis, now_s=at_s).faces) > 1)
    return float(np.mean(seen)), float(np.mean(shown))


def detect_ms(videos: Sequence[Analyses]) -> tuple[float, float]:
    """Returns the mean time of finding faces in a frame, in milliseconds, and the share of frames searched, 0..1."""
    frames = [analysis for analyses in videos for _, analysis in analyses]
    return (
        float(np.mean([one.timing_ms["detect"] for one in frames])),
        float(np.mean([one.searched for one in frames])),
    )


def compare_searches(pipeline: Pipeline, videos: Sequence[FaceVideo], thresholds: LabelThresholds) -> None:
    """Prints what following faces costs and saves: the same videos, read both ways, interleaved in one run."""
    runs: dict[str, list[Analyses]] = {"every frame searched": [], "known faces followed": []}
    for video in videos:
        for done, follow in zip(runs.values(), (False, True), strict=True):
            done.append(analyse(pipeline, video, thresholds, follow=follow))
    print(
        "| held-out, still faces | frames searched | finding faces, mean ms | raw changes | changes per minute |"
    )
    print("|---|---|---|---|---|")
    for name, played in runs.items():
        mean_ms, searched = detect_ms(played)
        raw = changes_per_minute(played, raw_labelling)
        rate = changes_per_minute(played, labelled_by(thresholds))
        print(f"| {name} | {100 * searched:.0f} % | {mean_ms:.2f} | {raw:.1f} | {rate:.1f} |")


def print_flicker(halves: Mapping[str, tuple[Videos, Videos]], labellings: Mapping[str, Labelling]) -> None:
    """Prints the labellings of each half's still videos and changes."""
    print(
        "| subjects | labels | changes per minute, still faces | until a change shows, median / slowest, "
        f"after {LIMIT_S} s | unsure |\n|---|---|---|---|---|"
    )
    for subjects, (stills, changes) in halves.items():
        for name, labels_of in labellings.items():
            print(row(f"{subjects} | {name}", [analyses for _, analyses in stills], changes, labels_of))
    print()


def measure(pipeline: Pipeline, options: argparse.Namespace, current: LabelThresholds) -> None:
    """Reads the videos and prints the tables; tunes the thresholds first if the options say so."""
    seen, shown = false_positive_shares(
        [analyse(pipeline, video, current) for video in portrait_videos()], current
    )
    print(
        f"Portrait: {100 * seen:.1f} % of frames with a false positive, {100 * shown:.1f} % with it shown.\n"
    )
    archive = CKPLUS.find(options.ckplus)
    stills, changes = (
        [(video, at_strength(analyse(pipeline, video, current), current)) for video in videos]
        for videos in ckplus_videos(archive, num_stills=options.stills, num_changes=options.changes)
    )
    tuning, held_out = (
        tuple([one for one in videos if one[0].subject % 2 == odd] for videos in (stills, changes))
        for odd in (0, 1)
    )
    as_read, current = current, replace(current, strength=None)  # the analyses are at the strength
    if options.choose or options.record:
        values = tune([analyses for _, analyses in tuning[0]], tuning[1])
        print("Chosen: sure_from {}, gap {}, lead {}, smoothing_s {}\n".format(*values))
        current = make_thresholds(*values)
        if options.record:
            record(options.model, "reading", card_entry(current))
    labellings = {
        "raw": raw_labelling,
        "one threshold": labelled_by(make_thresholds(*BEFORE)),
        "now": labelled_by(current),
    }
    print_flicker({"tuning": tuning, "held-out": held_out}, labellings)
    print_by_expression(stills, labellings)
    as_read = replace(current, strength=as_read.strength)
    compare_searches(pipeline, [video for video, _ in held_out[0]], as_read)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=Path("models/model2-ferplus-balanced"))
    CKPLUS.add_option(parser)
    parser.add_argument("--stills", type=int, default=NUM_STILLS)
    parser.add_argument("--changes", type=int, default=NUM_CHANGES)
    parser.add_argument(
        "--strength", type=float, help="how common a label is taken to be; the card's if left out"
    )
    parser.add_argument("--choose", action="store_true", help="search for values on the tuning half")
    parser.add_argument("--record", action="store_true", help="write the values found into the model's card")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    classifier = load_classifier(options.model, threads=1)
    pipeline = Pipeline(BlazeFaceDetector(), classifier, max_pixels=10**6, max_faces=16)
    thresholds = LabelThresholds.of_card(
        classifier.card,
        min_confidence=None,
        smoothing_s=None,
        settle_s=SETTLE_S,
        strength=options.strength,
    )
    measure(pipeline, options, thresholds)
    classifier.close()


def at_strength(analyses: Analyses, thresholds: LabelThresholds) -> Analyses:
    """Returns analyses whose probabilities are at the strength at which the app reads the model."""
    return [(at_s, replace(one, probs=thresholds.adjust(one.probs))) for at_s, one in analyses]


def make_thresholds(sure_from: float, gap: float, lead: float, tau_s: float) -> LabelThresholds:
    """Returns thresholds that are tried, in the card's terms."""
    return LabelThresholds(LABELS, sure_from, tau_s, SETTLE_S, gap, lead)


def card_entry(thresholds: LabelThresholds) -> dict[str, Any]:
    """Returns the chosen thresholds as a card has them."""
    return {
        "sure_from": thresholds.min_confidence,
        "unsure_below": round(thresholds.hysteresis.unsure_below, 4),
        "lead": thresholds.margin,
        "smoothing_s": thresholds.smoothing_s,
        "chosen_on": "videos of half of CK+48's subjects: python -m benchmarks.recognition.label_stability --record",
    }


if __name__ == "__main__":
    main()
