"""Images written otherwise, and what part of them a model reads as meant."""

from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest

from cnn_core import find_recipe
from cnn_core.data.handwriting import redraw as written
from cnn_core.data.handwriting.examples import DIGIT_STROKES
from cnn_core.evaluation.handwriting import (
    HandwritingSet,
    Reading,
    compute_mean,
    format_table,
    list_sets,
    read_handwriting,
)

BAR = np.zeros((28, 28), np.uint8)
BAR[4:24, 12:16] = 255  # 20 high, 4 wide
PIXEL = 4  # of the enlarged sheet


def redraw(way, ink=BAR, seed=0):
    return way(ink, np.random.default_rng(seed))


def width(ink):
    """How many columns have ink in the middle row of what is drawn, in pixels of the small image."""
    rows = np.flatnonzero((ink > 127).any(axis=1))
    return (ink[(rows[0] + rows[-1]) // 2] > 127).sum() / PIXEL


@pytest.mark.parametrize(("pixels", "wanted"), [(1.25, 6.5), (0.5, 5), (-0.75, 2.5), (-1, 2)])
def test_stroke_width_changes_by_the_given_amount_on_each_side(pixels, wanted):
    assert width(redraw(written.pen(pixels))) == pytest.approx(wanted, abs=0.3)


def test_the_thinnest_pen_keeps_the_stroke():
    assert redraw(written.pen(-5)).max() > 50


@pytest.mark.parametrize("seed", range(4))
def test_shear_moves_rows_by_the_tangent_of_the_angle(seed):
    straight, slanted = redraw(written.pen(0)), redraw(written.slant(25), seed=seed)
    assert slanted.sum() == pytest.approx(straight.sum(), rel=0.02)
    rows = np.flatnonzero((slanted > 127).any(axis=1))
    top, bottom = (np.flatnonzero(slanted[row] > 127).mean() for row in (rows[0], rows[-1]))
    lean = abs(top - bottom) / (rows[-1] - rows[0])
    assert np.tan(np.radians(12)) < lean < np.tan(np.radians(26))


@pytest.mark.parametrize("seed", range(4))
def test_rotation_keeps_the_ink_and_tilts_the_bar(seed):
    turned = redraw(written.turn(20), seed=seed)
    assert turned.sum() == pytest.approx(redraw(written.pen(0)).sum(), rel=0.02)
    assert (turned > 127).any(axis=0).sum() > 5 * PIXEL


@pytest.mark.parametrize("seed", range(4))
def test_a_stretch_changes_only_the_width(seed):
    stretched = redraw(written.stretch(0.4), seed=seed)
    assert 0.2 - 1 / 16 <= abs(width(stretched) / 4 - 1) <= 0.4 + 1 / 16  # told to a quarter of 4 pixels
    assert (stretched > 127).any(axis=1).sum() == pytest.approx(20 * PIXEL, abs=2)


@pytest.mark.parametrize("side", [16, 32])
def test_a_scan_is_binary_with_the_given_longest_side(side):
    scan = redraw(written.scan(side))
    assert set(np.unique(scan)) == {0, 255}
    assert scan.any(axis=1).sum() == side
    assert scan.any(axis=0).sum() == round(side / 5)


def test_a_tight_scan_fills_its_box_and_keeps_the_aspect_of_a_bar():
    square = np.zeros((28, 28), np.uint8)
    square[4:24, 8:20] = 255
    assert redraw(written.scan(16, fills=True), square).shape == (20, 20)
    assert redraw(written.scan(16, fills=True)).any(axis=0).sum() < 10


def test_off_center_digits_are_complete():
    moved = redraw(written.off_centre)
    assert moved.shape == (112, 112)
    assert moved.sum() == BAR.sum()


def test_faint_and_photographed_ink_is_darker_than_paper():
    for way in (written.faint, written.on_paper):
        picture = redraw(way)
        middle = picture[picture.shape[0] // 2, picture.shape[1] // 2]
        assert middle < np.median(picture) - 20


def test_jitter_differs_per_image_and_is_determined_by_the_seed():
    first, second, again = (written.write_strokes(DIGIT_STROKES[3], np.random.default_rng(i)) for i in (1, 2, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)


def always(digit):
    """A model that gives one answer whatever it is shown."""
    probe = SimpleNamespace(experiment=find_recipe("R2").experiment)
    probe.predict_inputs = lambda inputs: np.eye(10)[np.full(len(inputs), digit)]
    return probe


def test_accuracy_is_the_fraction_of_images_read_correctly():
    one = HandwritingSet("bars", [BAR] * 4, np.array([1, 1, 1, 7]))
    assert list(read_handwriting(always(1), [one])) == [Reading("bars", 4, 0.75)]


def test_a_blank_image_is_never_read_as_a_digit():
    one = HandwritingSet("blank", [np.zeros((28, 28), np.uint8), BAR], np.array([1, 1]))
    assert next(read_handwriting(always(1), [one])).accuracy == 0.5


def test_the_mean_weighs_every_set_equally():
    readings = [Reading("few", 10, 1.0), Reading("many", 1000, 0.5, of_mnist=True)]
    assert compute_mean(readings) == 0.75
    table = format_table({"mine": readings, "yours": readings}).splitlines()
    assert table[0] == "| pictures | images | mine | yours |"
    assert table[2:] == [
        "| few | 10 | 1.0000 | 1.0000 |",
        "| many | 1,000 | 0.5000 | 0.5000 |",
        "| **mean without MNIST's** | | **1.0000** | **1.0000** |",
        "| **mean** | | **0.7500** | **0.7500** |",
    ]


@pytest.mark.mnist
def test_the_sets_have_unique_names_and_are_deterministic():
    first, second = list(islice(list_sets(3), 20)), list(islice(list_sets(3), 20))
    assert len({one.name for one in first}) == len(first) == 20
    for a, b in zip(first, second, strict=True):
        assert len(a.pictures) == len(a.labels)
        assert all(np.array_equal(x, y) for x, y in zip(a.pictures[:3], b.pictures[:3], strict=True))
