"""How calm and how quick live labels are: changes per minute on still faces, time until a real change shows.

    python -m benchmarks.recognition.label_stability [--model models/NAME] [--ckplus ../shared/data/CK+48.zip] [--choose] [--record]

Films are made at run time (benchmarks/recognition/face_videos.py) and read by the app's own pipeline and session. Half of the people
choose (`--choose` tries the values below, `--record` writes the choice into the model's card), the other half report.
Frames are read as the server reads them: known faces are followed, the whole picture is searched now and then. The
reporting films are read a second time with every frame searched, to say what following costs and saves.
"Raw" is the most probable label of the largest box, frame by frame. A change is real where the model, averaged over
each part of the film, clearly (0.6 or more) gives two different labels. Without CK+ only the portrait is measured.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.recognition.face_videos import CKPLUS, Clip, ckplus_clips, portrait_clips
from benchmarks.training.cards import record
from webapp.core.label_state import LabelThresholds
from webapp.inference import load_classifier
from webapp.live.sessions import Session
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.pipeline import FULL_SEARCH, Analysis, Pipeline

Film = list[tuple[float, Analysis]]
Ways = dict[str, Callable[[Film], list[str]]]
"""How a film's frames are put into words, by name."""
SURE_SHARE = 0.5
CLEAR_SHARE = 0.6
LIMIT_S = 0.7
NUM_STILLS, NUM_CHANGES = 96, 144
TAUS_S = (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
LEADS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
GAPS = (0.05, 0.1, 0.15, 0.2)
BEFORE = (0.45, 0.0, 0.0, 0.4)  # sure_from, gap, lead, smoothing_s of the first live page


def play(pipeline: Pipeline, clip: Clip, reading: LabelThresholds, *, follow: bool = True) -> Film:
    """Reads a film frame by frame, as the server does, or with every frame searched for faces."""
    session, film = Session(reading), []
    for at_s, jpeg in clip.frames():
        hint = session.search_hint(now_s=at_s) if follow else FULL_SEARCH
        analysis = pipeline.analyse(jpeg, time.perf_counter(), hint)
        session.update(analysis, now_s=at_s)
        film.append((at_s, analysis))
    return film


def raw_labels(film: Film, labels: Sequence[str]) -> list[str]:
    """Returns the most probable label of the largest box of each frame; `none` without a box."""
    return [labels[int(a.probs[0].argmax())] if len(a.probs) else "none" for _, a in film]


def shown_labels(film: Film, reading: LabelThresholds) -> list[str]:
    """Returns what the page shows at each frame: a label, `unsure`, or `none`."""
    session, shown = Session(reading), []
    for at_s, analysis in film:
        reply = session.update(analysis, now_s=at_s)
        first = next((face.reading for face in reply.faces if face.id == reply.focus), None)
        shown.append("none" if first is None else first.label if first.state == "sure" else "unsure")
    return shown


def changes_per_minute(films: Sequence[Film], words_of: Callable[[Film], list[str]]) -> float:
    """Returns how often the word changes per minute of film."""
    changes = sum(a != b for film in films for a, b in itertools.pairwise(words_of(film)))
    return changes / (sum(film[-1][0] - film[0][0] for film in films) / 60)


def reactions_s(
    films: Sequence[tuple[Clip, Film]], words_of: Callable[[Film], list[str]], labels: Sequence[str]
) -> np.ndarray:
    """Returns, per film with a real change, the seconds until the new word is there; infinite if it never is."""
    times = []
    for clip, film in films:
        before, after = (sure_label(clip, film, part, labels) for part in (0, 1))
        if before and after and before != after:
            words = words_of(film)
            later = [at_s - clip.part_s for (at_s, _), word in zip(film, words, strict=True) if word == after]
            times.append(min((at_s for at_s in later if at_s >= 0), default=math.inf))
    return np.array(times)


def sure_label(clip: Clip, film: Film, part: int, labels: Sequence[str]) -> str | None:
    """Returns the label that the model, averaged over a part of the film, gives at `CLEAR_SHARE` or more."""
    probs = [a.probs[0] for at_s, a in film if int(at_s / clip.part_s) == part and len(a.probs)]
    if not probs or np.mean(probs, axis=0).max() < CLEAR_SHARE:
        return None
    return labels[int(np.mean(probs, axis=0).argmax())]


def choose(
    stills: Sequence[Film], changes: Sequence[tuple[Clip, Film]], make: Callable[..., LabelThresholds]
) -> tuple:
    """Returns the values with the fewest changes whose slowest reaction stays under the limit."""
    best = None
    for tau_s, lead, gap in itertools.product(TAUS_S, LEADS, GAPS):
        reading = make(SURE_SHARE, gap, lead, tau_s)

        def words_of(film: Film, reading: LabelThresholds = reading) -> list[str]:
            return shown_labels(film, reading)

        slow_s = float(reactions_s(changes, words_of, reading.labels).max())
        rate = changes_per_minute(stills, words_of)
        if slow_s < LIMIT_S and (best is None or (rate, slow_s) < best[0]):
            best = (rate, slow_s), (SURE_SHARE, gap, lead, tau_s)
    if best is None:
        raise SystemExit(f"No values react within {LIMIT_S} s.")
    return best[1]


def row(
    name: str,
    stills: Sequence[Film],
    changes: Sequence[tuple[Clip, Film]],
    words_of: Callable[[Film], list[str]],
    labels: Sequence[str],
) -> str:
    """Returns a line of the table: changes per minute, seconds until a change shows, share of frames unsure."""
    words = [word for film in stills for word in words_of(film)]
    times = reactions_s(changes, words_of, labels)
    late = int((times > LIMIT_S).sum())
    quick = f"{np.median(times):.2f} / {times.max():.2f} s, {late} of {len(times)}" if len(times) else "–"
    unsure = 100 * np.mean(np.array(words) == "unsure")
    return f"| {name} | {changes_per_minute(stills, words_of):.1f} | {quick} | {unsure:.0f} % |"


def by_expression(stills: Sequence[tuple[Clip, Film]], ways: Ways) -> None:
    """Prints the changes per minute of each expression's still films apart."""
    print(
        "| still faces | films |"
        + "".join(f" {name} |" for name in ways)
        + "\n|---|---|"
        + "---|" * len(ways)
    )
    for label in sorted({clip.labels[0] for clip, _ in stills}):
        films = [film for clip, film in stills if clip.labels[0] == label]
        rates = "".join(f" {changes_per_minute(films, words_of):.1f} |" for words_of in ways.values())
        print(f"| {label} | {len(films)} |{rates}")
    print()


def two_faces(films: Sequence[Film], reading: LabelThresholds) -> tuple[float, float]:
    """Returns the shares, 0..1, of frames in which the detector sees, and the page shows, more than one face."""
    seen, shown = [], []
    for film in films:
        session = Session(reading)
        for at_s, analysis in film:
            seen.append(len(analysis.boxes) > 1)
            shown.append(len(session.update(analysis, now_s=at_s).faces) > 1)
    return float(np.mean(seen)), float(np.mean(shown))


def detect_ms(films: Sequence[Film]) -> tuple[float, float]:
    """Returns the mean time of finding faces in a frame, in milliseconds, and the share of frames searched, 0..1."""
    frames = [analysis for film in films for _, analysis in film]
    return (
        float(np.mean([one.timing_ms["detect"] for one in frames])),
        float(np.mean([one.searched for one in frames])),
    )


def compare_searches(
    pipeline: Pipeline, films: Sequence[tuple[Clip, Film]], reading: LabelThresholds
) -> None:
    """Prints what following faces costs and saves: the same films, read in turns in one run."""
    ways: dict[str, list[Film]] = {"every frame searched": [], "known faces followed": []}
    for clip, _ in films:
        for done, follow in zip(ways.values(), (False, True), strict=True):
            done.append(play(pipeline, clip, reading, follow=follow))
    print(
        "| reporting, still faces | frames searched | finding faces, mean ms | raw changes | changes per minute |"
    )
    print("|---|---|---|---|---|")
    for name, played in ways.items():
        mean_ms, searched = detect_ms(played)
        raw = changes_per_minute(played, lambda film: raw_labels(film, reading.labels))
        rate = changes_per_minute(played, lambda film: shown_labels(film, reading))
        print(f"| {name} | {100 * searched:.0f} % | {mean_ms:.2f} | {raw:.1f} | {rate:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=Path("models/model2-ferplus-balanced"))
    parser.add_argument("--ckplus", type=Path, default=CKPLUS)
    parser.add_argument("--stills", type=int, default=NUM_STILLS)
    parser.add_argument("--changes", type=int, default=NUM_CHANGES)
    parser.add_argument("--choose", action="store_true", help="search on the choosing half")
    parser.add_argument("--record", action="store_true", help="write what was chosen into the model's card")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    classifier = load_classifier(options.model, threads=1)
    card = classifier.card
    pipeline = Pipeline(BlazeFaceDetector(max_parallel=1), classifier, max_pixels=10**6, max_faces=16)

    def make(sure_from: float, gap: float, lead: float, tau_s: float) -> LabelThresholds:
        return LabelThresholds(card.labels, sure_from, tau_s, 1.5, gap, lead)

    now = LabelThresholds.of_card(card, min_confidence=None, smoothing_s=None, settle_s=1.5)
    portraits = [play(pipeline, clip, now) for clip in portrait_clips()]
    seen, shown = two_faces(portraits, now)
    print(f"Portrait: {100 * seen:.1f} % of frames with a phantom, {100 * shown:.1f} % with it shown.\n")
    if not options.ckplus.is_file():
        raise SystemExit(f"No CK+48 at {options.ckplus}: nothing else to measure.")
    stills, changes = (
        [(clip, play(pipeline, clip, now)) for clip in clips]
        for clips in ckplus_clips(options.ckplus, num_stills=options.stills, num_changes=options.changes)
    )
    half = [[(c, f) for c, f in films if c.subject % 2 == 0] for films in (stills, changes)]
    rest = [[(c, f) for c, f in films if c.subject % 2 == 1] for films in (stills, changes)]
    if options.choose or options.record:
        values = choose([f for _, f in half[0]], half[1], make)
        print("Chosen: sure_from {}, gap {}, lead {}, smoothing_s {}\n".format(*values))
        now = make(*values)
        if options.record:
            record(options.model, "reading", card_entry(now))
    ways: Ways = {
        "raw": lambda film: raw_labels(film, card.labels),
        "one threshold": lambda film: shown_labels(film, make(*BEFORE)),
        "now": lambda film: shown_labels(film, now),
    }
    print(
        "| people | labels | changes per minute, still faces | until a change shows, median / slowest, "
        f"after {LIMIT_S} s | unsure |\n|---|---|---|---|---|"
    )
    for people, (still, change) in (("choosing", half), ("reporting", rest)):
        for name, words_of in ways.items():
            print(row(f"{people} | {name}", [f for _, f in still], change, words_of, card.labels))
    print()
    by_expression(stills, ways)
    compare_searches(pipeline, rest[0], now)
    classifier.close()


def card_entry(reading: LabelThresholds) -> dict[str, Any]:
    """Returns the chosen thresholds as a card has them."""
    return {
        "sure_from": reading.min_confidence,
        "unsure_below": round(reading.min_confidence - reading.gap, 4),
        "lead": reading.margin,
        "smoothing_s": reading.smoothing_s,
        "chosen_on": "films of half of CK+48's people: python -m benchmarks.recognition.label_stability --record",
    }


if __name__ == "__main__":
    main()
