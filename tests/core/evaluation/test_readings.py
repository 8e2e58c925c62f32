"""Images of digits that are hard to find: composed as said, and read as a person reads them."""

import numpy as np
import pytest

from cnn_core import RunStore, default_runs_dir, load_dataset, load_probe
from cnn_core.evaluation.readings import format_readings, list_reading_sets, measure_readings

COUNT = 20


@pytest.fixture(scope="module")
def probe():
    return load_probe(RunStore(default_runs_dir()).find("handwriting").folder)


@pytest.fixture(scope="module")
def sets():
    mnist = load_dataset("mnist")
    return {one.name: one for one in list_reading_sets(mnist.x_train[-10000:, ..., 0], mnist.y_train[-10000:], COUNT)}


@pytest.mark.mnist
def test_the_same_seed_composes_the_same_images(sets):
    mnist = load_dataset("mnist")
    again = {one.name: one for one in list_reading_sets(mnist.x_train[-10000:, ..., 0], mnist.y_train[-10000:], 2)}
    for name, one in again.items():
        assert all(np.array_equal(a, b) for a, b in zip(one.images, sets[name].images, strict=False))
        assert one.texts == sets[name].texts[:2]


@pytest.mark.mnist
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("tight scan, gray", 0.95),
        ("tight scan, two levels", 0.95),
        ("soft strokes on gray paper", 0.95),
        ("dithered scan", 0.9),
        ("thin strokes in a small photo", 0.9),
        ("one digit in two strokes", 0.95),
        ("row without gaps", 0.7),
        ("row with gaps of a pen's width", 0.9),
        ("small zeros beside tall digits", 0.9),
        ("three rows", 0.85),
        ("row, upside down", 0.85),
        ("row, on its side", 0.85),
    ],
)
def test_digits_are_read_as_a_person_reads_them(probe, sets, name, least):
    """20 images of each set; docs/results.md has 200."""
    right, found = measure_readings(probe, sets[name])
    assert found >= right >= least


def test_the_table_has_a_row_for_each_set(sets_without_mnist):
    table = format_readings(sets_without_mnist, {"a": [(0.5, 0.75)] * len(sets_without_mnist)})
    assert len(table.splitlines()) == 2 + len(sets_without_mnist)
    assert "| 2 | 0.500 | 0.750 |" in table


@pytest.fixture
def sets_without_mnist():
    digits = load_dataset("digits")
    return list(list_reading_sets(digits.x_test[..., 0], digits.y_test, 2))
