import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnn_core.figures.confusion import color_cells, compute_shades, legend_stops

matrices = st.integers(2, 8).flatmap(lambda n: arrays(np.int64, (n, n), elements=st.integers(0, 2000)))


@given(matrices)
def test_the_diagonal_has_no_color_and_does_not_affect_the_scale(matrix):
    shades = compute_shades(matrix)
    assert (np.diag(shades) == 0).all()
    assert (shades >= 0).all()
    assert (shades <= 1).all()
    np.testing.assert_array_equal(shades, compute_shades(matrix + np.diag(np.full(len(matrix), 10_000))))


def test_the_color_scale_is_the_square_root_of_the_count():
    shades = compute_shades(np.array([[900, 16, 4], [0, 900, 0], [1, 0, 900]]))
    assert (shades[0, 1], shades[0, 2], shades[2, 0]) == (1, 0.5, 0.25)


def alpha(background):
    return float(background.rstrip(")").rsplit(",", 1)[1])


@given(matrices)
def test_a_more_frequent_mistake_is_never_lighter(matrix):
    cells = [cell for r, row in enumerate(color_cells(matrix)) for c, cell in enumerate(row) if r != c]
    coloured = sorted((cell.count, alpha(cell.background)) for cell in cells if cell.count)
    assert [a for _, a in coloured] == sorted(a for _, a in coloured)
    assert all(cell.background == "" for cell in cells if cell.count == 0)


def luminance(red, green, blue):
    """Relative luminance of sRGB, as WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red / 255, green / 255, blue / 255)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(*one), luminance(*other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("paper", "ink"), [((255, 255, 255), (31, 36, 51)), ((20, 22, 29), (231, 233, 240))])
def test_every_count_is_legible_in_both_themes(paper, ink):
    for row in color_cells(np.array([[0, *range(1, 60)], *np.zeros((59, 60), np.int64)])):
        for cell in (cell for cell in row if cell.background):
            share = alpha(cell.background)
            behind = [share * c + (1 - share) * p for c, p in zip((178, 24, 43), paper, strict=True)]
            assert contrast((255, 255, 255) if cell.is_dark else ink, behind) > 3.5


def test_the_legend_spans_one_to_the_largest_count():
    matrix = np.array([[50, 40], [1, 50]])
    assert [count for count, _ in legend_stops(matrix)] == [1, 10, 40]
    assert legend_stops(matrix)[-1][1] == color_cells(matrix)[0][1].background


def test_a_network_without_mistakes_has_no_legend():
    assert legend_stops(np.diag([5, 5])) == []
    assert [count for count, _ in legend_stops(np.array([[5, 1], [0, 5]]))] == [1]
