import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.figures.curve_svg import Line, compute_ticks, draw_lines

SVG = "{http://www.w3.org/2000/svg}"


def draw(points, percent=False, end=5.0, **look):
    return ET.fromstring(draw_lines([Line("training", "#123456", points, **look)], "Loss & co", "epoch", end, percent))


def places(svg):
    return [
        [tuple(map(float, place.split(","))) for place in line.get("points").split()]
        for line in svg.iter(f"{SVG}polyline")
    ]


def words(svg):
    return [element.text for element in svg.iter(f"{SVG}text")]


def test_axes_go_up_and_to_the_right():
    ((first, second),) = places(draw([(1, 0.9), (2, 0.1)]))
    assert first[0] < second[0]
    assert first[1] < second[1]


def test_a_missing_value_is_a_gap():
    svg = draw([(1, 0.9), (2, 0.5), (3, None), (4, float("nan")), (5, 0.1)], dots=True)
    assert [len(line) for line in places(svg)] == [2, 1]
    assert len(list(svg.iter(f"{SVG}circle"))) == 3


def test_a_single_point_is_drawn():
    svg = draw([(1, 0.9), (2, 0.5)], dots=True, joined=False)
    assert places(svg) == []
    assert len(list(svg.iter(f"{SVG}circle"))) == 2


def test_the_loss_axis_starts_at_zero_and_accuracy_ends_at_one():
    assert "0" in words(draw([(1, 0.9), (2, 0.5)]))
    shares = [float(word[:-1]) for word in words(draw([(1, 0.31), (2, 0.999)], percent=True)) if word.endswith("%")]
    assert max(shares) <= 100
    assert len(shares) >= 3


@given(st.lists(st.floats(0, 1e30), min_size=1, max_size=20))
def test_everything_is_drawn_inside_the_image(values):
    svg = draw(list(enumerate(values, start=1)), end=len(values))
    width, height = map(float, svg.get("viewBox").split()[2:])
    for line in places(svg):
        assert all(0 <= x <= width and 0 <= y <= height for x, y in line)


@pytest.mark.parametrize("points", [[], [(1, None)], [(1, 0.5)], [(1, 1.0), (2, 1.0)]])
def test_a_curve_without_points_is_still_an_image(points):
    assert draw(points, percent=True).get("role") == "img"


@given(st.floats(0, 10), st.floats(1e-4, 1e6))
def test_ticks_are_evenly_spaced_and_enclose_the_range(low, reach):
    ticks = compute_ticks(low, low + reach)
    assert 2 <= len(ticks) <= 9
    assert ticks[0] <= low + reach * 1e-6
    assert ticks[-1] >= (low + reach) * (1 - 1e-9)
    steps = {round((b - a) / (ticks[1] - ticks[0]), 3) for a, b in pairwise(ticks)}
    assert steps == {1.0}
