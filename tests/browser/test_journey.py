"""The way through the app: draw, train, watch, open its layers, draw against it."""

import re

import pytest
from lab_in_browser import (
    button,
    draw,
    expect_answer,
    expect_no_failure,
    expect_page,
    expect_state,
    go_by_menu,
    open_page,
    start_run,
    stop_run,
    until_curve_has_more_than,
)
from playwright.sync_api import expect

from cnn_core import DATASETS, find_recipe
from ui.text import text

pytestmark = pytest.mark.browser

EPOCHS = 12
CONVOLUTIONS = [layer.name for layer in find_recipe("R5").experiment.architecture.layers if layer.kind == "Conv2D"]


def expect_maps(page):
    """Each convolution stands there with images that show something."""
    for name in CONVOLUTIONS:
        picture = page.locator(f'.overview section[data-layer="{name}"] canvas.maps')
        expect(picture).to_be_visible()
        colors = picture.evaluate(
            """canvas => new Set(new Uint32Array(
                canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
        )
        assert colors > 10, name


def watch_it_grow(page, keep_picture):
    seen = 0
    for moment in ("first", "second", "third"):
        seen = until_curve_has_more_than(page, seen)
        keep_picture(page, moment)
    return seen


def test_from_a_drawing_to_training_to_layers_and_back(lab, page, keep_picture):
    open_page(page, lab, "home")
    draw(page, 3)
    expect_answer(page, 3)

    go_by_menu(page, "train")
    start_run(page, "R5", EPOCHS, dataset=DATASETS["digits"].title)
    expect_state(page, "running")
    watch_it_grow(page, keep_picture)
    expect_state(page, "completed")

    button(page, "live.to_layers").click()
    expect_page(page, "layers")
    expect(page.locator(".overview b", has_text=text("layers.input_drawing"))).to_be_visible()
    expect_maps(page)
    keep_picture(page, "layers")

    go_by_menu(page, "draw")
    chosen = page.get_by_role("combobox", name=text("bar.model")).first
    expect(chosen).to_have_value(re.compile(r"R5, \d+ epochs · digits"))
    expect_answer(page)
    expect_no_failure(page)


@pytest.mark.mnist
def test_a_run_on_mnist_can_be_stopped_and_used(lab, mnist_there, page, keep_picture):
    open_page(page, lab, "train")
    start_run(page, "R5", 2)
    expect_state(page, "running")
    watch_it_grow(page, keep_picture)
    stop_run(page)
    assert lab.own_runs[0].experiment.dataset == "mnist"

    button(page, "live.to_layers").click()
    expect_page(page, "layers")
    expect_maps(page)
    go_by_menu(page, "draw")
    draw(page, 1)
    expect_answer(page)
    expect_no_failure(page)
