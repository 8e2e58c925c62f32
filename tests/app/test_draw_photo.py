"""The tab Photo: what is said about an image from outside."""

import sys

import numpy as np
import pytest
from app_pages import PATIENCE_S, ROOT, button, says
from PIL import Image
from streamlit.testing.v1 import AppTest

from ui.draw.photo import _tile
from ui.text import text

sys.path.append(str(ROOT / "tests" / "core" / "data"))
from paper_photos import CONDITIONS, draw_ink, encode, write_line


def tab():
    import streamlit as st

    from cnn_core.runs.store import DEFAULT_RUN
    from ui.draw.photo import render_photo
    from ui.server.resources import get_store

    def use(ink):
        st.session_state["used"] = ink

    render_photo(get_store().find(DEFAULT_RUN), on_use=use)


def upload(content, name="sheet.png"):
    app = AppTest.from_function(tab, default_timeout=PATIENCE_S).run()
    assert not app.exception
    app.file_uploader[0].set_value((name, content, "image/png"))
    app.run()
    assert not app.exception
    return app


def test_before_a_photo_only_the_upload_is_shown():
    app = AppTest.from_function(tab, default_timeout=PATIENCE_S).run()
    assert not app.exception
    assert len(app.file_uploader) == 1
    assert not app.error
    assert not app.markdown


def test_several_digits_read_as_a_string(tensorflow_ready):
    rng = np.random.default_rng(0)
    app = upload(CONDITIONS["uneven light"](write_line([2, 0, 7], rng, gap=0.65), rng), "sheet.jpg")
    assert says(app, text("photo.several", label="207"))
    assert says(app, text("photo.was_uneven"))
    assert sum(shown.label == text("photo.use") for shown in app.button) == 3


def test_one_digit_is_named_and_can_be_used_elsewhere(tensorflow_ready):
    app = upload(encode(Image.fromarray((255 - 255 * draw_ink(3, np.random.default_rng(0))).astype(np.uint8))))
    assert says(app, text("photo.one", label="3"))
    assert says(app, text("photo.was_even"))
    button(app, "photo.use").click().run()
    assert app.session_state["used"].shape == (28, 28)
    assert app.session_state["used"].max() > 0.9


def test_the_steps_are_shown_while_the_network_loads():
    app = upload(encode(Image.fromarray((255 - 255 * draw_ink(3, np.random.default_rng(0))).astype(np.uint8))))
    assert says(app, text("photo.step_found"))


@pytest.mark.parametrize(("content", "why"), [(b"words", "not a picture"), (b"\x89PNG\r\n\x1a\n", "picture")])
def test_a_bad_file_is_an_error_message(content, why):
    (error,) = upload(content).error
    assert why in error.value


def test_a_blank_photo_is_reported(tensorflow_ready):
    (warning,) = upload(encode(Image.new("L", (80, 80), 250))).warning
    assert warning.value == text("photo.blank")


def test_a_removed_photo_is_forgotten(tensorflow_ready):
    app = upload(encode(Image.new("L", (80, 80), 250)))
    app.file_uploader[0].set_value(None)
    app.run()
    assert not app.warning


def test_the_camera_is_requested_only_on_demand():
    app = AppTest.from_function(tab, default_timeout=PATIENCE_S).run()
    assert not app.get("camera_input")
    app.toggle[0].set_value(True).run()
    assert len(app.get("camera_input")) == 1


def test_a_tile_shows_each_pixel_as_a_square_block():
    centred = np.random.default_rng(0).random((28, 28), np.float32)
    assert np.array_equal(_tile(centred)[3::6, 3::6], np.rint(centred * 255).astype(np.uint8))
