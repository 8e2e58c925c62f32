"""The notebook API: training leaves the process as it was, arrays are taken as they come, figures need no settings."""

import random
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas
import pytest
import tensorflow as tf
from tensorflow.python.framework.config import disable_op_determinism, is_op_determinism_enabled

import cnn_core
from cnn_core.errors import ImageError
from cnn_core.experiment.preprocess import prepare_images

ROOT = Path(cnn_core.__file__).parents[1]


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def run(runs_dir):
    """The dense baseline after two epochs of `digits`."""
    return cnn_core.train("dense-baseline", "digits", runs_dir=runs_dir, epochs=2, verbose=0)


@pytest.fixture(scope="module")
def images():
    return cnn_core.load_dataset("digits").x_test


# ---- training


def test_train_returns_the_stored_run(run, runs_dir):
    assert (run.state, run.experiment.dataset, run.experiment.training.epochs) == ("completed", "digits", 2)
    assert run.path.parent == runs_dir
    assert cnn_core.find_run(run.id, runs_dir).test_accuracy == run.test_accuracy > 0.5
    assert cnn_core.list_runs(runs_dir)[0].id == run.id
    assert str(run) == f"<Run {run.id}: {run.name} on digits, completed, test accuracy {run.test_accuracy:.4f}>"


def test_the_history_is_ready_for_a_data_frame(run):
    frame = pandas.DataFrame(run.history)
    assert frame["epoch"].tolist() == [1, 2]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"} <= set(frame.columns)
    assert not {"seq", "type", "time"} & set(frame.columns)
    assert run.history[-1]["val_accuracy"] == frame["val_accuracy"].iloc[-1] == pytest.approx(run.test_accuracy)
    assert len(run.history) == len(run.history[:2]) == 2


def test_an_experiment_and_its_recipe_id_give_the_same_network(run, runs_dir):
    experiment = cnn_core.find_recipe("dense-baseline").experiment.on_dataset("digits").with_training(epochs=2)
    again = cnn_core.train(experiment, runs_dir=runs_dir, verbose=0)
    ours, theirs = (one.probe().model.get_weights() for one in (again, run))
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def draw_numbers():
    """The next numbers of every global generator, and the settings that training changes."""
    return (
        random.random(),
        np.random.random(),
        np.asarray(tf.random.normal((3,))).tolist(),
        np.asarray(keras.random.normal((3,))).tolist(),
        np.asarray(keras.layers.Dense(2).kernel_initializer((2, 2))).tolist(),
        is_op_determinism_enabled(),
        keras.config.dtype_policy().name,
        keras.config.floatx(),
    )


def prepare_process(deterministic):
    keras.utils.set_random_seed(99)
    random.random(), np.random.random(), tf.random.normal((2,)), keras.random.normal((2,))
    tf.config.experimental.enable_op_determinism() if deterministic else disable_op_determinism()


@pytest.fixture
def keep_settings():
    before, policy = is_op_determinism_enabled(), keras.config.dtype_policy()
    yield
    tf.config.experimental.enable_op_determinism() if before else disable_op_determinism()
    keras.config.set_dtype_policy(policy)


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_training_preserves_seeds_determinism_and_float_types(keep_settings, tmp_path, deterministic, policy):
    keras.config.set_dtype_policy(policy)
    prepare_process(deterministic)
    expected = draw_numbers()
    prepare_process(deterministic)
    cnn_core.train("dense-baseline", "digits", runs_dir=tmp_path, verbose=0, epochs=1, train_share=0.1)
    assert draw_numbers() == expected


def test_a_failed_training_preserves_them_too(keep_settings, tmp_path, monkeypatch):
    def fail(*_, **__):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"  # of the experiment: it does run
        raise MemoryError("no memory")

    monkeypatch.setattr("cnn_core.training.engine.fit_model", fail)
    prepare_process(False)
    expected = draw_numbers()
    prepare_process(False)
    changes = {"epochs": 1, "precision": "mixed_bfloat16"}
    with pytest.raises(MemoryError):
        cnn_core.train("dense-baseline", "digits", runs_dir=tmp_path, verbose=0, **changes)
    assert draw_numbers() == expected
    assert cnn_core.list_runs(tmp_path)[0].state == "failed"


