"""The results of a run: figures, confusion, images, and what is said where something of it is missing."""

import json
import shutil
import time

import numpy as np
import pytest
from app_pages import PATIENCE_S, button, metric, says, words_of
from streamlit.testing.v1 import AppTest

from cnn_core import RunStore, find_recipe
from cnn_core.data.datasets.load import load_dataset
from cnn_core.evaluation.predictions import read_predictions
from cnn_core.runs.events import EventWriter
from ui.results.source import KEPT, list_choices
from ui.results.summary import _build
from ui.server.resources import get_store
from ui.shared.model_picker import format_accuracy
from ui.text import text


def show(run_id):
    from ui.results.results import render_results
    from ui.server.resources import get_store

    render_results(get_store().find(run_id))


def settle(app):
    """Runs until nothing is being asked any more: in a browser `rerun_on_change` does that."""
    end = time.monotonic() + PATIENCE_S
    app.run()
    while (says(app, text("results.asking")) or says(app, text("waiting.tensorflow"))) and time.monotonic() < end:
        time.sleep(0.1)
        app.run()
    assert not app.exception
    return app


@pytest.fixture
def results(own_run):
    return settle(results_of(own_run.id))


def results_of(run_id):
    return AppTest.from_function(show, args=(run_id,), default_timeout=PATIENCE_S)


def epochs(app):
    return app.select_slider[0]


def judgement(app):
    """The sentence that says how good the chosen weights are."""
    ending = text("results.judgement", when="", accuracy="", loss="", mistakes="", count="").rsplit(" ", 1)[1]
    (sentence,) = [words for words in words_of(app) if words.startswith("**") and words.endswith(ending)]
    return sentence


def drop_model(run):
    run.folder.model_path.unlink()
    run.folder.predictions_path.unlink(missing_ok=True)
    shutil.rmtree(run.folder.weights_dir)


def test_the_test_metrics_are_those_of_the_run(results, own_run):
    assert metric(results, "results.test_accuracy").value == format_accuracy(own_run.history.test_accuracy)
    assert metric(results, "results.test_loss").value == f"{own_run.history.result['test_loss']:.4g}"
    assert format_accuracy(own_run.history.test_accuracy) in judgement(results)


def test_a_run_with_validation_names_its_validation_metrics(own_run):
    lines = own_run.folder.events_path.read_text().replace('"watched": "test"', '"watched": "validation"')
    own_run.folder.events_path.write_text(lines)
    app = settle(results_of(own_run.id))
    assert metric(app, "results.validation_accuracy").value
    assert metric(app, "results.test_accuracy").value


def test_the_saved_model_is_shown_first_and_untrained_is_one_end(results, own_run):
    assert list_choices(own_run) == [0, KEPT]
    assert epochs(results).value == KEPT


def test_the_weights_of_an_epoch_are_evaluated_separately(tensorflow_ready, results, own_run):
    before = judgement(results)
    epochs(results).set_value(0)
    app = settle(results)
    assert text("results.untrained") in judgement(app)
    assert judgement(app) != before


def test_the_table_has_one_row_per_class_worst_first(results, own_run):
    table = results.table[0].value
    predictions = read_predictions(own_run.folder)
    recall = np.diag(predictions.matrix) / predictions.matrix.sum(axis=1)
    assert len(table) == 10
    assert table.iloc[0, 0] == str(int(recall.argmin()))
    assert table.iloc[:, 1].astype(int).sum() == len(predictions.labels)


def test_the_most_frequent_mistake_is_open_at_first(results, own_run):
    predictions = read_predictions(own_run.folder)
    mistakes = predictions.matrix - np.diag(np.diag(predictions.matrix))
    true, called = divmod(int(mistakes.argmax()), 10)
    assert says(results, text("results.cell", true=true, predicted=called, count=mistakes[true, called]))
    results.session_state[f"results.{own_run.id}.cell"] = (3, 3)
    app = settle(results)
    assert says(app, text("results.cell", true=3, predicted=3, count=predictions.matrix[3, 3]))


def test_the_first_image_of_the_gallery_is_shown_with_raw_values(results, own_run):
    predictions = read_predictions(own_run.folder)
    index = results.number_input[0].value
    assert predictions.predicted[index] != predictions.labels[index]
    numbers = [float(number) for number in results.code[0].value.strip("[]").split()]
    np.testing.assert_allclose(numbers, predictions.probabilities[index], rtol=1e-3)


def test_any_test_image_number_can_be_entered(results, own_run):
    results.number_input[0].set_value(123)
    app = settle(results)
    numbers = [float(number) for number in app.code[0].value.strip("[]").split()]
    np.testing.assert_allclose(numbers, read_predictions(own_run.folder).probabilities[123], rtol=1e-3)


def test_new_five_shows_other_images(results, own_run):
    key = f"results.{own_run.id}.draw"
    results.segmented_control[0].set_value("random")
    app = settle(results)
    assert says(app, text("results.random_note"))
    button(app, "results.new_five").click()
    assert settle(app).session_state[key] == 1


def test_more_images_are_shown_on_demand(results, own_run):
    predictions = read_predictions(own_run.folder)
    most = int(np.diag(predictions.matrix).argmax())
    results.session_state[f"results.{own_run.id}.cell"] = (most, most)
    count = predictions.matrix[most, most]
    app = settle(results)
    button(app, "results.more", shown=12, count=count).click()
    assert button(settle(app), "results.more", shown=24, count=count)


def test_a_recipe_run_is_shown_next_to_published_figures():
    app = settle(results_of("three-conv-3x3-same"))
    table = app.table[0].value
    assert table.iloc[:, 1].tolist()[:2] == ["98.62 %", "0.00214"]
    assert table.iloc[0, 3] == text("results.points", points="−0.01")


