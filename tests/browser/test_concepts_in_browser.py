"""The images under a design in a real browser: what is typed, drawn or chosen is seen at once and computed right."""

import re

import numpy as np
import pytest
from lab_in_browser import open_page, settle, until
from playwright.sync_api import expect

from cnn_core import ArchitectureSpec, Experiment, compute_anatomy
from cnn_core.export import encode_link
from cnn_core.figures.kernels import build_kernels
from ui.design.sliding_demo import describe_sliding
from ui.text import text

COLOUR = Experiment(
    architecture=ArchitectureSpec.model_validate(
        {
            "input_shape": (32, 32, 3),
            "layers": [
                {"kind": "Conv2D", "filters": 8, "padding": "same", "strides": 2, "activation": "relu"},
                {"kind": "DepthwiseConv2D"},
                {"kind": "Flatten"},
                {"kind": "Dense", "units": 10, "activation": "softmax"},
            ],
        }
    ),
    dataset="cifar10",
)
EDGES = build_kernels(3)["vertical_edges"].astype(float)


@pytest.fixture(autouse=True)
def as_the_served_app(monkeypatch):
    """It has no dataset: its color image is the scene that is drawn, and so must ours be."""
    monkeypatch.delenv("CNN_LAB_DATA_DIR", raising=False)


def planes_of(index, view):
    """(channels, side, side) that the component is given for this layer."""
    layer, row = COLOUR.architecture.layers[index], compute_anatomy(COLOUR.architecture).rows[index]
    field = "pixels" if view == "window" else "picture"
    return np.array([channel[field] for channel in describe_sliding(COLOUR, layer, row, view)["channels"]])


