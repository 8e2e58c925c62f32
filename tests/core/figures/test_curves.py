"""Points of the curves: where they lie, how many there are, how far apart."""

import numpy as np
import pytest
from hand_made_run import batch, epoch, make_run
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.figures.curves import POINTS_AT_MOST, compute_curves, measure_spacing, thin


@pytest.fixture
def made(tmp_path, tiny_experiment):
    return make_run(tmp_path, tiny_experiment)


def test_a_point_within_an_epoch_is_at_its_fraction_of_images(made):
    store, folder, writer = made
    batch(writer, 1, 5)
    batch(writer, 3, 2)
    assert compute_curves(store.find(folder.id), "loss")["within"].x == [0.5, 2.2]


def test_epoch_metrics_are_at_the_end_of_the_epoch_or_at_the_stop(made):
    store, folder, writer = made
    epoch(writer, 1, loss=0.7, val_loss=0.4)
    writer.emit("epoch", epoch=2, samples=250, loss=0.6, val_loss=0.3, accuracy=1.0, val_accuracy=1.0, seconds=1.0)
    curves = compute_curves(store.find(folder.id), "loss")
    assert curves["train"].x == curves["watched"].x == [1, 1.25]
    assert curves["train"].y == [0.7, 0.6]
    assert curves["watched"].y == [0.4, 0.3]


def test_a_nan_loss_is_a_gap(made):
    store, folder, writer = made
    batch(writer, 1, 1, loss=float("nan"))
    assert compute_curves(store.find(folder.id), "loss")["within"].y == [None]


@given(st.integers(0, 5 * POINTS_AT_MOST))
def test_a_downsampled_curve_has_at_most_1000_points_and_keeps_its_end(count):
    points = [(float(i), float(i % 7)) for i in range(count)]
    thinned = thin(points)
    assert len(thinned) <= POINTS_AT_MOST
    assert len(thinned) == count or len(thinned) > POINTS_AT_MOST / 2 - 1
    assert [x for x, _ in thinned[-1:]] == [x for x, _ in points[-1:]]


def test_downsampling_averages_all_points():
    values = np.random.default_rng(0).random(4 * POINTS_AT_MOST)
    thinned = thin(list(enumerate(values)))
    assert np.allclose([y for _, y in thinned], values.reshape(-1, 4).mean(axis=1))


def test_a_growing_curve_is_regrouped_only_when_doubled():
    points = [(float(i), float(i)) for i in range(8 * POINTS_AT_MOST)]
    starts = [thin(points[:count])[0] for count in range(1, 8 * POINTS_AT_MOST, 50)]
    assert len(set(starts)) == 4  # groups of 1, 2, 4, 8


def test_the_spacing_is_the_median_distance_of_the_last_points():
    times = [0.0, 0.1, 0.2, 0.3, 9.0, 9.1, 9.2]  # a pause in between
    batches = [{"epoch": 1, "time": t, "step": 16 * (i + 1)} for i, t in enumerate(times)]
    spacing = measure_spacing(batches)
    assert spacing.steps == 16
    assert spacing.seconds == pytest.approx(0.1)


def test_the_spacing_of_a_downsampled_curve_is_that_of_groups():
    batches = [{"epoch": 1, "time": i / 10, "step": i + 1} for i in range(2 * POINTS_AT_MOST)]
    assert measure_spacing(batches).steps == 2
    assert measure_spacing(batches).seconds == pytest.approx(0.2)


@pytest.mark.parametrize("batches", [[], [{"epoch": 1}], [{"epoch": 1}, {"epoch": 2}]], ids=len)
def test_there_is_no_spacing_before_an_epoch_has_two_points(batches):
    assert measure_spacing(batches) is None
