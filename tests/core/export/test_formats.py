"""What a run is written as: it loads again, and predicts what the run's own model predicts."""

import json
import zipfile
from io import BytesIO

import keras
import numpy as np
import pytest
from ready_runs import every_layer, make_experiment, make_run
from test_litert import predict_litert

from cnn_core import RunStore, find_recipe, load_dataset, train_run
from cnn_core.errors import ModelError
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.export.formats import FORMATS, export_run, name_file
from cnn_core.runs.model_file import load_model

WITH_MODEL = ("keras", "weights", "litert")
BUNDLED = ("R2", "R3", "R5", "lenet-5", "dense-baseline")


@pytest.fixture
def unzip(tmp_path):
    """Unpacks a zip and returns the folder."""

    def unpack(content):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            archive.extractall(tmp_path)
        return tmp_path

    return unpack


@pytest.fixture
def predict(tmp_path, unzip):
    """predict(run, format, inputs) → what the file says, opened as its reader would; inputs as the run's model."""

    def answer(run, format_, inputs):
        content = export_run(run, format_)
        if format_ == "litert":
            first = run.experiment.architecture.data_format == "channels_first"
            return predict_litert(content, inputs.transpose(0, 2, 3, 1) if first else inputs)
        if format_ == "keras":
            path = tmp_path / name_file(run, format_)
            path.write_bytes(content)
            return keras.saving.load_model(path, compile=False).predict(inputs, verbose=0)
        folder = unzip(content)
        model = keras.models.model_from_json((folder / "architecture.json").read_text(encoding="utf-8"))
        model.load_weights(folder / "model.weights.h5")
        return model.predict(inputs, verbose=0)

    return answer


def inputs_of(run):
    """Ten prepared images: five of the digits where they fit, and five of noise."""
    experiment = run.experiment
    shape = experiment.architecture.input_shape
    images = np.random.default_rng(0).integers(0, 256, (10, *shape), dtype=np.uint8)
    if shape == (28, 28, 1):
        images[:5] = load_dataset("digits").x_test[:5]
    return prepare_images(images, experiment.training.input_scaling, experiment.architecture.data_format)


@pytest.mark.parametrize("format_", WITH_MODEL)
@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_run_loads_again_and_predicts_the_same(store, predict, name, format_):
    run = store.find(name)
    inputs = inputs_of(run)
    expected = load_model(run.folder).predict(inputs, verbose=0)
    np.testing.assert_allclose(predict(run, format_, inputs), expected, rtol=0, atol=1e-5)
    assert expected.max() > 0.9  # an answer, not a shrug


