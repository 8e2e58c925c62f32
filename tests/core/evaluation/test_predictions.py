"""A run's answers to its test set: as written, as computed from the model, and as computed from an epoch's weights."""

import shutil

import numpy as np
import pytest

from cnn_core.data.datasets.load import load_dataset
from cnn_core.errors import ModelError
from cnn_core.evaluation.predictions import (
    Predictions,
    compute_predictions,
    name_classes,
    open_epoch,
    predict_images,
    read_predictions,
)
from cnn_core.inspection import load_probe
from cnn_core.runs.folder import RunFolder


@pytest.fixture
def folder(digits_run, tmp_path):
    """A copy of the trained run that a test may damage."""
    target = tmp_path / digits_run[0].id
    shutil.copytree(digits_run[0].path, target)
    return RunFolder(target)


def write(folder, **arrays):
    np.savez_compressed(folder.predictions_path, **arrays)


def answers(count=4, classes=10):
    return np.full((count, classes), 1 / classes, np.float16), np.arange(count, dtype=np.uint8)


def test_the_model_reaches_the_accuracy_of_its_run(digits_run):
    folder, result, _ = digits_run
    predictions = compute_predictions(load_probe(folder).predict_inputs, folder.experiment, load_dataset("digits"))
    assert predictions.accuracy == pytest.approx(result.test_accuracy)
    assert predictions.loss(folder.experiment) == pytest.approx(result.test_loss, rel=1e-4)
    assert predictions.matrix.sum() == len(predictions.labels) == 297


def test_the_weights_of_an_epoch_reach_its_recorded_accuracy(digits_run):
    folder, _, heard = digits_run
    dataset = load_dataset("digits")
    for event in (event for event in heard if event["type"] == "epoch"):
        predictions = compute_predictions(open_epoch(folder, event["epoch"]).predict_inputs, folder.experiment, dataset)
        assert predictions.accuracy == pytest.approx(event["val_accuracy"], abs=0.007)  # weights in half precision
        assert predictions.loss(folder.experiment) == pytest.approx(event["val_loss"], rel=0.01)


def test_recorded_predictions_match_the_model(folder):
    dataset = load_dataset("digits")
    computed = compute_predictions(load_probe(folder).predict_inputs, folder.experiment, dataset)
    write(folder, probabilities=computed.probabilities.astype(np.float16), labels=computed.labels.astype(np.uint8))
    written = read_predictions(folder)
    np.testing.assert_allclose(written.probabilities, computed.probabilities, atol=6e-4)
    assert written.belong_to(dataset)
    assert written.labels.dtype == np.int64


def test_a_run_without_recorded_predictions_has_none(folder):
    folder.predictions_path.unlink(missing_ok=True)
    assert read_predictions(folder) is None


@pytest.mark.parametrize(
    "arrays",
    [
        {"probabilities": answers()[0]},
        {"probabilities": answers()[0], "labels": np.arange(3)},
        {"probabilities": answers()[0], "labels": np.full(4, 10)},
        {"probabilities": answers()[0], "labels": np.full(4, -1)},
        {"probabilities": answers()[0], "labels": np.full(4, 0.5)},
        {"probabilities": answers()[0][0], "labels": np.arange(4)},
        {"probabilities": np.zeros((4, 10), np.int64), "labels": np.arange(4)},
        {"probabilities": np.zeros((0, 10), np.float16), "labels": np.zeros(0, np.uint8)},
    ],
    ids=["no labels", "too few", "too high", "negative", "no integers", "one row", "no shares", "empty"],
)
def test_an_inconsistent_predictions_file_is_an_error_with_the_repair(folder, arrays):
    write(folder, **arrays)
    with pytest.raises(ModelError, match="Delete the file"):
        read_predictions(folder)


@pytest.mark.parametrize("content", [b"", b"PK no archive", b"\x93NUMPY"])
def test_a_damaged_predictions_file_is_an_error_with_the_repair(folder, content):
    folder.predictions_path.write_bytes(content)
    with pytest.raises(ModelError, match="Delete the file"):
        read_predictions(folder)


def test_weights_of_another_network_are_rejected(folder):
    np.savez(folder.weights_dir / "epoch-0001.npz", w000=np.zeros((3, 3)))
    with pytest.raises(ModelError, match="not those of this network"):
        open_epoch(folder, 1)


def test_an_epoch_without_weights_is_an_error(folder):
    with pytest.raises(ModelError, match="epoch 77"):
        open_epoch(folder, 77)


def test_images_are_predicted_in_batches_and_in_order(tiny_experiment):
    sizes = []

    def predict(inputs):
        sizes.append(len(inputs))
        return inputs[:, :2, 0, 0]

    images = np.zeros((1201, 28, 28, 1), np.uint8)
    images[:, 0, 0, 0] = np.arange(1201) % 256
    probabilities = predict_images(predict, images, tiny_experiment)
    assert sizes == [500, 500, 201]
    np.testing.assert_allclose(probabilities[:, 0] * 255, np.arange(1201) % 256, atol=1e-3)


def test_the_images_of_a_cell_are_sorted_by_confidence():
    probabilities = np.array([[0.4, 0.6], [0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    predictions = Predictions(probabilities, np.array([0, 0, 0, 1]))
    assert predictions.find_cell(0, 1).tolist() == [1, 0]
    assert predictions.find_cell(1, 0).tolist() == []


def test_non_finite_predictions_are_detected():
    assert not Predictions(np.full((2, 3), np.nan), np.array([0, 1])).are_numbers


def test_classes_have_names_whatever_their_number():
    assert name_classes("cifar10", 3) == ("airplane", "automobile", "bird")
    assert name_classes("digits", 12)[-3:] == ("9", "10", "11")
