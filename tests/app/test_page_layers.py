"""Layers: what it opens with, the ways to an input, the moments of a training, and what the browser is given."""

import base64
import json

import numpy as np
import pytest
from app_pages import says

from cnn_core import RunStore, load_probe
from cnn_core.data.datasets.load import load_dataset
from cnn_core.inspection.model.graph import collect_values, open_probe, strongest_cell
from ui.layers import described, microscope, overview
from ui.layers.find import step_to
from ui.layers.input import index_key
from ui.layers.moments import FINAL, Moment, list_moments, probe_at
from ui.layers.time import moment_key
from ui.text import text

pytestmark = pytest.mark.usefixtures("tensorflow_ready")


@pytest.fixture
def drawn(monkeypatch):
    """What the browser was given last: drawn["overview"], drawn["microscope"]."""
    seen = {}
    monkeypatch.setattr(overview, "_overview", lambda key, data, **_: seen.update(overview=data))
    monkeypatch.setattr(microscope, "_microscope", lambda key, data: seen.update(microscope=data))
    return seen


@pytest.fixture
def bundled(runs_dir):
    return RunStore(runs_dir).find("R2")


def values_of(layer):
    """(H, W, C) as the browser decodes them."""
    steps = np.frombuffer(base64.b64decode(layer["values"]), "<i2")
    return steps.reshape(layer["shown"]) * layer["step"]


def test_layers_opens_with_the_strongest_cell_of_the_second_convolution(open_page, drawn, bundled):
    app = open_page("layers")
    assert not app.exception
    assert says(app, text("layers.nothing_drawn"))
    start = drawn["overview"]["start"]
    layer = next(layer for layer in drawn["overview"]["layers"] if layer["name"] == "conv2")
    assert start["layer"] == "conv2"
    assert tuple(start["cell"]) == strongest_cell(values_of(layer))
    told = drawn["microscope"]["explanation"]
    assert told["agrees"]
    assert len(told["stages"][0]["windows"]) == 32
    json.dumps(drawn["microscope"])


def test_every_layer_is_shown_with_the_values_of_the_model(open_page, drawn, bundled):
    open_page("layers")
    shown = {layer["name"]: layer for layer in drawn["overview"]["layers"] if "values" in layer}
    probe = load_probe(bundled.folder)
    layers = open_probe(probe)
    inputs = values_of(shown["input"])[np.newaxis].astype(np.float32)
    values = collect_values(layers, probe.inspect(inputs), inputs)
    assert list(shown) == [layer.name for layer in layers if layer.kind != "Dropout"]
    for name, layer in shown.items():
        expected = values[name].reshape(layer["shape"])[:, :, : layer["shown"][2]]
        np.testing.assert_allclose(values_of(layer), expected, atol=2 * layer["step"] + 1e-4, err_msg=name)


@pytest.mark.parametrize("short", ["R3", "R5", "dense-baseline", "lenet-5", "speed-99"])
def test_every_bundled_network_opens(open_page, drawn, runs_dir, short):
    run = RunStore(runs_dir).find(short)
    app = open_page("layers")
    app.selectbox(key="model-layers").select(run.id).run()
    assert not app.exception
    assert not app.error
    assert drawn["microscope"]["explanation"]["agrees"]


def test_each_moment_shows_its_weights(open_page, drawn, bundled):
    app = open_page("layers")
    trained = {layer["name"]: layer.get("values") for layer in drawn["overview"]["layers"]}
    app.select_slider(key=moment_key(bundled)).set_value("epoch-0").run()
    untrained = {layer["name"]: layer.get("values") for layer in drawn["overview"]["layers"]}
    assert drawn["microscope"]["explanation"]["agrees"]
    assert trained["input"] == untrained["input"]
    assert trained["conv1"] != untrained["conv1"]
    with probe_at(bundled, Moment("epoch", 0)) as probe, probe_at(bundled, Moment(FINAL)) as final:
        blank = np.zeros((1, 28, 28, 1), np.float32)
        assert not np.allclose(probe.predict_inputs(blank), final.predict_inputs(blank))


