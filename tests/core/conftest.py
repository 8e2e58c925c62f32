"""Small experiments and runs that the core's tests share. Nothing here needs a network."""

import pytest

from cnn_core import Experiment, RunStore, TrainingConfig, find_recipe, train_run
from cnn_core.architecture.layers import Conv2D, Dense, Flatten
from cnn_core.architecture.spec import ArchitectureSpec


@pytest.fixture(autouse=True)
def _no_dataset_is_found_by_accident(request, monkeypatch, tmp_path_factory):
    """Only a test marked `mnist` sees this machine's datasets; no test sees or fills Keras's cache."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras-home")))
    if not request.node.get_closest_marker("mnist"):
        monkeypatch.delenv("CNN_LAB_DATA_DIR", raising=False)
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path_factory.mktemp("default-runs")))


@pytest.fixture(scope="session")
def tiny_experiment():
    """On `digits`: one coarse convolution and a classifier, two epochs of 15 steps."""
    layers = (
        Conv2D(filters=2, kernel_size=5, strides=3, activation="relu"),
        Flatten(),
        Dense(units=10, activation="softmax"),
    )
    return Experiment(
        name="tiny",
        architecture=ArchitectureSpec(name="tiny", layers=layers),
        dataset="digits",
        training=TrainingConfig(batch_size=100, epochs=2),
    )


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory):
    """The dense baseline after two epochs of `digits`: (folder, result, events as the listener heard them)."""
    experiment = find_recipe("dense-baseline").experiment.on_dataset("digits").with_training(epochs=2)
    folder = RunStore(tmp_path_factory.mktemp("runs")).create(experiment)
    heard = []
    return folder, train_run(folder, heard.append), heard
