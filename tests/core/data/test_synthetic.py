"""Images of other hands: added before the dataset's own, the same each time, digits that a person would write."""

from dataclasses import replace

import numpy as np
import pytest

from cnn_core import DATASETS, Experiment, RunStore, load_dataset, load_probe
from cnn_core.data.handwriting.examples import draw_strokes
from cnn_core.data.handwriting.shapes import SHAPES
from cnn_core.data.handwriting.synthetic import add_synthetic_samples
from cnn_core.data.ink import centre_ink
from cnn_core.errors import SpecError
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.experiment.recipes import find_recipe
from cnn_core.runs.store import SCAN_RUN
from cnn_core.training.arrays import prepare_arrays

COUNT = 200


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


def mixed(digits, seed=1):
    return add_synthetic_samples(digits.x_train, digits.y_train, COUNT, seed)


def test_the_original_dataset_images_are_unchanged(digits):
    images, labels = mixed(digits)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[COUNT:], digits.x_train)
    np.testing.assert_array_equal(labels[COUNT:], digits.y_train)


def test_each_synthetic_image_is_prepared_as_mnist_and_all_digits_occur(digits):
    images, labels = mixed(digits)
    inks = images[:COUNT, ..., 0] / 255
    np.testing.assert_allclose([centre_ink(ink).sum() for ink in inks], inks.sum(axis=(1, 2)), rtol=0.25)
    assert inks.max(axis=(1, 2)).min() > 0.5
    assert set(labels[:COUNT]) == set(range(10))


def test_the_seed_determines_the_synthetic_images(digits):
    first, again, other = mixed(digits)[0], mixed(digits)[0], mixed(digits, seed=2)[0]
    np.testing.assert_array_equal(first, again)
    assert (first[:COUNT] != other[:COUNT]).any(axis=(1, 2, 3)).mean() > 0.99


def experiment(dataset="digits", **training) -> Experiment:
    return find_recipe("dense-baseline").experiment.on_dataset(dataset).with_training(**training)


def test_synthetic_samples_are_trained_on_but_not_monitored(digits):
    plain = prepare_arrays(digits, experiment(validation_split=0.1))
    more = prepare_arrays(digits, experiment(validation_split=0.1, synthetic_samples=COUNT))
    assert len(more.x_train) + len(more.x_watched) == len(plain.x_train) + len(plain.x_watched) + COUNT
    own = len(plain.x_watched)
    np.testing.assert_array_equal(more.x_watched[-own:], plain.x_watched)
    np.testing.assert_array_equal(more.x_test, plain.x_test)


def test_synthetic_samples_are_rejected_for_datasets_without_digits(digits):
    clothing = experiment("fashion_mnist").with_training(synthetic_samples=5)
    with pytest.raises(SpecError, match="Fashion-MNIST has none"):
        prepare_arrays(replace(digits, info=DATASETS["fashion_mnist"]), clothing)
    assert experiment(synthetic_samples=5).on_dataset("fashion_mnist").training.synthetic_samples == 0


def test_the_handwriting_network_reads_every_shape_of_every_digit(tmp_path):
    probe = load_probe(RunStore(tmp_path).find(SCAN_RUN).folder)
    wrong = []
    for digit, shapes in SHAPES.items():
        for place, shape in enumerate(shapes):
            inputs = prepare_ink(centre_ink(draw_strokes(shape)), probe.experiment)
            said = int(probe.predict_inputs(inputs).argmax())
            if said != digit:
                wrong.append((digit, place, said))
    assert wrong == []
