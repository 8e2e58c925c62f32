"""A run goes on learning from own drawings: from the old weights, with some held out, in a folder of its own."""

import shutil

import keras
import numpy as np
import pytest
from small_runs import after_step, break_off, digits_experiment, events_of, identical, put_in_line, weights_of

from cnn_core import RunStore, train_run
from cnn_core.data.datasets.load import load_dataset
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.errors import CnnLabError, RunError
from cnn_core.execution.fine_tune import fine_tune_run, split_drawings
from cnn_core.execution.fork import fork_run
from cnn_core.export.formats import FORMATS
from cnn_core.runs.fine_tuning import FineTuning, read_evaluation, read_own_images, read_own_settings
from cnn_core.runs.own_drawings import list_drawings, save_drawing
from cnn_core.training import engine, fine_tuning_arrays
from cnn_core.training.fine_tuning_arrays import prepare_own_arrays, vary

WISH = FineTuning(epochs=2, copies=3, rehearsal=300)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with a trained run, and nine drawings."""
    folder = tmp_path_factory.mktemp("fine-tune")
    store = RunStore(folder)
    parent = store.create(digits_experiment(epochs=1))
    train_run(parent)
    for digit in range(9):
        pixels = np.rint(draw_strokes(DIGIT_STROKES[digit]) * 255).astype(np.uint8)
        save_drawing(folder / ".drawings", pixels, digit)
    return store, store.find(parent.id), list_drawings(folder / ".drawings")


@pytest.fixture(scope="module")
def tuned(made):
    store, parent, drawings = made
    folder = fine_tune_run(store, parent, drawings, WISH)
    train_run(folder)
    return store.find(folder.id)


def test_every_third_drawing_is_held_out_of_training(made, tuned):
    _, _, drawings = made
    own = read_own_images(tuned.folder)
    assert own.labels[own.is_held_out].tolist() == [2, 5, 8]
    assert {*own.settings.held_out_ids} | {*own.settings.learned} == {drawing.id for drawing in drawings}
    arrays = prepare_own_arrays(own, load_dataset("digits"), tuned.experiment)
    assert len(arrays.x_train) == 6 * WISH.copies + WISH.rehearsal == tuned.history.plan.samples
    judges, _ = own.prepare(tuned.experiment, held_out=True)
    assert not any(np.array_equal(judge, image) for judge in judges for image in arrays.x_train)


def test_fine_tuning_makes_a_run_with_its_own_name_color_and_accuracy(made, tuned):
    _, parent, _ = made
    assert tuned.state == "completed"
    assert tuned.name == f"{parent.name} + my drawings"
    assert tuned.folder.facts.parent == parent.id
    assert tuned.style != parent.style
    assert tuned.folder.fingerprint != tuned.experiment.fingerprint
    dataset = load_dataset("digits")
    model = keras.saving.load_model(tuned.folder.model_path, compile=False)
    right = model.predict(dataset.x_test.astype(np.float32) / 255, verbose=0).argmax(axis=1) == dataset.y_test
    assert tuned.history.test_accuracy == pytest.approx(right.mean(), abs=1e-6)
    assert read_evaluation(tuned.folder)["after"]["test_accuracy"] == pytest.approx(right.mean())


def test_the_scores_before_are_those_of_the_parent(made, tuned):
    _, parent, _ = made
    before, own = read_evaluation(tuned.folder)["before"], read_own_images(tuned.folder)
    model = keras.saving.load_model(parent.folder.model_path, compile=False)
    inputs, labels = own.prepare(tuned.experiment, held_out=True)
    assert before["held_out"]["right"] == int((model.predict(inputs, verbose=0).argmax(axis=1) == labels).sum())
    assert before["test_accuracy"] == pytest.approx(parent.history.test_accuracy, abs=1e-6)


def test_a_killed_fine_tuning_resumes_without_parent_and_gallery(made, tuned, tmp_path, monkeypatch):
    store, parent, drawings = made
    monkeypatch.setattr("cnn_core.training.callbacks.EVENT_INTERVAL_S", 0.0)
    folder = fine_tune_run(store, parent, drawings, WISH)
    moved = tmp_path / folder.id
    shutil.move(folder.path, moved)
    folder = type(folder)(moved)
    with pytest.raises(KeyboardInterrupt):
        train_run(folder, after_step(2, 3, break_off))
    put_in_line(folder)
    train_run(folder)
    assert identical(weights_of(folder), weights_of(tuned.folder))
    assert {**read_evaluation(folder)} == {**read_evaluation(tuned.folder)}


def test_a_fork_of_a_fine_tuned_run_keeps_its_drawings(made, tuned):
    store, _, _ = made
    folder = fork_run(store, tuned, 0)
    train_run(folder)
    assert identical(weights_of(folder), weights_of(tuned.folder))
    assert folder.facts.drawings == tuned.folder.facts.drawings


def test_drawings_once_trained_on_are_never_held_out(made, tuned):
    store, _, drawings = made
    with pytest.raises(RunError, match="Keep 3 more"):
        fine_tune_run(store, tuned, drawings, WISH)
    learned, judges = split_drawings(drawings, read_own_settings(tuned.folder).learned)
    assert {drawing.id for drawing in judges} <= {*read_own_settings(tuned.folder).held_out_ids}
    assert len(learned) + len(judges) == len(drawings)


def test_too_few_drawings_are_an_error(made):
    store, parent, drawings = made
    with pytest.raises(RunError, match="Keep 2 more"):
        fine_tune_run(store, parent, drawings[:4], WISH)


def test_without_a_dataset_the_held_out_drawings_are_monitored(made, monkeypatch):
    store, parent, drawings = made
    monkeypatch.setattr(engine, "is_available", lambda name: False)
    folder = fine_tune_run(store, parent, drawings, FineTuning(epochs=1, rehearsal=0))
    train_run(folder)
    run = store.find(folder.id)
    assert run.state == "completed"
    assert (run.history.plan.watched, run.history.test_accuracy) == ("validation", None)
    assert not folder.predictions_path.exists()
    assert events_of(folder, "epoch")[0]["val_accuracy"] == pytest.approx(
        read_evaluation(folder)["after"]["held_out"]["right"] / 3, abs=1e-6
    )


def test_a_damaged_folder_is_an_error_with_the_repair(made):
    store, parent, drawings = made
    folder = fine_tune_run(store, parent, drawings, WISH)
    (folder.path / "own" / "drawings.npz").write_bytes(b"no archive")
    with pytest.raises(CnnLabError, match="Start a new one"):
        train_run(folder)


def test_a_fine_tuned_run_has_no_script(tuned):
    assert "another run's weights" in FORMATS["script"].explain_absence(tuned)
    assert "another run's weights" in FORMATS["notebook"].explain_absence(tuned)
    assert FORMATS["keras"].explain_absence(tuned) == ""


def test_the_first_copy_is_the_drawing_and_others_are_close_to_it():
    ink = np.zeros((28, 28), np.float32)
    ink[8:20, 12:16] = 1
    copies = vary(ink, 20, np.random.default_rng(0))
    assert np.array_equal(copies[0], ink)
    assert len({copy.tobytes() for copy in copies}) == 20
    masses = copies.sum(axis=(1, 2)) / ink.sum()
    assert masses.min() > 0.5
    assert masses.max() < 2
    assert fine_tuning_arrays._SHIFT <= 2
