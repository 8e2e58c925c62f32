"""Every page opens, whatever lies in the runs folder and whether or not TensorFlow is there yet."""

import numpy as np
import pytest
from app_pages import go, says

from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from ui.session.model import Drawing
from ui.shared.navigation import PAGES
from ui.text import text


def put_drawing_on_sheet(app):
    pixels = np.rint(draw_strokes(DIGIT_STROKES[3]) * 255).astype(np.uint8)
    app.session_state["cnn_lab"].sheet.add(Drawing({"objects": [{"type": "path"}]}, pixels))


def walk(app):
    """Every page of one session, from the last to the first, as it opened."""
    for name in reversed(PAGES):
        app = go(app, name)
        assert not app.exception, name
        assert [title.value for title in app.title] == [text(f"{name}.title")]
        yield app


def test_every_page_opens_before_tensorflow_loads(open_page):
    assert len(list(walk(open_page()))) == len(PAGES)


def test_every_page_opens_after_tensorflow_loads(tensorflow_ready, open_page):
    for page in walk(open_page()):
        assert not page.error
        assert not says(page, text("waiting.tensorflow"))


def test_every_page_opens_with_a_damaged_run_folder(damage, open_page):
    damage("experiment.json", b"{")
    assert len(list(walk(open_page()))) == len(PAGES)


def test_every_page_opens_with_an_own_model_chosen(tensorflow_ready, own_run, open_page):
    app = open_page("layers")
    app.selectbox(key="model-layers").select(own_run.id).run()
    put_drawing_on_sheet(app)
    for page in walk(app):
        assert not page.error


@pytest.mark.parametrize("name", ["home", "draw", "layers"])
def test_page_with_a_drawing_says_that_tensorflow_is_still_loading(open_page, name):
    app = open_page()
    put_drawing_on_sheet(app)
    app = go(app, name)
    assert not app.exception
    assert says(app, text("waiting.tensorflow"))


@pytest.mark.parametrize("name", ["home", "draw"])
def test_a_drawn_three_is_read_as_three(tensorflow_ready, open_page, name):
    app = open_page()
    put_drawing_on_sheet(app)
    app = go(app, name)
    assert not app.exception
    assert says(app, text("answer.is", label="3"))


def test_a_blank_canvas_invites_to_draw(tensorflow_ready, open_page):
    app = open_page("draw")
    assert says(app, text("answer.invitation"))
    assert says(app, text("answer.blank"))


def test_the_chosen_model_is_kept_between_pages(tensorflow_ready, own_run, open_page):
    app = open_page("draw")
    app.selectbox(key="model-draw").select(own_run.id).run()
    app = go(go(app, "compare"), "layers")
    assert app.selectbox(key="model-layers").value == own_run.id


def test_an_unreadable_model_is_an_error_message_on_layers(tensorflow_ready, own_run, open_page):
    own_run.folder.model_path.write_bytes(b"not an archive")
    app = open_page("layers")
    app.selectbox(key="model-layers").select(own_run.id).run()
    assert not app.exception
    assert any(own_run.id in error.value for error in app.error)


def test_two_runs_with_the_same_name_can_both_be_chosen(damage, own_run, open_page):
    repeat = damage(
        "commands.jsonl", b"", name="20000101-000000-repeat-0000"
    )  # quick repeats share name, score, minute
    app = open_page("layers")
    for run_id in (own_run.id, repeat.name):
        app.selectbox(key="model-layers").select(run_id).run()
        assert app.selectbox(key="model-layers").value == run_id


def test_layers_offers_to_get_missing_test_images(tensorflow_ready, open_page):
    app = open_page("layers")  # the default model learned from MNIST, which is not here
    app.segmented_control(key="layers.source").set_value("test").run()
    assert says(app, text("data.missing", name="MNIST"))
