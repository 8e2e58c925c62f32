"""The tab Filters: kernels, one filter opened, filters switched off, and the report."""

import base64

import numpy as np
import pytest
from app_pages import button, says
from streamlit.testing.v1 import AppTest

from cnn_core import ArchitectureSpec, Experiment, build_model, load_dataset
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection import load_probe
from cnn_core.inspection.filters.ablation import measure_accuracy, predict_without
from cnn_core.inspection.filters.kernels import list_kernels
from cnn_core.runs import create_run
from ui.layers import filter_tiles
from ui.layers.filter_likes import mark
from ui.layers.filter_tiles import Tile, Tiles, render_tiles
from ui.text import text

END = [{"kind": "Flatten"}, {"kind": "Dense", "units": 10, "activation": "softmax"}]
LAYERS = [
    {"kind": "Conv2D", "name": "a", "filters": 4, "strides": 3, "activation": "relu"},
    {"kind": "SeparableConv2D", "name": "s", "filters": 3, "activation": "relu"},
    *END,
]


def show(runs_dir, run_id):
    from pathlib import Path

    import numpy as np

    from cnn_core import RunStore
    from ui.layers.filters import render_filters
    from ui.layers.moments import Moment, probe_at
    from ui.layers.subject import Subject

    run = RunStore(Path(runs_dir)).find(run_id)
    x = np.random.default_rng(0).random((1, 28, 28, 1), np.float32)
    with probe_at(run, Moment("final")) as probe:
        outputs = tuple(probe.inspect(x))
    render_filters(Subject(run, Moment("final"), x, x[0], "noise", "noise", None, outputs))


@pytest.fixture
def make_run(runs_dir, tensorflow_ready):
    """make_run(layers) → a run with untrained weights; `edit(model)` may change them."""
    import keras

    def make(layers=LAYERS, dataset="digits", edit=None):
        keras.utils.set_random_seed(2)
        experiment = Experiment(architecture=ArchitectureSpec(layers=layers), dataset=dataset)
        folder = create_run(runs_dir, experiment)
        model = build_model(experiment.architecture)
        if edit:
            edit(model)
        model.save(folder.model_path)
        return folder

    return make


def opened(folder):
    kwargs = {"runs_dir": str(folder.path.parent), "run_id": folder.id}
    app = AppTest.from_function(show, kwargs=kwargs, default_timeout=180).run()
    assert not app.exception
    return app


def kill_second_filter(model):
    kernel, bias = model.get_layer("a").get_weights()
    bias[1] = -1e6
    model.get_layer("a").set_weights([kernel, bias])


def test_a_network_without_convolution_has_a_message(make_run):
    app = opened(make_run(END))
    assert [info.value for info in app.info] == [text("filters.none")]
    assert not app.error


def test_every_convolution_can_be_chosen_and_both_steps_of_a_separable_one(make_run):
    app = opened(make_run())
    assert app.selectbox[0].options == ["a · 4 filters", "s.depthwise · 4 filters", "s.pointwise · 3 filters"]
    app.selectbox[0].set_value("s.depthwise").run()
    assert says(app, text("filters.no_map"))
    assert not app.toggle
    app.selectbox[0].set_value("s.pointwise").run()
    assert says(app, "1×1×4")
    assert not app.exception


def test_ablating_a_filter_shows_prediction_and_accuracy_before_and_after(make_run):
    folder = make_run()
    app = opened(folder)
    assert says(app, text("filters.all_are_on"))
    app.toggle[0].set_value(True).run()
    probe, data = load_probe(folder), load_dataset("digits")
    x = prepare_images(data.x_test, "unit", "channels_last")
    noise = np.random.default_rng(0).random((1, 28, 28, 1), np.float32)
    answers = [predict_without(probe, noise, off)[0] for off in ({}, {"a": [0]})]
    for when, answer in zip(("before", "after"), answers, strict=True):
        assert says(app, f"{text(f'filters.{when}')} **{answer.argmax()} · {answer.max() * 100:.1f} %**")
    assert says(app, text("filters.now_says", now=f"{answers[1].argmax()} · {answers[1].max() * 100:.1f} %"))
    expected = [measure_accuracy(probe, x, data.y_test, off) for off in ({}, {"a": [0]})]
    assert [metric.value for metric in app.metric] == [f"{share * 100:.2f} %" for share in expected]
    button(app, "filters.chip", layer="a", number=1).click().run()
    assert says(app, text("filters.all_are_on"))
    assert not app.toggle[0].value


