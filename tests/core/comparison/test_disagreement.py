"""Where two networks differ, against scikit-learn and against counting by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from sklearn.metrics import confusion_matrix as sklearn_confusion

from cnn_core import RunStore, find_recipe
from cnn_core.comparison.disagreement import PARTS, Split, compare_all, compute_agreement, compute_kappa
from cnn_core.evaluation.metrics import confusion_matrix
from cnn_core.evaluation.predictions import Predictions, read_predictions
from cnn_core.figures.compared_answers import color_difference
from cnn_core.palette import STYLES


def make(seed, count=200, classes=5, labels=None):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(classes, 0.4), count).astype(np.float32)
    return Predictions(probabilities, rng.integers(0, classes, count) if labels is None else labels)


@pytest.fixture
def pair():
    first = make(1)
    return first, make(2, labels=first.labels)


def test_the_four_parts_hold_every_image_once(pair):
    split = Split(*pair)
    assert sum(split.mask(part).astype(int) for part in PARTS).tolist() == [1] * split.total
    assert sorted(np.concatenate([split.find(part) for part in PARTS])) == list(range(split.total))


def test_the_parts_match_counts_made_by_hand(pair):
    split, counts = Split(*pair), dict.fromkeys(PARTS, 0)
    for a, b, truth in zip(pair[0].predicted, pair[1].predicted, pair[0].labels, strict=True):
        part = "both" if a == b == truth else "first" if a == truth else "second" if b == truth else "neither"
        counts[part] += 1
    assert {part: split.count(part) for part in PARTS} == counts
    assert min(counts.values()) > 0
    assert split.differing == sum(a != b for a, b in zip(pair[0].predicted, pair[1].predicted, strict=True))


@pytest.mark.parametrize("part", PARTS)
def test_a_part_starts_with_the_images_of_largest_disagreement(pair, part):
    split = Split(*pair)
    found = split.find(part)
    truths = [(pair[0].probabilities[i, pair[0].labels[i]], pair[1].probabilities[i, pair[0].labels[i]]) for i in found]
    apart = [abs(float(a) - float(b)) for a, b in truths]
    assert apart == sorted(apart, reverse=True)
    if part in ("first", "second"):
        assert all((a > b) == (part == "first") for a, b in truths[:5])


def test_a_network_agrees_with_itself_on_every_image(pair):
    split = Split(pair[0], pair[0])
    assert (split.count("first"), split.count("second"), split.differing) == (0, 0, 0)


@pytest.mark.parametrize("other", [make(3), make(2, classes=4), make(2, count=10)], ids=["labels", "classes", "count"])
def test_predictions_for_different_test_sets_are_rejected(pair, other):
    with pytest.raises(ValueError, match="different test sets"):
        Split(pair[0], other)


def test_a_diverged_network_has_no_margin(pair):
    nan = Predictions(np.full_like(pair[1].probabilities, np.nan), pair[1].labels)
    split = Split(pair[0], nan)
    assert np.isfinite(split.margins).all()
    assert sum(split.count(part) for part in PARTS) == split.total


@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(1, 400))
def test_kappa_and_confusion_match_scikit_learn(seed, classes, count):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, classes, count)
    second = np.where(rng.random(count) < 0.6, first, rng.integers(0, classes, count))
    labels = list(range(classes))
    assert np.array_equal(confusion_matrix(first, second, classes), sklearn_confusion(first, second, labels=labels))
    if len(set(first) | set(second)) > 1:
        expected = cohen_kappa_score(first, second, labels=labels)
        assert compute_kappa(first, second, classes) == pytest.approx(expected, abs=1e-12)
    else:
        assert np.isnan(compute_kappa(first, second, classes))


def test_pairwise_agreement_is_symmetric_with_ones_on_the_diagonal(pair):
    agreement, kappa = compare_all(pair)
    assert np.allclose(np.diag(agreement), 1)
    assert np.allclose(np.diag(kappa), 1)
    assert np.array_equal(agreement, agreement.T)
    assert np.allclose(kappa, kappa.T)
    assert agreement[0, 1] == compute_agreement(pair[0].predicted, pair[1].predicted)


def test_a_cell_has_the_color_of_the_contender_with_more_mistakes():
    first, second = np.array([[9, 1, 0], [0, 9, 1], [0, 0, 10]]), np.array([[8, 1, 1], [0, 10, 0], [0, 0, 10]])
    cells = color_difference(first, second, (STYLES[0], STYLES[1]))
    assert [[cell.count for cell in row] for row in cells] == (second - first).tolist()
    worn = {(r, c): cell.background for r, row in enumerate(cells) for c, cell in enumerate(row) if cell.background}
    assert set(worn) == {(0, 2), (1, 2)}  # neither the diagonal nor what both do equally often
    rgb = [tuple(int(style.color[i : i + 2], 16) for i in (1, 3, 5)) for style in STYLES[:2]]
    assert worn[0, 2].startswith("rgba({}, {}, {}".format(*rgb[1]))
    assert worn[1, 2].startswith("rgba({}, {}, {}".format(*rgb[0]))


@pytest.mark.parametrize("short", ["R2", "R3", "R5", "LeNet-5", "Dense", "Speed", "Hand"])
def test_a_bundled_run_with_a_model_has_its_predictions(tmp_path, short):
    run = RunStore(tmp_path).find(find_recipe(short).id)
    predictions = read_predictions(run.folder)
    assert len(predictions.labels) == 10_000
    assert predictions.accuracy == pytest.approx(run.history.test_accuracy, abs=1e-4)
    assert predictions.loss(run.experiment) == pytest.approx(run.history.result["test_loss"], rel=0.1)  # half precision
