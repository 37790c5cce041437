"""Schedules, losses, metrics and calibration against numbers worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.samples import make_faces
from training.config import Recipe
from training.data.batches import Batches, mixup, predict_ten_crops, targets
from training.evaluation.calibrate import Calibration, fit_temperature
from training.evaluation.metrics import (
    balanced_accuracy,
    confusion_matrix,
    cross_entropy,
    expected_calibration_error,
    per_class,
    top1_accuracy,
    weights_for_shares,
)
from training.nn.losses import adjust_logits, l2_svm, make_loss
from training.nn.schedule import Trapezoid

PROBABILITIES = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8]])
LABELS = np.array([0, 1, 2, 2])
TINY = Recipe(
    name="tiny", model="model2", about="A test.", epochs=1, batch_size=5, optimizer="adam", learning_rate=0.01
)


def test_accuracy_and_confusion():
    assert top1_accuracy(PROBABILITIES, LABELS) == 0.75
    assert confusion_matrix(PROBABILITIES, LABELS).tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]


def test_cross_entropy_is_the_mean_of_minus_log_p():
    assert cross_entropy(PROBABILITIES, LABELS) == pytest.approx(-np.mean(np.log([0.8, 0.6, 0.1, 0.8])))


def test_balanced_accuracy_ignores_labels_that_do_not_occur():
    assert balanced_accuracy(np.array([[3, 1, 0], [0, 1, 1], [0, 0, 0]])) == pytest.approx((0.75 + 0.5) / 2)


def test_per_class_figures():
    rows = per_class(np.array([[3, 1, 0], [1, 3, 0], [0, 0, 0]]))
    assert rows[0] == {"precision": 0.75, "recall": 0.75, "f1": 0.75, "support": 4}
    assert rows[2] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}


def test_calibration_error_weighs_each_bin_by_its_share():
    # Three answers with confidence 0.9, two of them right; one with 0.5, right.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.5, 0.5]])
    expected = 3 / 4 * abs(2 / 3 - 0.9) + 1 / 4 * abs(1 - 0.5)
    assert expected_calibration_error(probabilities, np.array([0, 0, 1, 0])) == pytest.approx(expected)


def test_calibration_error_with_labels_at_other_shares():
    # Label 0 is right with 0.9 and label 1 wrong with 0.9, once each; three of four answers are to be of label 0.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1]])
    labels = np.array([0, 1])
    weights = weights_for_shares(labels, np.array([0.75, 0.25]))
    assert weights == pytest.approx([1.5, 0.5])
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.9 - 1 / 2)
    assert expected_calibration_error(probabilities, labels, weights=weights) == pytest.approx(0.9 - 3 / 4)


def test_weights_leave_shares_of_labels_without_an_answer_to_the_others():
    labels = np.array([0, 0, 2])
    weights = weights_for_shares(labels, np.array([0.3, 0.4, 0.3]))
    assert [weights[labels == label].sum() for label in (0, 2)] == pytest.approx([1.5, 1.5])


def test_l2_svm_is_half_the_sum_of_squared_violations():
    # y = 0 with score 2: label 1 at 1.5 violates by 0.5, label 2 at 3 by 2; y = 2 with score 9: none violates.
    scores = np.array([[2.0, 1.5, 3.0], [0.0, 7.0, 9.0]], np.float32)
    found = np.asarray(l2_svm(np.eye(3, dtype=np.float32)[[0, 2]], scores))
    assert found == pytest.approx([0.5 * (0.5**2 + 2**2), 0.0])


def test_temperature_two_takes_the_square_root_of_odds():
    assert Calibration(2.0).apply(np.array([[0.8, 0.2]])) == pytest.approx(np.array([[2 / 3, 1 / 3]]))


def test_temperature_is_found_again_after_spoiling_calibrated_probabilities():
    random = np.random.default_rng(0)
    calibrated = random.dirichlet(np.full(7, 0.5), 20000)
    labels = (calibrated.cumsum(1) > random.random((20000, 1))).argmax(1)
    spoiled = Calibration(1 / 1.7).apply(calibrated)
    assert fit_temperature(spoiled, labels).temperature == pytest.approx(1.7, abs=0.05)


def test_temperature_must_be_positive():
    with pytest.raises(ValueError, match="Received: temperature=0"):
        Calibration(0)


def test_trapezoid_rises_stays_and_falls_to_zero():
    rate = Trapezoid(2.0, warmup_steps=4, decay_steps=5, total_steps=20)
    found = [float(rate(step)) for step in (0, 1, 3, 4, 15, 16, 19, 20)]
    assert found == pytest.approx([0.5, 1.0, 2.0, 2.0, 2.0, 1.6, 0.4, 0.0])


def test_a_longer_trapezoid_begins_like_a_shorter_one():
    short = Trapezoid(1.0, warmup_steps=4, decay_steps=5, total_steps=20)
    long = Trapezoid(1.0, warmup_steps=4, decay_steps=5, total_steps=40)
    assert [float(short(s)) for s in range(15)] == [float(long(s)) for s in range(15)]


def test_smoothing_spreads_its_share_over_all_labels():
    smooth = targets(make_faces(4), 0.14)
    assert smooth[3, 3] == pytest.approx(0.86 + 0.02)
    assert smooth[3, 0] == pytest.approx(0.02)


def test_soft_labels_are_the_targets():
    soft = np.full((4, 7), 1 / 7, np.float32)
    soft[0] = [0.7, 0.3, 0, 0, 0, 0, 0]
    faces = replace(make_faces(4), soft=soft)
    np.testing.assert_array_equal(targets(faces, 0.0), soft)
    assert targets(faces.take(np.array([0])), 0.7)[0, :3] == pytest.approx([0.31, 0.19, 0.1])


def test_batches_hold_every_image_once_in_an_order_set_by_seed_and_epoch():
    def order(epoch, seed=1):
        batches = Batches(make_faces(20), replace(TINY, seed=seed), epoch=epoch)
        return [image.tobytes() for i in range(len(batches)) for image in batches[i][0]]

    assert sorted(order(0)) == sorted(image.tobytes() for image in make_faces(20).images)
    assert order(0) == order(0)
    assert order(0) != order(1)
    assert order(0) != order(0, seed=2)


def test_mixup_blends_pairs_by_one_share_for_image_and_target():
    images = np.array([[[[0]]], [[[200]]]], np.uint8)
    blended, mixed = mixup(images, np.eye(2, dtype=np.float32), 0.5, np.random.default_rng(1))
    partners_differ = mixed[0, 1] > 0
    assert partners_differ
    for value, target in zip(blended.ravel(), mixed, strict=True):
        assert target.sum() == pytest.approx(1)
        assert value == pytest.approx(200 * target[1], abs=0.5)
    assert (mixed.max(1) >= 0.5).all()
    assert mixed[0, 0] >= 0.5  # an image keeps at least half of itself


def test_logit_adjustment_multiplies_the_probabilities_by_the_labels_shares():
    loss = make_loss(replace(TINY, label_prior=1.0), np.array([0.5, 0.25, 0.25]))
    # 0.2 x 0.5, 0.4 x 0.25, 0.4 x 0.25: each a third.
    value = np.asarray(loss(np.array([[1.0, 0, 0]]), np.array([[0.2, 0.4, 0.4]], np.float32)))
    assert value == pytest.approx([np.log(3)], rel=1e-5)


def test_a_negative_tau_undoes_a_positive_one():
    probabilities, shares = np.array([[0.2, 0.4, 0.4]], np.float32), np.array([0.5, 0.25, 0.25])
    adjusted = adjust_logits(probabilities, shares, 1.0)
    assert np.asarray(adjusted) == pytest.approx(np.full((1, 3), 1 / 3), rel=1e-5)
    assert np.asarray(adjust_logits(adjusted, shares, -1.0)) == pytest.approx(probabilities, rel=1e-5)


def test_class_weights_are_the_mean_share_over_the_labels_share():
    probabilities = np.full((2, 4), 0.25, np.float32)
    loss = make_loss(replace(TINY, class_weights=True), np.array([0.5, 0.3, 0.1, 0.1]))
    values = np.asarray(loss(np.eye(4)[[0, 2]], probabilities))
    assert values == pytest.approx([0.5 * np.log(4), 2.5 * np.log(4)], rel=1e-5)


def test_focal_loss_is_cross_entropy_times_the_squared_error_probability():
    loss = make_loss(replace(TINY, loss="focal"), np.array([0.5, 0.5]))
    value = np.asarray(loss(np.array([[1.0, 0]]), np.array([[0.75, 0.25]], np.float32)))
    assert value == pytest.approx([0.25**2 * -np.log(0.75)], rel=1e-5)


def test_ten_crops_are_the_corners_and_the_middle_each_with_its_mirror_image():
    image = np.zeros((1, 48, 48, 1), np.uint8)
    for level, (top, left) in enumerate(((0, 0), (0, 47), (47, 0), (47, 47)), start=1):
        image[0, top, left] = 50 * level
    seen = []

    def corners(images):
        seen.append([int(images[0, row, column, 0]) for row in (0, -1) for column in (0, -1)])
        return np.array([[float(len(seen)), 0.0]])

    mean = predict_ten_crops(corners, image)
    assert mean.tolist() == [[5.5, 0.0]]  # the mean of 1 to 10
    alone = ([50, 0, 0, 0], [0, 100, 0, 0], [0, 0, 150, 0], [0, 0, 0, 200], [0, 0, 0, 0])
    mirrored = ([0, 50, 0, 0], [100, 0, 0, 0], [0, 0, 0, 150], [0, 0, 200, 0], [0, 0, 0, 0])
    assert seen == [crop for pair in zip(alone, mirrored, strict=True) for crop in pair]