IN_A_NEW_PROCESS = """
import sys
import cnn_core
cnn_core.train("dense-baseline", "digits", runs_dir=sys.argv[1], verbose=0, epochs=1, train_share=0.1)
import random, keras, numpy, tensorflow
print(random.random(), numpy.random.random(), float(tensorflow.random.normal(())), float(keras.random.normal(())))
"""


@pytest.mark.slow
def test_random_numbers_still_differ_between_processes_after_training(tmp_path):
    outputs = []
    for _ in range(2):
        command = [sys.executable, "-c", IN_A_NEW_PROCESS, str(tmp_path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "can't be asked" not in done.stderr
        outputs.append(done.stdout.split())
    assert all(a != b for a, b in zip(*outputs, strict=True))


def test_a_process_without_a_seed_stays_unseeded(keep_settings, tmp_path):
    prepare_process(False)
    tf.random.set_seed(None)
    cnn_core.train("dense-baseline", "digits", runs_dir=tmp_path, verbose=0, epochs=1, train_share=0.1)
    first = np.asarray(tf.random.normal((8,)))
    tf.random.set_seed(None)
    assert not np.array_equal(first, np.asarray(tf.random.normal((8,))))


@pytest.mark.parametrize(
    ("verbose", "shown"),
    [(0, ""), (1, r"Epoch 1/1\n.*15/15.*accuracy: 0\.\d+ - loss: \d"), (2, r"Epoch 1/1 - \d+\.\ds - accuracy: 0\.\d+")],
)
def test_progress_is_shown_as_keras_shows_it(tmp_path, capsys, verbose, shown):
    cnn_core.train("dense-baseline", "digits", runs_dir=tmp_path, verbose=verbose, epochs=1, batch_size=100)
    printed = re.sub(r"\x1b\[[0-9;]*m|\x08", "", capsys.readouterr().out)
    assert bool(printed) == bool(shown)
    assert re.search(shown, printed, re.DOTALL), printed


# ---- images


@pytest.mark.parametrize("short", ["R1", "R2", "R3"])  # channels_first, channels_last, raw pixels
def test_every_image_format_gives_the_same_probabilities(short, images):
    experiment = cnn_core.find_recipe(short).experiment
    probe, batch = cnn_core.Probe(cnn_core.build_model(experiment.architecture), experiment), images[:3]
    expected = probe.predict_inputs(prepare_images(batch, experiment.training.input_scaling))
    assert np.array_equal(probe.predict(batch), expected)
    for same in (batch[..., 0], batch / 255, batch[..., 0] / np.float32(255), (batch / 255).astype(np.float16)):
        assert np.allclose(probe.predict(same), expected, atol=1e-3)
    for one in (batch[0], batch[0, :, :, 0], batch[0] / 255):
        assert probe.predict(one).shape == (1, 10)
        assert np.allclose(probe.predict(one)[0], expected[0], atol=1e-5)


def test_many_images_are_predicted_in_batches(run, images):
    many = np.concatenate([images, images])
    assert np.allclose(run.probe().predict(many)[len(images) :], run.probe().predict(images), atol=1e-6)


def test_predicted_probabilities_reproduce_the_accuracy(run, images):
    labels = cnn_core.load_dataset("digits").y_test
    assert (run.probe().predict(images).argmax(axis=1) == labels).mean() == pytest.approx(run.test_accuracy)
    assert run.predictions.accuracy == pytest.approx(run.test_accuracy)
    assert run.probe(epoch=0).predict(images).shape == (len(images), 10)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((8, 8)), r"shape \(8, 8\).*H = 28, W = 28, C = 1"),
        (np.zeros((2, 28, 28, 3)), r"shape \(2, 28, 28, 3\)"),
        (np.zeros((1, 1, 28, 28), np.uint8), r"Pass \(H, W\), \(H, W, C\), \(N, H, W\), \(N, H, W, C\)"),
        (np.zeros(784), r"shape \(784,\)"),
        (np.zeros((28, 28), np.int64), "received int64"),
        (np.zeros((28, 28), bool), "received bool"),
        (np.full((28, 28), "x"), "received <U1"),
        (np.full((28, 28), 255.0), "received 255 to 255"),
        (np.full((28, 28), -0.5), "received -0.5 to -0.5"),
        (np.full((28, 28), np.nan), "received nan to nan"),
    ],
)
def test_images_of_another_shape_are_an_error_with_the_expected_shape(run, images, message):
    with pytest.raises(ImageError, match=message):
        run.probe().predict(images)


