"""Layers in a browser: a value that is clicked is computed out, and what follows the pointer is what the core says."""

import json
import re
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from lab_in_browser import draw, expect_answer, expect_no_failure, go_by_menu, open_page, settle, until
from PIL import Image
from playwright.sync_api import expect

from cnn_core import centre_ink, load_probe
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.inspection.microscope.trace import trace_back, trace_forward
from cnn_core.inspection.model.graph import collect_values, open_probe, shapes_of
from cnn_core.runs.store import DEFAULT_RUN, RunStore
from ui.shared.answer import example_ink
from ui.text import text

pytestmark = pytest.mark.browser


def ink_of(page):
    """The drawing on the canvas as the server makes ink of it."""
    sheet = page.locator("canvas.dc-canvas.lower-canvas")
    address = sheet.evaluate("canvas => canvas.toDataURL()")
    rgba = np.asarray(Image.open(BytesIO(b64decode(address.split(",")[1]))), dtype=np.float32)
    return np.rint(255 - rgba[..., :3].mean(axis=-1)) / 255  # dark on white


def opened(lab, ink):
    """Layers and values of the network that Layers opens with, for this ink."""
    probe = load_probe(RunStore(lab.runs_dir).find(DEFAULT_RUN).folder)
    layers = open_probe(probe)
    inputs = prepare_ink(centre_ink(ink.astype(np.float32)), probe.experiment)
    return layers, collect_values(layers, probe.inspect(inputs), inputs)


def traced(page):
    return json.loads(page.locator(".overview").get_attribute("data-traced"))


def maps_of(page, layer):
    """Where a layer can be pointed at."""
    canvas = page.locator(f'.overview section[data-layer="{layer}"] .marks')
    canvas.scroll_into_view_if_needed()
    return canvas


def as_browser(box):
    if box.is_map:
        return {
            **dict(zip(("top", "bottom"), box.rows, strict=True)),
            **dict(zip(("left", "right"), box.columns, strict=True)),
            **dict(zip(("first", "last"), box.channels, strict=True)),
        }
    ends = {"first": min(box.units), "last": max(box.units) + 1}
    return {"top": 0, "bottom": 1, "left": 0, "right": 1, **ends}


def test_a_value_of_a_drawing_in_the_second_convolution_matches_the_model(lab, page, keep_picture):
    open_page(page, lab, "home")
    draw(page, 3)
    expect_answer(page, 3)
    ink = ink_of(page)
    go_by_menu(page, "layers")
    page.get_by_role("combobox", name=text("bar.model")).first.click()
    page.get_by_role("option").filter(has_text=re.compile(r"R2 .*bundled")).first.click()
    settle(page)
    maps_of(page, "conv2").click(position={"x": 40, "y": 12})
    at = until(lambda: (now := traced(page)["at"]) and now["layer"] == "conv2" and now, "a picked cell")
    row, column, channel = at["cell"]
    title = text("microscope.title_cell", layer="conv2", row=row + 1, column=column + 1, channel=channel + 1)
    expect(page.locator(".microscope h4")).to_have_text(title)
    keep_picture(page, "picked")

    _, values = opened(lab, ink)
    model = values["conv2"][row, column, channel]
    check = page.locator(".microscope .check")
    assert np.isclose(float(check.get_attribute("data-model")), model, rtol=1e-4, atol=1e-5)
    assert np.isclose(float(check.get_attribute("data-computed")), model, rtol=1e-4, atol=1e-5)
    page.locator(".microscope button.all").click()
    expect(page.locator(".microscope .windows .part")).to_have_count(32)
    parts = [float(words.split("=")[-1]) for words in page.locator(".microscope .windows .part").all_inner_texts()]
    total = float(page.locator(".microscope .windows .result").inner_text().split("=")[1])
    assert np.isclose(sum(parts), total, rtol=1e-4, atol=1e-5)
    bias = float(page.locator(".microscope .bias .result").inner_text().split("=")[0].split()[-1])
    assert np.isclose(max(0.0, total + bias), model, rtol=1e-4, atol=1e-5)
    expect_no_failure(page)


def test_the_outlined_region_matches_the_core_trace(lab, page):
    layers, values = opened(lab, example_ink())
    open_page(page, lab, "layers")
    expect(page.locator(".overview section").first).to_be_visible()
    for name, position in (("conv1", (9, 9)), ("pool1", (40, 7)), ("conv3", (61, 33)), ("dense1", (20, 4))):
        maps, (x, y) = maps_of(page, name), position

        def point(maps=maps, name=name, x=x, y=y):
            maps.hover(position={"x": x, "y": y})  # again where the page has moved meanwhile
            return traced(page)["at"]["layer"] == name

        until(point, f"a cell of {name}")
        seen = traced(page)
        cell = seen["at"]["cell"] if values[name].ndim == 3 else seen["at"]["cell"][2:]
        for direction, trace in (("back", trace_back), ("on", trace_forward)):
            boxes = {k: as_browser(box) for k, box in trace(layers, shapes_of(values), name, cell).items()}
            told = {k: box for k, box in seen[direction].items() if k != name}
            assert told == boxes, (name, direction)


def test_the_training_slider_returns_to_the_untrained_network(lab, page):
    open_page(page, lab, "layers")
    picked = page.locator(".overview .classes button.best .name")
    expect(picked).to_have_text("3")
    before = page.locator(".overview section[data-layer=conv1] .maps").evaluate("canvas => canvas.toDataURL()")
    model = page.locator(".microscope .check").get_attribute("data-model")
    page.get_by_role("slider", name=text("layers.moment")).press("Home")
    expect(page.locator(".microscope .check")).not_to_have_attribute("data-model", model)
    settle(page)
    after = page.locator(".overview section[data-layer=conv1] .maps").evaluate("canvas => canvas.toDataURL()")
    assert after != before
    expect_no_failure(page)


def test_a_cell_is_chosen_by_keyboard(lab, page):
    open_page(page, lab, "layers")
    page.locator('.overview section[data-layer="pool1"] .marks').focus()
    for key in ("ArrowDown", "ArrowRight", "PageDown", "Enter"):
        page.keyboard.press(key)
    title = text("microscope.title_cell", layer="pool1", row=2, column=2, channel=2)
    expect(page.locator(".microscope h4")).to_have_text(title)
    expect(page.locator(".microscope .maximum td.winner")).to_have_count(1)
