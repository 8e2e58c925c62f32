"""Where a live axis begins and ends."""

import keras
import numpy as np
import pytest

from cnn_core.figures.ranges import accuracy_range, chance_loss, loss_decades, loss_range, settle

CHANCE = np.log(10)
FALLING = [2.3 * 0.7**i + 0.05 for i in range(200)]  # a loss as it usually goes


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "mse", "kl_divergence"])
@pytest.mark.parametrize("classes", [2, 10])
def test_the_chance_loss_is_that_of_equal_probabilities(loss, classes):
    truth, guess = np.eye(classes)[:1], np.full((1, classes), 1 / classes)
    assert chance_loss(loss, classes) == pytest.approx(float(keras.losses.get(loss)(truth, guess)[0]), rel=1e-5)


def test_the_initial_range_includes_chance():
    assert loss_range([], [], CHANCE) == (0, pytest.approx(1.1 * CHANCE))
    assert loss_range(FALLING[:15], [], CHANCE) == (0, pytest.approx(1.1 * CHANCE))


def test_the_first_batches_do_not_dominate_the_range():
    top = loss_range(FALLING, [], CHANCE)[1]
    assert top < 1
    assert np.mean(np.array(FALLING) <= top) >= 0.95


def test_epoch_metrics_are_always_in_range():
    assert loss_range(FALLING, [0.3, 1.7], CHANCE)[1] >= 1.7
    assert accuracy_range([0.99] * 50, [0.31, 0.99])[0] <= 0.31


def test_a_loss_far_above_chance_is_in_range():
    assert loss_range([40.0] * 50, [], CHANCE)[1] >= 40


def test_the_accuracy_axis_zooms_in_when_high_and_ends_at_one():
    assert accuracy_range([], [])[0] == 0
    assert accuracy_range([0.1, 0.5] * 20, [])[0] == 0
    low, high = accuracy_range([0.98] * 100, [0.985])
    assert low == 0.95
    assert 1 < high < 1.01


def test_a_log_axis_covers_every_point_in_whole_decades():
    low, high = loss_decades([2.0, 0.03], [0.004], CHANCE)
    assert (low, high) == (-3, 1)
    assert loss_decades([0.0, 1e-30], [], CHANCE)[0] == -5  # six decades at most, and none for zero


def test_gaps_are_ignored_by_ranges():
    values = [None, float("nan"), float("inf"), *FALLING]
    assert loss_range(values, [None], CHANCE) == loss_range(FALLING, [], CHANCE)
    assert loss_decades(values, [None], CHANCE) == loss_decades(FALLING, [], CHANCE)


def test_ranges_change_only_when_points_have_doubled_or_an_epoch_ends():
    ranges = [loss_range(settle(FALLING[:count], 0), [], CHANCE) for count in range(1, 201)]
    changes = [count for count in range(1, 200) if ranges[count] != ranges[count - 1]]
    assert set(changes) <= {15, 31, 63, 127}  # where there are 16, 32, 64, 128
    assert settle(FALLING[:100], 90) == FALLING[:90]