def test_a_variant_is_shown_next_to_its_recipe(runs_dir):
    folder = RunStore(runs_dir).create(find_recipe("R3").experiment.with_training(epochs=1))
    folder.writer().emit("result", test_loss=0.5, test_accuracy=0.5, seconds=1.0)
    folder.writer().emit("state", state="completed")
    app = results_of(folder.id).run()
    assert not app.exception
    assert says(app, text("results.variant", recipe="R3"))
    assert not says(app, text("results.published", recipe="R3"))
    table = app.table[0].value
    recipes_own = get_store().find("three-conv-3x3-same").history.test_accuracy
    assert table.iloc[0, 1:].tolist() == ["98.62 %", format_accuracy(recipes_own), "50.00 %"]
    headings = [text(f"results.{name}", recipe="R3") for name in ("recipe_published", "recipe_measured", "this_one")]
    assert table.columns.tolist()[1:] == headings


@pytest.mark.parametrize("short", ["R1", "R4"])
def test_a_bundled_run_without_a_model_shows_its_metrics(short):
    app = results_of(find_recipe(short).id).run()
    assert not app.exception
    assert says(app, text("results.no_network_bundled")) == (not list_choices(get_store().find(short)))
    assert metric(app, "results.test_accuracy").value
    assert says(app, text("results.published_note", note=find_recipe(short).published_note))


def test_a_run_without_predictions_has_a_message(own_run):
    drop_model(own_run)
    app = results_of(own_run.id).run()
    assert not app.exception
    assert says(app, text("results.no_network"))


def test_an_active_run_states_when_results_appear(own_run):
    keep_running(own_run)
    with own_run.folder.lock():
        app = results_of(own_run.id).run()
        assert not app.exception
        assert says(app, text("results.still_learning"))
        assert not app.select_slider


def test_an_active_run_can_be_inspected(tensorflow_ready, own_run):
    keep_running(own_run)
    with own_run.folder.lock():
        app = results_of(own_run.id).run()
        button(app, "results.preview", weights=text("results.after_epoch", epoch=1)).click()
        app = settle(app)
        assert text("results.after_epoch", epoch=1) in judgement(app)


def keep_running(run):
    """Takes the run's end away, as if its worker were still at it."""
    lines = run.folder.events_path.read_text().splitlines(keepends=True)
    events = [line for line in lines if json.loads(line)["type"] != "result" and '"completed"' not in line]
    run.folder.events_path.write_text("".join(events))
    EventWriter(run.folder.events_path).emit("state", state="running")


def test_a_damaged_model_is_an_error_message(tensorflow_ready, own_run):
    own_run.folder.predictions_path.unlink()
    own_run.folder.model_path.write_bytes(b"not a model")
    app = settle(results_of(own_run.id))
    assert any(own_run.id in error.value and "Train it again" in error.value for error in app.error)
    epochs(app).set_value(0)
    assert judgement(settle(app))


def test_damaged_predictions_are_reported_and_recomputed(tensorflow_ready, own_run):
    own_run.folder.predictions_path.write_bytes(b"not an archive")
    app = settle(results_of(own_run.id))
    assert any("predictions.npz" in warning.value for warning in app.warning)
    assert format_accuracy(own_run.history.test_accuracy) in judgement(app)


def test_predictions_for_another_test_set_are_not_shown(tensorflow_ready, own_run):
    labels = np.zeros(5, np.uint8)
    np.savez(own_run.folder.predictions_path, probabilities=np.eye(10, dtype=np.float16)[labels], labels=labels)
    app = settle(results_of(own_run.id))
    assert f"{len(load_dataset('digits').y_test):,}" in judgement(app)


def test_while_tensorflow_loads_a_message_replaces_the_matrix(own_run):
    own_run.folder.predictions_path.unlink()
    app = results_of(own_run.id).run()
    assert not app.exception
    assert says(app, text("waiting.tensorflow"))


def test_without_test_images_a_download_is_offered(own_run):
    experiment = own_run.experiment.model_copy(update={"dataset": "mnist"})
    (own_run.folder.path / "experiment.json").write_text(experiment.model_dump_json())
    own_run.folder.predictions_path.unlink()
    app = results_of(own_run.id).run()
    assert not app.exception
    assert says(app, text("data.missing", name="MNIST"))
    assert says(app, text("results.needs_images"))
    assert metric(app, "results.test_accuracy").value


def test_stored_predictions_are_shown_without_test_images(own_run):
    experiment = own_run.experiment.model_copy(update={"dataset": "mnist"})
    (own_run.folder.path / "experiment.json").write_text(experiment.model_dump_json())
    app = settle(results_of(own_run.id))
    assert says(app, text("data.missing", name="MNIST"))
    assert judgement(app)
    assert not app.select_slider  # other epochs need the images


def test_a_diverged_network_is_reported(own_run):
    labels = load_dataset("digits").y_test.astype(np.uint8)
    np.savez(
        own_run.folder.predictions_path, probabilities=np.full((len(labels), 10), np.nan, np.float16), labels=labels
    )
    app = settle(results_of(own_run.id))
    assert says(app, text("results.not_numbers"))


def test_the_summary_can_be_downloaded(results, own_run):
    page = _build(own_run).decode()
    assert page.startswith("<!doctype html>")
    assert "Confusion" in page


def test_a_run_without_a_model_has_a_summary(own_run):
    drop_model(own_run)
    page = _build(RunStore(own_run.folder.path.parent).find(own_run.id)).decode()
    assert "Confusion" not in page
    assert "Training settings" in page
