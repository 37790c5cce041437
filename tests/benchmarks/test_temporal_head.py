"""What the comparison of a recurrent head with smoothing counts, on answers that are made up."""

import itertools

import numpy as np
import pytest

from benchmarks.recognition import temporal_head
from benchmarks.recognition.face_videos import FPS, FaceVideo
from benchmarks.recognition.label_stability import raw_labelling
from benchmarks.recognition.label_strength import Answers
from benchmarks.recognition.temporal_head import Films
from webapp.core.geometry import Box
from webapp.inference import LABELS
from webapp.recognition.detection.face import Face
from webapp.recognition.pipeline import Analysis

HAPPY, NEUTRAL, SAD = (LABELS.index(label) for label in ("happy", "neutral", "sad"))
DARK, BRIGHT = (np.full((8, 8, 3), level, np.uint8) for level in (40, 200))


def answer(label, prob=0.9):
    probs = np.full((1, len(LABELS)), (1 - prob) / (len(LABELS) - 1), np.float32)
    probs[0, label] = prob
    return probs


def a_film(video, answers):
    """The film as if the pipeline had given these answers; `None` is a frame without a face."""
    face = Face(Box(10, 10, 20, 20), 0.99)
    none = np.empty((0, len(LABELS)), np.float32)
    return [
        (
            number / FPS,
            Analysis(
                width=64,
                height=48,
                faces=() if probs is None else (face,),
                probs=none if probs is None else probs,
                hints=(),
                timing_ms={},
                searched=True,
            ),
        )
        for number, probs in enumerate(answers)
    ]


@pytest.fixture
def change():
    return FaceVideo("to happy", 1, (DARK, BRIGHT), ("neutral", "happy"), 2.0, 0, fade_s=0.4)


def test_a_change_takes_its_time(change):
    levels = [int(change.face_at(at_s).mean()) for at_s in (0, 1.9, 2.0, 2.1, 2.2, 2.4, 3.9)]
    assert levels == [40, 40, 40, 80, 120, 200, 200]


def test_without_a_fade_it_is_a_cut():
    video = FaceVideo("cut", 1, (DARK, BRIGHT), ("neutral", "happy"), 2.0, 0)
    assert [int(video.face_at(at_s).mean()) for at_s in (1.99, 2.0)] == [40, 200]


def test_the_true_label_changes_in_the_middle_of_the_fade(change):
    films = Films([change], [a_film(change, [answer(NEUTRAL)] * change.num_frames)])
    targets = films.targets[0]
    first = int(np.argmax(targets == HAPPY))
    assert (targets[:first] == NEUTRAL).all()
    assert (targets[first:] == HAPPY).all()
    assert first / FPS == pytest.approx(2.2)


def test_a_frame_without_a_face_has_the_answer_before_it(change):
    films = Films([change], [a_film(change, [answer(SAD), None, answer(HAPPY)])])
    assert films.probs[0].argmax(1).tolist() == [SAD, SAD, HAPPY]


@pytest.fixture
def still():
    return FaceVideo("still", 1, (DARK,), ("neutral",), 1.0, 0)


def test_what_is_counted(change, still):
    """A still face whose label changes twice in a second, and a change that shows four frames late."""
    flicker = [answer(NEUTRAL)] * 7 + [answer(SAD)] + [answer(NEUTRAL)] * 7
    late = [answer(NEUTRAL)] * (2 * FPS + 4) + [answer(HAPPY)] * (2 * FPS - 4)
    films = Films([still, change], [a_film(still, flicker), a_film(change, late)])
    outcome = temporal_head.measure(films, raw_labelling, 0.5)
    assert outcome.changes == pytest.approx(2 / ((len(flicker) - 1) / FPS / 60))
    assert outcome.reaction_s == pytest.approx(4 / FPS)
    assert outcome.shown == 1
    assert outcome.right == pytest.approx(((14 + 33) / (15 + 33) + 26 / 27) / 2)
    assert (outcome.unsure, outcome.photos) == (0, 0.5)


def test_a_change_that_never_shows_is_said(change, still):
    clear = [answer(NEUTRAL)] * (2 * FPS) + [answer(HAPPY)] * (2 * FPS)
    seen = Films(
        [still, change, change], [a_film(still, [answer(NEUTRAL)] * FPS), *[a_film(change, clear)] * 2]
    )
    stuck = np.concatenate([answer(NEUTRAL)] * len(clear))
    half = seen.answered_by([seen.probs[0], stuck, seen.probs[2]])
    assert temporal_head.measure(seen, raw_labelling, 0).shown == 1
    assert temporal_head.measure(half, raw_labelling, 0).shown == 0.5


def test_photos_are_films_that_stand_still():
    photos = Answers(np.concatenate([answer(SAD), answer(HAPPY), answer(SAD)]), np.array([SAD, HAPPY, HAPPY]))
    assert temporal_head.recall_on_photos(photos) == pytest.approx((1 + 0.5) / 2)
    head = temporal_head.without_memory(seed=1)
    assert temporal_head.recall_on_photos(photos, head) == pytest.approx((1 + 0.5) / 2)
    head.layers[1].bias.assign(np.where(np.arange(len(LABELS)) == SAD, 50.0, 0.0))
    assert temporal_head.recall_on_photos(photos, head) == pytest.approx(1 / 2)


def test_the_recurrent_head_looks_back_alone():
    head = temporal_head.recurrent(seed=1)
    answers = temporal_head.as_inputs([np.concatenate([answer(SAD)] * 10)])
    later = answers.copy()
    later[0, 6:] = temporal_head.as_inputs([answer(HAPPY)])[0]
    before, after = head(answers).numpy(), head(later).numpy()
    np.testing.assert_allclose(before[0, :6], after[0, :6], atol=1e-6)
    assert not np.allclose(before[0, 6:], after[0, 6:], atol=1e-3)


def test_the_head_without_memory_begins_as_the_model():
    head = temporal_head.without_memory(seed=1)
    probs = np.concatenate([answer(SAD), answer(HAPPY, 0.4)])
    np.testing.assert_allclose(head(temporal_head.as_inputs([probs])).numpy()[0], probs, atol=1e-5)


def test_a_recurrent_head_learns_to_hold_a_label():
    """Sad faces whose every fifth answer is neutral, and neutral ones whose every fifth is sad."""
    videos, analyses = [], []
    for number, (true, other) in enumerate([(SAD, NEUTRAL), (NEUTRAL, SAD)] * 4):
        videos.append(FaceVideo("still", number, (DARK,), (LABELS[true],), 2.0, number))
        answers = [answer(other if (n + number) % 5 == 4 else true, 0.6) for n in range(2 * FPS)]
        analyses.append(a_film(videos[-1], answers))
    films = Films(videos, analyses)
    head = temporal_head.train(temporal_head.recurrent(seed=1), films)
    held = films.answered_by(list(head.predict(temporal_head.as_inputs(films.probs), verbose=0)))

    def changes(part):
        return sum(a != b for one in part.analyses for a, b in itertools.pairwise(raw_labelling(one)))

    assert changes(films) >= 80
    assert changes(held) <= changes(films) / 5


def test_the_table_has_means_over_seeds():
    outcomes = [
        temporal_head.Outcome(2.0, 0.2, 1.0, 0.5, 0.0, 0.6),
        temporal_head.Outcome(4.0, 0.4, 0.5, 0.7, 0.1, 0.7),
    ]
    assert "| head | 3.0 | 0.30 s | 75.0 % | 60.0 % | 5.0 % | 65.0 % |" in (
        temporal_head.as_table({"head": outcomes})
    )