def test_one_click_enables_all_filters_again(make_run):
    app = opened(make_run())
    app.toggle[0].set_value(True).run()
    app.selectbox[0].set_value("s.pointwise").run()
    app.toggle[0].set_value(True).run()
    assert button(app, "filters.chip", layer="s", number=1)
    button(app, "filters.all_on").click().run()
    assert says(app, text("filters.all_are_on"))
    assert not app.toggle[0].value


def test_activation_maximization_is_computed_on_request(make_run):
    app = opened(make_run())
    button(app, "filters.find").click().run()
    assert says(app, "The filter answers **")
    button(app, "filters.another").click().run()
    assert says(app, "The filter answers **")
    assert not app.exception


def test_a_dead_filter_is_reported_and_one_click_opens_it(make_run):
    app = opened(make_run(edit=kill_second_filter))
    button(app, "filters.look").click().run()
    assert says(app, text("filters.try_dead"))
    button(app, "filters.chip", layer="a", number=2).click().run()
    assert says(app, text("filters.one", number=2, layer="a"))
    assert says(app, text("filters.nothing_excites", value="0"))


def test_without_the_dataset_kernels_are_shown_and_a_download_offered(make_run):
    app = opened(make_run(dataset="mnist"))
    assert says(app, text("filters.needs_images"))
    assert button(app, "data.download", size=11)
    app.toggle[0].set_value(True).run()
    assert says(app, text("filters.before"))
    assert not app.metric
    assert not app.exception


def test_many_filters_are_paged_and_the_chosen_page_is_shown(make_run, monkeypatch):
    shown = []
    monkeypatch.setattr(filter_tiles, "_tiles", lambda key, data, **_: shown.append((key, data)))
    layers = [{"kind": "Conv2D", "name": "a", "filters": 200, "strides": 9}, *END]
    folder = make_run(layers)
    app = opened(folder)
    assert [tile["id"] for tile in shown[0][1]["tiles"]] == list(range(64))
    shown.clear()
    app.session_state[f"filters.chosen.{folder.id}.a"] = 150
    app.run()
    assert [tile["id"] for tile in shown[0][1]["tiles"]] == list(range(128, 192))
    assert [tile["id"] for tile in shown[0][1]["tiles"] if tile["selected"]] == [150]
    norms = list_kernels(load_probe(folder).model)[0].norms
    shown.clear()
    app.session_state[f"filters.chosen.{folder.id}.a"] = int(norms.argmax())
    app.segmented_control[0].set_value("norm").run()
    assert [tile["id"] for tile in shown[0][1]["tiles"]] == list(np.argsort(-norms, kind="stable")[:64])


def test_weights_are_sent_with_16_bit_precision(monkeypatch):
    sent = {}
    monkeypatch.setattr(filter_tiles, "_tiles", lambda key, data, **_: sent.update(data))
    kernels = np.random.default_rng(1).normal(size=(3, 5, 7)).astype(np.float32)
    limit = float(np.abs(kernels).max())
    render_tiles(Tiles("", kernels, [Tile(i, str(i), "") for i in range(7)], limit), "key")
    steps = np.frombuffer(base64.b64decode(sent["values"]), "<i2").reshape(sent["shape"])
    assert np.abs(steps * sent["step"] - kernels).max() <= limit / 60_000
    assert sent["pickable"] is False


def test_a_marked_image_has_a_rectangle_around_the_box():
    image = np.zeros((28, 28, 1), np.uint8)
    image[10, 10] = 255
    marked = mark(image, np.array([8, 6, 15, 20]))
    factor = marked.shape[0] // 28
    assert marked.shape == (28 * factor, 28 * factor, 3)
    assert (marked[10 * factor + 1, 10 * factor + 1] == 0).all()
    rows, columns = np.nonzero((marked == filter_mark()).all(axis=2))
    edges = (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
    assert edges == (8 * factor, 6 * factor, 15 * factor, 20 * factor)


def filter_mark():
    from ui.layers.filter_likes import _MARK

    return _MARK