def partial_sums(planes, kernels, strides, place):
    """Each channel's sum at the `place`-th window, with TensorFlow's "same" padding: the odd zero comes behind."""
    side, k = planes.shape[1], kernels.shape[1]
    out = -(-side // strides)
    pad = max((out - 1) * strides + k - side, 0)
    padded = np.pad(planes, ((0, 0), (pad // 2, pad - pad // 2), (pad // 2, pad - pad // 2)))
    y, x = (n * strides for n in divmod(place, out))
    return (padded[:, y : y + k, x : x + k] * kernels).sum(axis=(1, 2))


def open_colour_design(page, lab):
    page.goto(f"{lab.address('design')}?design={encode_link(COLOUR)}")
    expect(page.locator(".window.several")).to_be_visible()
    settle(page)
    window = page.locator(".window")
    window.get_by_role("button", name=text("window.pause")).click()
    return window


def choose_view(page, name):
    chooser = page.get_by_test_id("stButtonGroup").filter(has_text=text("concept.view_parameters"))
    chooser.get_by_text(text(f"concept.view_{name}"), exact=True).click()
    settle(page)


def number(words):
    return float(re.search(r"-?\d+(\.\d+)?", words.replace("−", "-"))[0])


def numbers(words):
    return [float(n) for n in re.findall(r"-?\d+\.\d+", words)]


def shown_partials(window):
    return [number(words[1:]) for words in window.locator(".partial").all_inner_texts()]


def pixels(canvas):
    return canvas.evaluate("(c) => c.toDataURL()")


def test_channel_sums_match_numpy_after_an_edit(page, lab):
    window = open_colour_design(page, lab)
    planes, kernels = planes_of(0, "window"), np.stack([EDGES] * 3)
    for _ in range(3):
        window.get_by_role("button", name=text("window.step"), exact=True).click()
    at = int(window.get_attribute("data-at"))

    def agrees():
        expected = partial_sums(planes, kernels, 2, at)
        assert np.allclose(shown_partials(window), expected, atol=0.00051)
        assert np.isclose(float(window.get_attribute("data-value")), expected.sum(), atol=1e-6)
        parts = numbers(window.locator(".sum").inner_text())
        assert np.isclose(sum(parts[:3]), parts[-1], atol=0.0021)  # what is read adds up, to the rounding of each
        assert np.isclose(parts[-1], expected.sum(), atol=0.00051)

    agrees()
    output, small = window.locator("canvas.output"), window.locator(".small canvas").last
    before = pixels(output), pixels(small)
    window.get_by_label("G kernel 2, 2", exact=True).fill("1.5")
    kernels[1, 1, 1] = 1.5
    agrees()
    assert window.locator("select").nth(1).input_value() == ""  # "own numbers"
    assert pixels(output) != before[0]
    assert pixels(small) != before[1]
    window.locator("select").nth(2).select_option(label=text("window.nothing"))
    kernels[2] = 0
    agrees()

    window.get_by_label(text("window.bias"), exact=True).fill("0.5")
    value = float(window.get_attribute("data-value"))
    assert np.isclose(value, partial_sums(planes, kernels, 2, at).sum() + 0.5, atol=1e-6)


def test_the_whole_image_is_filtered_and_can_be_drawn_on(page, lab):
    window = open_colour_design(page, lab)
    window.get_by_label("R kernel 1, 1", exact=True).fill("2")
    kernels = np.stack([EDGES] * 3)
    kernels[0, 0, 0] = 2
    choose_view(page, "whole")
    expect(window).to_have_attribute("data-view", "whole")
    expect(window.get_by_label("R kernel 1, 1", exact=True)).to_have_value("2")
    planes, output = planes_of(0, "whole"), window.locator("canvas.output")
    box = output.bounding_box()
    for row, column in ((0, 0), (5, 9), (15, 15)):
        output.hover(position={"x": (column + 0.5) * box["width"] / 16, "y": (row + 0.5) * box["height"] / 16})
        expect(window).to_have_attribute("data-at", str(row * 16 + column))
        expected = partial_sums(planes, kernels, 2, row * 16 + column)
        assert np.isclose(float(window.get_attribute("data-value")), expected.sum(), atol=1e-6)

    window.get_by_label("B kernel 3, 3", exact=True).fill("-1.25")
    kernels[2, 2, 2] = -1.25
    place = int(window.get_attribute("data-at"))
    expected = partial_sums(planes, kernels, 2, place)
    assert np.isclose(float(window.get_attribute("data-value")), expected.sum(), atol=1e-6)
    expect(window).to_have_attribute("data-view", "whole")

    before = pixels(output)
    window.get_by_role("button", name=text("window.clear")).click()
    assert float(window.get_attribute("data-value")) == 0
    red = window.locator("canvas.input").first
    red.hover(position={"x": 20, "y": 20})
    page.mouse.down()
    page.mouse.move(red.bounding_box()["x"] + 80, red.bounding_box()["y"] + 80, steps=8)
    page.mouse.up()
    assert pixels(output) != before
    choose_view(page, "window")
    expect(window).to_have_attribute("data-view", "window")
    assert window.get_attribute("data-value") != "0"  # what was drawn is there on fewer pixels too
    choose_view(page, "whole")
    expect(window).to_have_attribute("data-view", "whole")
    window.get_by_role("button", name=text("window.reset")).click()
    place = int(window.get_attribute("data-at"))
    expected = partial_sums(planes, kernels, 2, place)
    assert np.isclose(float(window.get_attribute("data-value")), expected.sum(), atol=1e-6)


def test_a_depthwise_layer_keeps_its_channels_separate(page, lab):
    open_colour_design(page, lab)
    page.locator(".rows button").filter(has_text="depthwise1").click()
    settle(page)
    window = page.locator(".window")
    expect(window.locator("canvas.own:visible")).to_have_count(3)
    expect(window.locator("canvas.output")).to_be_hidden()
    values = [float(n) for n in window.get_attribute("data-value").split()]
    assert np.allclose(values, shown_partials(window), atol=0.00051)
    expect(window.locator(".sizes")).to_contain_text("3 of 8 channels")


def test_a_slider_shows_how_the_parameters_grow(page, lab):
    open_colour_design(page, lab)
    choose_view(page, "parameters")
    concept = page.locator(".concept")
    expect(concept.locator(".said")).to_have_text(f"(3·3·3 + 1)·8 = 224 {text('concept.yours')}")
    concept.get_by_role("slider", name=text("concept.filters")).fill("10")
    expect(concept.locator(".said")).to_have_text("(3·3·3 + 1)·10 = 280")
    expect(concept.locator(".pieces i")).to_have_count(10)


def test_the_array_block_rotates_and_keeps_its_value(page, lab):
    open_colour_design(page, lab)
    choose_view(page, "channels")
    concept = page.locator(".concept")
    for name, value in (("row", 4), ("column", 7), ("channel", 2)):
        concept.get_by_role("slider", name=text(f"concept.{name}")).fill(str(value))
    pixel = f"{planes_of(0, 'whole')[2, 4, 7]:g}"
    expect(concept.locator(".said")).to_contain_text(f"x.shape = (32, 32, 3) · x[4, 7, 2] = {pixel} · ")
    concept.get_by_role("button", name="channels_first").click()
    expect(concept.locator(".said")).to_contain_text(f"x.shape = (3, 32, 32) · x[2, 4, 7] = {pixel} · ")
    expect(concept.locator(".memory i.on")).to_have_text("2")


def test_the_loss_moves_smoothly_while_accuracy_jumps(page, lab):
    open_colour_design(page, lab)
    page.locator(".rows button").filter(has_text="dense1").click()
    settle(page)
    choose_view(page, "label")
    concept = page.locator(".concept")
    share = concept.get_by_role("slider", name=text("concept.probability"))
    said, accuracies = [], []
    for p in ("0.36", "0.37", "0.38", "0.39"):
        share.fill(p)
        words = concept.locator(".said").inner_text()
        said.append(number(words.split("=")[1]))
        accuracies.append(re.search(rf"{text('concept.accuracy')} (\d)", words)[1])
    assert np.allclose(said, -np.log([0.36, 0.37, 0.38, 0.39]), atol=0.00051)
    assert accuracies == ["0", "0", "1", "1"]
    expect(concept.locator(".bar em.one")).to_have_text("1")


def test_the_optimizer_descends_and_diverges_at_a_large_rate(page, lab):
    open_colour_design(page, lab)
    page.locator(".rows button").filter(has_text="dense1").click()
    settle(page)
    choose_view(page, "step")
    concept = page.locator(".concept")
    step = concept.get_by_role("button", name=text("concept.do_step"))
    expect(concept.locator(".said")).to_contain_text("-2.000 − 0.10·(-6.000) = -1.400")
    step.click()
    expect(concept).to_have_attribute("data-w", "-1.4")
    concept.get_by_role("slider", name=text("concept.rate")).fill("1.1")
    for _ in range(3):
        step.click()
    expect(concept.locator(".said")).to_contain_text(text("concept.away"))


def test_pooling_marks_its_maximum_and_animates(page, lab):
    open_page(page, lab, "design")
    page.locator(".rows button").filter(has_text="pool1").click()
    settle(page)
    window = page.locator(".window")
    first = window.get_attribute("data-at")
    until(lambda: window.get_attribute("data-at") != first, "the window to move")
    expect(window.locator(".sum")).to_have_text(re.compile(r"max\(.*\) = "))
    expect(window.locator(".sizes")).to_contain_text("196 numbers become 49")
    expect(window.locator(".kernel")).to_be_hidden()
