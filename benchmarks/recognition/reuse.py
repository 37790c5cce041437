"""What using a reading again saves, and what a viewer notices of it, on videos of faces.

    python -m benchmarks.recognition.reuse [--ckplus CK+48.zip] [--levels 0 1.5 2.5 4] [--stills 24] [--changes 48]

Every video is read as the server reads it, at 15 frames per second: once with every face read, then with readings used
again for up to 200 ms while no mean over 6 x 6 pixels of the crop has changed by more than `levels` grey levels.
`--levels 0` alone prints the figures without reuse. Half of the subjects choose the value, the other half is held out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common.data import CKPLUS
from benchmarks.recognition.face_videos import FaceVideo, ckplus_videos
from benchmarks.recognition.label_stability import Analyses, changes_per_minute, labelled_by, reactions_s
from webapp.core.label_state import LabelThresholds
from webapp.inference import LABELS, load_classifier
from webapp.live.sessions import Session
from webapp.recognition import change
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.pipeline import Pipeline

REUSE_S = 0.2


@dataclass(frozen=True)
class Played:
    """A video as it was read.

    Attributes:
        video: The video.
        analyses: Time and analysis of each frame.
        num_read: Faces that the model read.
        num_faces: Faces in all.
        num_searched: Frames that were searched as a whole.
    """

    video: FaceVideo
    analyses: Analyses
    num_read: int
    num_faces: int
    num_searched: int


def play(pipeline: Pipeline, video: FaceVideo, thresholds: LabelThresholds, levels: float) -> Played:
    """Reads a video as the server does.

    Args:
        pipeline: The app's.
        video: The video.
        thresholds: Thresholds of the labels.
        levels: Largest change at which a reading is used again, in grey levels; 0 for never.
    """
    change.SAME_LEVELS = levels
    session = Session(thresholds, reuse_s=REUSE_S if levels else 0.0)
    analyses: Analyses = []
    num_read = 0
    for at_s, jpeg in video.frames():
        analysis = pipeline.analyse(jpeg, time.perf_counter(), session.search_hint(now_s=at_s))
        num_read += sum(reading.read_s is None for reading in analysis.readings)
        session.update(analysis, now_s=at_s)
        analyses.append((at_s, analysis))
    frames = [analysis for _, analysis in analyses]
    num_faces = sum(len(one.faces) for one in frames)
    return Played(video, analyses, num_read, num_faces, sum(one.searched for one in frames))


def row(
    name: str, stills: Sequence[Played], changes: Sequence[Played], reference: Sequence[Played], labels_of
) -> str:
    """Returns a line of the table."""
    played = [*stills, *changes]
    same = [
        np.array(labels_of(one.analyses)) == np.array(labels_of(other.analyses))
        for one, other in zip(played, reference, strict=True)
    ]
    times = reactions_s([(one.video, one.analyses) for one in changes], labels_of, LABELS)
    num_read, num_faces = sum(one.num_read for one in played), sum(one.num_faces for one in played)
    searched = sum(one.num_searched for one in played) / sum(len(one.analyses) for one in played)
    return (
        f"| {name} | {100 * num_read / num_faces:.0f} % | {100 * searched:.0f} % | "
        f"{100 * np.concatenate(same).mean():.2f} % | "
        f"{changes_per_minute([one.analyses for one in stills], labels_of):.2f} | "
        f"{np.median(times):.2f} / {np.mean(times):.3f} / {times.max():.2f} s of {len(times)} |"
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=Path("models/model2-ferplus-balanced"))
    CKPLUS.add_option(parser)
    parser.add_argument("--levels", type=float, nargs="+", default=[0.0, 1.5, 2.5, 4.0])
    parser.add_argument("--stills", type=int, default=24)
    parser.add_argument("--changes", type=int, default=48)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    classifier = load_classifier(options.model)
    pipeline = Pipeline(BlazeFaceDetector(), classifier, max_pixels=10**6, max_faces=16)
    thresholds = LabelThresholds.of_card(classifier.card, min_confidence=None, smoothing_s=None, settle_s=1.5)
    labels_of = labelled_by(thresholds)
    videos = ckplus_videos(
        CKPLUS.find(options.ckplus), num_stills=options.stills, num_changes=options.changes
    )
    print(
        "| subjects, levels | faces read | frames searched | same label shown | changes per minute, still faces | "
        "until a change shows, median / mean / slowest |\n|---|---|---|---|---|---|"
    )
    for odd, half in enumerate(("choosing", "held out")):
        stills, changes = ([video for video in part if video.subject % 2 == odd] for part in videos)
        reference = [play(pipeline, video, thresholds, 0.0) for video in [*stills, *changes]]
        for levels in options.levels:
            played = (
                [play(pipeline, video, thresholds, levels) for video in [*stills, *changes]]
                if levels
                else reference
            )
            parts = played[: len(stills)], played[len(stills) :]
            print(row(f"{half}, {levels:g}", *parts, reference, labels_of), flush=True)
    classifier.close()


if __name__ == "__main__":
    main()