def test_moments_are_in_training_order(bundled):
    kinds = [moment.id for moment in list_moments(bundled)]
    assert kinds[0] == "epoch-0"
    assert kinds[-1] == "final-0"


def test_play_goes_from_untrained_to_trained_and_stops(open_page, drawn, bundled):
    app = open_page("layers")
    app.button(key="layers.play").click().run()
    seen = [app.select_slider(key=moment_key(bundled)).value]
    for _ in range(len(list_moments(bundled)) + 1):
        app.run()
        seen.append(app.select_slider(key=moment_key(bundled)).value)
    moments = [moment.id for moment in list_moments(bundled)]
    assert seen[0] in moments[:2]
    assert [moment for i, moment in enumerate(seen) if moment not in seen[:i]] == moments[moments.index(seen[0]) :]
    assert app.button(key="layers.play").label == text("layers.play")


def test_an_image_is_found_by_number_class_and_arrows(open_page, drawn, own_run):
    labels = load_dataset("digits").y_test
    app = open_page("layers")
    app.selectbox(key="model-layers").select(own_run.id).run()
    app.segmented_control(key="layers.source").set_value("test").run()
    app.number_input(key=index_key("test")).set_value(5).run()
    title = text("layers.true_label", source=text("layers.input_test"), index=5, label=labels[5])
    assert drawn["overview"]["layers"][0]["title"] == title
    app.selectbox(key="layers.class").set_value(8).run()
    app.button(key="layers.step.1").click().run()
    assert labels[app.number_input(key=index_key("test")).value] == 8
    app.toggle(key="layers.wrong").set_value(True).run()
    for _ in range(50):
        if not says(app, text("layers.asking")):
            break
        app.run()
    app.button(key="layers.step.1").click().run()
    index = app.number_input(key=index_key("test")).value
    assert labels[index] == 8
    with probe_at(own_run, Moment(FINAL)) as probe:
        assert probe.inspect_image(load_dataset("digits").x_test[index])[-1].values.argmax() != 8


@pytest.mark.parametrize(
    ("found", "index", "step", "wanted"),
    [(None, 0, -1, 9), (None, 9, 1, 0), ([2, 5, 7], 5, 1, 7), ([2, 5, 7], 7, 1, 2), ([2, 5], 9, -1, 5), ([], 3, 1, 3)],
)
def test_the_arrows_wrap_around(found, index, step, wanted):
    assert step_to(None if found is None else np.array(found), index, step, last=9) == wanted


def test_the_pixel_values_of_an_image_are_shown(open_page, drawn, own_run):
    app = open_page("layers")
    app.selectbox(key="model-layers").select(own_run.id).run()
    app.segmented_control(key="layers.source").set_value("training").run()
    app.number_input(key=index_key("training")).set_value(7).run()
    read = np.array([line.split() for line in app.code[0].value.splitlines()], dtype=np.uint8)
    assert (read == load_dataset("digits").x_train[7][:, :, 0]).all()


def test_the_training_step_is_computed_for_one_weight(open_page, drawn, bundled):
    app = open_page("layers")
    app.session_state["layers.step.open"] = True
    app.run()
    assert not app.exception
    assert any("New weight" in words.value for words in app.markdown)
    assert len(app.dataframe) == 1


def test_a_file_that_is_not_an_image_is_an_error_message(open_page, drawn):
    app = open_page("layers")
    app.segmented_control(key="layers.source").set_value("file").run()
    app.file_uploader(key="layers.file").set_value(("notes.png", b"no picture", "image/png")).run()
    assert not app.exception
    assert len(app.error) == 1


def test_a_wide_layer_is_sent_in_pages():
    page = described.choose_page([(32, 32, 512)] * 30)
    first = described._encode(np.ones((32, 32, 512), np.float32), 0, page)
    later = described._encode(np.ones((32, 32, 512), np.float32), 510, page)
    assert page * 32 * 32 * 30 <= described._VALUES_AT_ONCE
    assert first["shown"][2] == page
    assert later["shown"][2] == 2
    assert described.choose_page([(28, 28, 32), (14, 14, 96)]) >= 96
