"""The tab Why: which class is explained, what each image is made of, and what stands there where one is missing."""

import base64

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnn_core import find_recipe
from cnn_core.inspection.attribution.explanation import Explanation
from cnn_core.inspection.attribution.methods import ATTRIBUTIONS as METHODS
from ui.layers import why_cards
from ui.layers.why_cards import as_pixels, find_darkness, render_cards
from ui.text import text

CLASS = "layers.why.class"


def explanation(**changes):
    generator = np.random.default_rng(0)
    maps = {method: generator.normal(size=(4, 5)).astype(np.float32) for method in METHODS}
    facts = {method: {} for method in METHODS}
    facts |= {"integrated": {"difference": 2.5, "gap": 0.004}, "grad_cam": {"layer": "conv1"}}
    given = {"maps": maps, "facts": facts, "score": 3.0, "is_logit": True}
    return Explanation(**(given | changes))


@pytest.fixture
def drawn(monkeypatch):
    """drawn() → the data of the one component that was drawn."""
    sent = []
    monkeypatch.setattr(why_cards, "_why", lambda key, data: sent.append(data))
    return lambda: sent[-1]


def test_there_is_a_card_for_the_input_and_one_for_each_method(drawn):
    render_cards(np.zeros((4, 5, 1), np.uint8), explanation(), "7", key="k")
    titles = [card["title"] for card in drawn()["cards"]]
    assert titles == [text("why.input"), *(text(f"why.{method}") for method in METHODS)]
    assert drawn()["shape"] == [4, 5]


def test_the_browser_gets_the_exact_values(drawn):
    given = explanation()
    render_cards(np.zeros((4, 5, 1), np.uint8), given, "7", key="k")
    for method, card in zip(METHODS, drawn()["cards"][1:], strict=True):
        steps = np.frombuffer(base64.b64decode(card["values"]), "<i2").reshape(4, 5)
        assert np.abs(steps * card["step"] - given.maps[method]).max() <= card["step"]
        assert card["limit"] == pytest.approx(np.abs(given.maps[method]).max())


def test_small_probability_drops_are_pale(drawn):
    maps = explanation().maps | {"occlusion": np.full((4, 5), 0.001, np.float32)}
    render_cards(np.zeros((4, 5, 1), np.uint8), explanation(maps=maps), "7", key="k")
    card = drawn()["cards"][-1]
    assert (card["limit"], card["factor"], card["positive"]) == (0.05, 100, True)
    assert "0.1 at most" in card["shows"]


def test_without_maps_the_grad_cam_card_gives_the_reason(drawn):
    maps = {method: values for method, values in explanation().maps.items() if method != "grad_cam"}
    render_cards(np.zeros((4, 5, 1), np.uint8), explanation(maps=maps), "7", key="k")
    (card,) = [card for card in drawn()["cards"] if card["title"] == text("why.grad_cam")]
    assert (card["shows"], card["values"]) == (text("why.no_grad_cam"), "")


def test_unit_and_byte_images_look_the_same():
    pixels = np.arange(60, dtype=np.uint8).reshape(4, 5, 3) * 4
    assert np.array_equal(as_pixels(pixels), pixels)
    assert np.array_equal(as_pixels(pixels.astype(np.float32)), pixels)
    assert np.array_equal(as_pixels(pixels / np.float32(255)), pixels)


def test_the_background_image_is_dark_where_the_input_is():
    assert find_darkness(np.full((2, 2, 1), 255, np.uint8)).min() == 255
    assert find_darkness(np.full((2, 2, 3), 255, np.uint8)).max() == 0


# ---- the tab itself


def tab(run_name="R2"):
    import numpy as np

    from cnn_core.data.datasets.load import load_dataset
    from cnn_core.experiment.preprocess import prepare_images
    from ui.layers.moments import FINAL, Moment
    from ui.layers.subject import Subject
    from ui.layers.why import render_why
    from ui.server.resources import get_store

    run = get_store().find(run_name)
    picture, label = load_dataset("digits").x_test[0], int(load_dataset("digits").y_test[0])
    experiment = run.experiment
    inputs = prepare_images(picture[np.newaxis], experiment.training.input_scaling)
    subject = Subject(run, Moment(FINAL), inputs, picture, "digits-0", "", label)
    with subject.opened() as probe:
        outputs = tuple(probe.inspect(inputs))
    render_why(Subject(run, Moment(FINAL), inputs, picture, "digits-0", "", label, outputs))


def open_tab(run_name="R2"):
    return AppTest.from_function(tab, kwargs={"run_name": run_name}, default_timeout=180).run()


@pytest.mark.parametrize("run_name", ["R2", "dense-baseline"])
def test_the_predicted_class_is_explained_by_default(run_name, tensorflow_ready):
    app = open_tab(run_name)
    assert not app.exception
    assert app.markdown[0].value.startswith("### Why ")


def test_any_other_class_can_be_explained(tensorflow_ready):
    app = open_tab()
    answer = int(app.markdown[0].value.split()[2].rstrip("?"))
    other = (answer + 1) % 10
    app.segmented_control(CLASS).set_value(other).run()
    assert f"What speaks for {other}?" in app.markdown[0].value
    assert f"its answer is {answer}" in app.markdown[0].value


def test_a_parameter_out_of_range_is_an_error_message(tensorflow_ready):
    app = open_tab()
    (noise,) = [box for box in app.number_input if box.key == "layers.why.noise"]
    app = noise.set_value(3.0).run()
    assert "noise" in app.error[0].value
    assert [box for box in app.number_input if box.key == "layers.why.noise"]


def test_the_layers_of_grad_cam_are_those_with_maps(tensorflow_ready):
    (choice,) = open_tab().selectbox
    names = [layer.name for layer in find_recipe("R2").experiment.architecture.layers]
    assert choice.options == [text("why.last_convolution"), *names[: names.index("flatten1")]]
