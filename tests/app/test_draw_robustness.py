"""Draw's tab Robustness and the line on novelty: sliders, answers, the nudge, and what is said of a scribble."""

import base64
from io import BytesIO

import numpy as np
import pytest
from app_pages import says
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.data.distortions import Distortion
from cnn_core.palette import SIGNED
from ui.draw import robustness
from ui.draw.figures import encode_difference, encode_picture
from ui.text import text

PATIENCE_S = 180


def tab(names=("R2",)):
    from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
    from cnn_core.data.ink import centre_ink
    from cnn_core.experiment.preprocess import prepare_ink
    from ui.draw.robustness import render_robustness
    from ui.server.resources import get_store

    ink = centre_ink(draw_strokes(DIGIT_STROKES[3]))
    runs = [get_store().find(name) for name in names]
    render_robustness(runs, lambda run: prepare_ink(ink, run.experiment), ink[:, :, None])


def novelty(kind="digit", run_name="R2", dataset=None):
    import numpy as np

    from cnn_core.data.datasets.digits import load_digits_28x28
    from cnn_core.experiment.preprocess import prepare_images
    from ui.draw.novelty import render_novelty
    from ui.server.resources import get_store

    run = get_store().find(run_name)
    if dataset:
        object.__setattr__(run, "experiment", run.experiment.on_dataset(dataset))
    picture = load_digits_28x28()[2][0]
    if kind == "noise":
        picture = np.random.default_rng(0).integers(0, 256, picture.shape, dtype=np.uint8)
    render_novelty(run, prepare_images(picture[np.newaxis], run.experiment.training.input_scaling))


def open_tab(**arguments):
    app = AppTest.from_function(tab, kwargs=arguments, default_timeout=PATIENCE_S).run()
    assert not app.exception
    return app


@pytest.fixture
def drawn(monkeypatch):
    """drawn() → the data of the curves that were drawn last."""
    sent = []
    monkeypatch.setattr(robustness, "_curves", lambda key, data, on_picked_change: sent.append(data))
    return lambda: sent[-1]


def test_there_is_a_slider_and_a_curve_for_every_distortion_and_a_map_for_every_model(tensorflow_ready, drawn):
    app = open_tab(names=("R2", "dense-baseline"))
    titles = [field.title for field in Distortion.model_fields.values()]
    assert [slider.label for slider in app.slider] == titles
    assert [chart["title"] for chart in drawn()["charts"]] == titles
    assert all(len(chart["lines"]) == 2 for chart in drawn()["charts"])
    assert len(drawn()["maps"]) == 2
    assert len(drawn()["maps"][0]["shares"]) == 13 * 13


def test_a_slider_changes_the_prediction_and_reset_restores_it(tensorflow_ready, drawn):
    app = open_tab()
    assert says(app, "still the answer")
    (shift,) = [slider for slider in app.slider if slider.key.endswith("shift_x")]
    app = shift.set_value(-6).run()
    assert says(app, "Before it was 3")
    assert drawn()["now"] == [-6, 0]
    (reset,) = [button for button in app.button if button.label == text("robust.reset")]
    app = reset.click().run()
    assert says(app, "still the answer")
    assert drawn()["now"] == [0, 0]


def test_a_click_on_a_curve_moves_its_slider_within_range(monkeypatch):
    moved = {}
    monkeypatch.setattr(robustness, "widget_value", lambda key: type("", (), {"picked": PICKED})())
    monkeypatch.setattr(robustness, "set_widget", moved.__setitem__)
    robustness._take_picked()
    assert moved == {"draw.robust.rotation": 60, "draw.robust.blur": 1.5}
    assert isinstance(moved["draw.robust.rotation"], int)


PICKED = {"rotation": 400, "blur": 1.5, "no such knob": 3}


@pytest.mark.parametrize("method", ["pgd", "fgsm"])
def test_the_button_finds_an_adversarial_example_until_the_choice_changes(tensorflow_ready, method):
    app = open_tab()
    app.segmented_control("draw.robust.nudge.method").set_value(method).run()
    assert not says(app, "of full ink (")
    (find,) = [button for button in app.button if button.label == text("robust.find")]
    app = find.click().run()
    assert says(app, "**3 becomes ")
    assert says(app, text("robust.why"))
    app = app.selectbox(app.selectbox[0].key).set_value(8).run()
    assert not says(app, "**3 becomes ")


def test_a_digit_is_in_distribution_and_noise_is_not(tensorflow_ready):
    like = AppTest.from_function(novelty, default_timeout=PATIENCE_S).run()
    assert says(like, text("novelty.like"))
    assert says(like, "From digits (offline)")  # here there is no MNIST
    unlike = AppTest.from_function(novelty, kwargs={"kind": "noise"}, default_timeout=PATIENCE_S).run()
    assert says(unlike, text("novelty.unlike"))
    assert says(unlike, "sum to 100 %")


def test_without_reference_images_a_message_says_so(tensorflow_ready):
    app = AppTest.from_function(novelty, kwargs={"dataset": "fashion_mnist"}, default_timeout=PATIENCE_S).run()
    assert not app.exception
    assert says(app, "Download it first")


def pixels(address):
    return np.asarray(Image.open(BytesIO(base64.b64decode(address.partition(",")[2]))))


def test_differences_are_blue_white_and_red():
    shown = pixels(encode_difference(np.array([[[-0.1], [0.0], [0.1]]], np.float32), 0.1))[0]
    as_hex = ["#" + "".join(f"{value:02x}" for value in color) for color in shown]
    assert as_hex == [SIGNED[0], "#ffffff", SIGNED[-1]]


def test_ink_is_black_on_white():
    assert pixels(encode_picture(np.array([[[0.0], [1.0]]], np.float32))).tolist() == [[255, 0]]