def test_functions_of_one_image_reject_several(run, images):
    with pytest.raises(ImageError, match="one image at a time, received 3"):
        run.probe().feature_maps(images[:3])


# ---- inside


def test_feature_maps_has_every_layer_with_maps(images):
    experiment = cnn_core.find_recipe("R1").experiment
    probe = cnn_core.Probe(cnn_core.build_model(experiment.architecture), experiment)
    maps = probe.feature_maps(images[0])
    for name, values in maps.items():
        inner = keras.Model(probe.model.inputs[0], probe.model.get_layer(name).output)
        assert np.allclose(values, np.asarray(inner(probe.prepare(images[0])))[0], atol=1e-5)
    assert list(maps) == [layer.name for layer in probe.model.layers[1:] if len(layer.output.shape) == 4]


def test_an_explanation_is_of_the_predicted_class_unless_one_is_named(images):
    probe = cnn_core.find_run("R2").probe()
    predicted = int(probe.predict(images[0])[0].argmax())
    by_default, named = cnn_core.explain(probe, images[0]), cnn_core.explain(probe, images[0], predicted)
    assert by_default.score == named.score
    assert all(np.array_equal(by_default.maps[method], named.maps[method]) for method in named.maps)
    other = cnn_core.explain(probe, images[0], (predicted + 1) % 10, samples=4)
    assert other.score < named.score


def test_an_attack_changes_the_prediction(run, images):
    probe = run.probe()
    example = cnn_core.attack(probe, images[0], method="fgsm")
    assert probe.predict(example.picture)[0].argmax() == example.new_answer != example.old_answer
    target = (example.old_answer + 1) % 10
    targeted = cnn_core.attack(probe, images[0], target)
    assert targeted is None or targeted.new_answer == target


# ---- figures


def test_curves_show_loss_and_accuracy_of_every_run(run):
    figure = cnn_core.plot_curves(run, cnn_core.find_run("R2"))
    assert len(figure.data) == 8
    watched = next(trace for trace in figure.data if trace.name == f"{run.name}, test" and trace.xaxis == "x")
    metric = figure.layout.annotations[0].text.lower()
    assert list(watched.y) == [row[f"val_{metric}"] for row in run.history]
    assert len(run.plot_curves().data) == 4


def test_the_confusion_matrix_counts_all_test_images(run, images):
    (heatmap,) = run.plot_confusion_matrix().data
    assert np.sum(heatmap.text) == len(images)
    assert np.array_equal(heatmap.text, run.predictions.matrix)
    assert list(heatmap.x) == [str(digit) for digit in range(10)]


def test_feature_maps_are_plotted_channel_by_channel(images):
    run = cnn_core.find_run("R2")
    maps = run.probe().feature_maps(images[0])
    name = list(maps)[1]
    (heatmap,) = run.plot_feature_maps(images[0], name).data
    for channel in range(maps[name].shape[2]):
        tile = np.asarray(heatmap.z)[np.asarray(heatmap.customdata) == channel]
        assert np.array_equal(tile, maps[name][:, :, channel].ravel())
    first = next(iter(maps.values()))
    assert np.nansum(run.plot_feature_maps(images[0]).data[0].z) == pytest.approx(first.sum(), rel=1e-4)


def test_an_explanation_plot_has_one_map_per_method(images):
    run = cnn_core.find_run("R2")
    figure = run.plot_explanation(images[0])
    explanation = cnn_core.explain(run.probe(), images[0])
    assert len(figure.data) == 1 + len(explanation.maps)
    for trace, values in zip(figure.data[1:], explanation.maps.values(), strict=True):
        assert np.allclose(trace.z, values)
        assert trace.zmin == -trace.zmax


# ---- README


@pytest.mark.parametrize("file", ["README.md", "docs/README.zh-Hans.md", "docs/README.zh-Hant.md"])
def test_the_readmes_snippet_runs(file, monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path))
    text = (ROOT / file).read_text(encoding="utf-8")
    snippets = [code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "import cnn_core" in code]
    assert len(snippets) == 1
    code = snippets[0]
    if file != "README.md":  # once is enough: the others differ in their comments
        english = (ROOT / "README.md").read_text(encoding="utf-8")
        assert re.sub("#.*", "", code) in re.sub("#.*", "", english)
        return
    space = {}
    exec(compile(code, file, "exec"), space)
    assert space["run"].state == "completed"