@pytest.mark.parametrize("dataset", ["digits", "cifar10"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_run_with_all_layer_types_loads_in_every_format(tmp_path, predict, data_format, dataset):
    run = make_run(tmp_path / "runs", make_experiment(every_layer(data_format=data_format), dataset))
    inputs = inputs_of(run)
    expected = load_model(run.folder).predict(inputs, verbose=0)
    for format_ in WITH_MODEL:
        np.testing.assert_allclose(predict(run, format_, inputs), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_the_keras_file_is_compiled_so_that_it_evaluates_and_trains_on(tmp_path, loss):
    experiment = find_recipe("R5").experiment.on_dataset("digits")
    experiment = experiment.with_training(epochs=1, loss=loss, input_scaling="unit", optimizer={"kind": "RMSprop"})
    folder = RunStore(tmp_path / "runs").create(experiment)
    result = train_run(folder)
    path = tmp_path / "model.keras"
    path.write_bytes(export_run(RunStore(tmp_path / "runs").find(folder.id), "keras"))
    model = keras.saving.load_model(path)
    data = load_dataset("digits")
    x, y = data.x_test / np.float32(255), data.y_test
    if loss == "categorical_crossentropy":
        y = keras.utils.to_categorical(y, 10)
    measured = model.evaluate(x, y, batch_size=500, verbose=0, return_dict=True)
    assert measured["accuracy"] == pytest.approx(result.test_accuracy)
    assert measured["loss"] == pytest.approx(result.test_loss, rel=1e-4)
    assert type(model.optimizer).__name__ == "RMSprop"
    assert model.fit(x, y, epochs=1, verbose=0).history["loss"][0] < 2 * measured["loss"]


@pytest.mark.parametrize(("name", "pixels"), [("R2", "divided by 255, so 0-1"), ("R3", "0-255")])
def test_model_files_say_how_pixels_are_scaled(store, name, pixels):
    run = store.find(name)
    with zipfile.ZipFile(BytesIO(export_run(run, "keras"))) as archive:
        metadata = json.loads(archive.read("metadata.json"))
    assert pixels in metadata["input"]
    assert "keras_version" in metadata
    assert pixels.encode() in export_run(run, "litert")


@pytest.mark.parametrize(
    ("name", "shape", "pixels"), [("R2", "(N, 28, 28, 1)", "/255"), ("R3", "(N, 28, 28, 1)", "raw")]
)
def test_the_note_beside_the_weights_is_two_lines_one_of_which_loads_them(
    store, unzip, monkeypatch, name, shape, pixels
):
    run = store.find(name)
    folder = unzip(export_run(run, "weights"))
    assert sorted(path.name for path in folder.iterdir()) == ["README.txt", "architecture.json", "model.weights.h5"]
    code, facts = (folder / "README.txt").read_text(encoding="utf-8").splitlines()
    monkeypatch.chdir(folder)
    variables = {"keras": keras}
    exec(code, variables)
    expected = load_model(run.folder).get_weights()
    for weight, own in zip(variables["model"].get_weights(), expected, strict=True):
        np.testing.assert_array_equal(weight, own)
    assert shape in facts
    assert ("divided by 255" in facts) == (pixels == "/255")


def test_the_script_and_the_notebook_are_programs_that_build_this_network(store):
    run = store.find("R2")
    cells = json.loads(export_run(run, "notebook"))["cells"]
    notebook = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for source in (export_run(run, "script").decode(), notebook):
        compile(source, "exported", "exec")
        for row in ("layers.Conv2D(64, 3", 'layers.Dense(10, activation="softmax"'):
            assert row in source


@pytest.mark.parametrize("format_", FORMATS)
def test_a_run_without_a_model_offers_formats_that_need_none(store, format_):
    run = store.find("R1")
    if FORMATS[format_].needs_model:
        assert "R1" not in run.id
        assert f"Run {run.id} has no trained model" in FORMATS[format_].explain_absence(run)
        with pytest.raises(ModelError, match="has no trained model"):
            export_run(run, format_)
    else:
        assert FORMATS[format_].explain_absence(run) == ""
        assert export_run(run, format_)


def test_only_formats_with_weights_need_a_model():
    assert tuple(format_ for format_, form in FORMATS.items() if form.needs_model) == WITH_MODEL


def test_file_names_begin_with_the_run_and_differ():
    class Run:
        id = "20261121-120000-my-network-abcd"

    names = [name_file(Run, format_) for format_ in FORMATS]
    assert all(name.startswith(Run.id) for name in names)
    assert len(set(names)) == len(FORMATS)


@pytest.mark.parametrize("format_", WITH_MODEL)
@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped"])
def test_a_damaged_model_is_an_error_message(tmp_path, format_, damage):
    run = make_run(tmp_path / "runs", make_experiment(every_layer("pooled")), epochs=1)
    whole = run.folder.model_path.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes(255 - byte for byte in whole[middle : middle + 50]) + whole[middle + 50 :]
    content = {"empty": b"", "text": b"no model", "cut": whole[:middle], "flipped": flipped}[damage]
    run.folder.model_path.write_bytes(content)
    with pytest.raises(ModelError, match=rf"The model of run {run.id} can't be read .* Train it again\."):
        export_run(run, format_)


def test_unsupported_litert_layers_are_reported_before_conversion(tmp_path):
    spec = every_layer("pooled", "channels_first")
    layers = tuple(
        layer.model_copy(update={"activation": "softmax"}) if layer.name == "act1" else layer for layer in spec.layers
    )
    run = make_run(tmp_path / "runs", make_experiment(spec.model_copy(update={"layers": layers})), epochs=1)
    assert "act1: with channels_first, softmax" in FORMATS["litert"].explain_absence(run)
    with pytest.raises(ModelError, match="act1: with channels_first, softmax"):
        export_run(run, "litert")
    assert FORMATS["keras"].explain_absence(run) == ""


def test_exporting_does_not_change_a_bundled_run(store):
    folder = RunStore(store.runs_dir).find("R5").folder.path
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    for format_ in FORMATS:
        export_run(store.find("R5"), format_)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
