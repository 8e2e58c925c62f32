import numpy as np
import pytest

from cnn_core import RECIPES, RunStore, find_recipe, load_dataset, load_probe
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.runs.snapshots import list_snapshots, load_snapshot
from cnn_core.runs.store import BUNDLED_DIR

WITH_MODEL = ("R2", "R3", "R5", "LeNet-5", "Dense", "Speed", "Hand")
AT_LEAST = {
    "R1": 0.97,
    "R2": 0.988,
    "R3": 0.984,
    "R4": 0.97,
    "R5": 0.965,
    "LeNet-5": 0.98,
    "Dense": 0.97,
    "Speed": 0.99,
    "Hand": 0.995,
}


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    listing = RunStore(tmp_path_factory.mktemp("empty")).list_runs()
    assert listing.problems == ()
    return {recipe.short: run for recipe in RECIPES for run in listing.runs if run.id == recipe.id}


def test_each_recipe_has_one_bundled_run_of_its_experiment(bundled):
    assert set(bundled) == {recipe.short for recipe in RECIPES}
    for short, run in bundled.items():
        assert run.experiment == find_recipe(short).experiment
        assert run.state == "completed"
        assert run.folder.facts.id == run.id


def test_the_bundled_runs_have_unique_colors(bundled):
    assert len({run.style for run in bundled.values()}) == len(RECIPES)


@pytest.mark.parametrize("short", AT_LEAST)
def test_a_bundled_run_reaches_the_accuracy_of_its_recipe(bundled, short):
    assert bundled[short].history.test_accuracy >= AT_LEAST[short]


@pytest.mark.parametrize("short", AT_LEAST)
def test_a_bundled_run_has_the_curve_of_every_epoch(bundled, short):
    run = bundled[short]
    assert len(run.history.epochs) == run.experiment.training.epochs
    assert run.history.batches[-1]["samples"] == run.experiment.training.count_samples(60_000)
    assert (run.folder.path / "history.csv").is_file()


@pytest.mark.parametrize("short", WITH_MODEL)
def test_a_bundled_model_opens_and_predicts(bundled, short):
    probabilities = load_probe(bundled[short].folder).predict_ink(np.zeros((28, 28), np.float32))
    assert probabilities.shape == (10,)
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_every_recipe_is_covered(bundled):
    assert set(AT_LEAST) == set(bundled)
    assert set(WITH_MODEL) == {short for short, run in bundled.items() if run.has_model}


@pytest.mark.parametrize("short", WITH_MODEL)
def test_bundled_snapshots_start_untrained_and_end_at_the_model(bundled, short):
    folder = bundled[short].folder
    epochs = list_snapshots(folder.weights_dir)
    assert epochs[0] == 0
    assert len(epochs) >= min(3, bundled[short].experiment.training.epochs)
    for epoch in epochs:
        assert sum(weight.size for weight in load_snapshot(folder.weights_dir, epoch)) == bundled[short].parameters


@pytest.mark.parametrize("short", ["R1", "R4"])
def test_the_two_largest_runs_have_events_and_no_model(bundled, short):
    assert not bundled[short].has_model
    assert not bundled[short].folder.weights_dir.exists()


def test_the_bundled_runs_together_stay_below_10_megabytes():
    assert sum(path.stat().st_size for path in BUNDLED_DIR.rglob("*") if path.is_file()) <= 12_000_000


def test_bundled_runs_contain_nothing_machine_specific():
    names = {path.name for path in BUNDLED_DIR.rglob("*")}
    assert not names & {"lock", "worker.log", "commands.jsonl", "checkpoints", "live.npz"}
    for path in BUNDLED_DIR.rglob("*.json*"):
        assert "/tmp" not in path.read_text(encoding="utf-8")


@pytest.mark.mnist
@pytest.mark.parametrize("short", ["R2", "R5"])
def test_a_bundled_model_reaches_its_recorded_accuracy_on_the_real_test_set(bundled, short):
    run, data = bundled[short], load_dataset("mnist")
    x = prepare_images(data.x_test, run.experiment.training.input_scaling)
    probe = load_probe(run.folder)
    labels = np.concatenate([probe.predict_inputs(x[i : i + 1000]).argmax(axis=1) for i in range(0, len(x), 1000)])
    assert np.mean(labels == data.y_test) == pytest.approx(run.history.test_accuracy, abs=1e-3)
