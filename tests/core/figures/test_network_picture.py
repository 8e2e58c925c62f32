import random
from xml.etree import ElementTree

import pytest
from random_networks import random_broken_network, random_valid_network

from cnn_core import ArchitectureSpec, compute_anatomy
from cnn_core.architecture import format_shape
from cnn_core.architecture.anatomy import compute_partial_anatomy
from cnn_core.architecture.layers import LAYER_TYPES, Conv2D, Flatten
from cnn_core.experiment.starters import STARTERS
from cnn_core.figures.network_picture import GROUP_COLORS, draw_network

SVG = "{http://www.w3.org/2000/svg}"


def parse(spec):
    root = ElementTree.fromstring(draw_network(spec, compute_partial_anatomy(spec)[0]))
    assert root.tag == f"{SVG}svg"
    return root


def blocks(root):
    return [group for group in root.iter(f"{SVG}g") if group.get("class") == "block"]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", STARTERS)
def test_a_diagram_has_one_block_per_layer_and_one_for_the_input(name, data_format):
    spec = STARTERS[name].architecture.model_copy(update={"data_format": data_format})
    drawn = blocks(parse(spec))
    assert [block.get("data-layer") for block in drawn] == ["input", *(layer.name for layer in spec.layers)]
    shapes = [spec.input_shape, *(row.output_shape for row in compute_anatomy(spec).rows)]
    for block, shape in zip(drawn, shapes, strict=True):
        words = [text.text for text in block.iter(f"{SVG}text")]
        assert words[0] == block.get("data-layer")
        assert words[-1] == format_shape(shape, data_format)


@pytest.mark.parametrize("name", STARTERS)
def test_every_block_has_its_parameter_formula(name):
    spec = STARTERS[name].architecture
    for block, row in zip(blocks(parse(spec))[1:], compute_anatomy(spec).rows, strict=True):
        tip = block.find(f"{SVG}title").text
        assert tip.startswith(f"{row.name} · ")
        assert row.arithmetic in tip


def test_random_networks_are_drawn_inside_the_image():
    rng = random.Random(5)
    for _ in range(150):
        spec = random_valid_network(rng)
        root = parse(spec)
        width, height = map(float, root.get("viewBox").split()[2:])
        assert len(blocks(root)) == len(spec.layers) + 1
        for rectangle in root.iter(f"{SVG}rect"):
            x, y, w, h = (float(rectangle.get(key)) for key in ("x", "y", "width", "height"))
            assert 0 <= x <= x + w <= width
            assert 0 <= y <= y + h <= height


def test_a_broken_network_is_drawn_up_to_its_problem():
    rng = random.Random(6)
    for _ in range(150):
        spec = random_broken_network(rng)
        assert len(blocks(parse(spec))) == 1 + len(compute_partial_anatomy(spec)[0].rows)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "a&b", '"quoted"', "it's", "手写", "two\nlines", "a\x00\x0b"]
)
def test_any_network_name_is_escaped(name):
    root = parse(ArchitectureSpec(name=name, layers=(Conv2D(filters=2), Flatten())))
    assert root.find(f".//{SVG}script") is None
    assert root.get("aria-label").split() == "".join(c if c.isprintable() else " " for c in name).split()


def test_every_layer_group_has_a_color():
    assert {cls.group for cls in LAYER_TYPES.values()} | {"input"} == set(GROUP_COLORS)
