import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_photos import draw_ink, write_line

from cnn_core import centre_ink
from cnn_core.data.handwriting.examples import draw_strokes
from cnn_core.data.photo.pen import thicken_pen
from cnn_core.data.photo.reading import read_digits
from cnn_core.data.photo.segments import label_pieces


def find_digits(ink):
    return read_digits(ink).digits


def flood(mask):
    """The slow way: one pixel after the other."""
    labels, count = np.zeros(mask.shape, int), 0
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start]:
            continue
        count += 1
        open_ends = [start]
        while open_ends:
            y, x = open_ends.pop()
            if 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and mask[y, x] and not labels[y, x]:
                labels[y, x] = count
                open_ends += [(y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return labels, count


@given(
    seed=st.integers(0, 2**31),
    height=st.integers(1, 24),
    width=st.integers(1, 24),
    share=st.sampled_from([0.1, 0.4, 0.6]),
)
def test_components_match_a_flood_fill(seed, height, width, share):
    mask = np.random.default_rng(seed).random((height, width)) < share
    labels, pieces = label_pieces(mask)
    expected, count = flood(mask)
    assert len(pieces) == count
    assert np.array_equal(labels > 0, mask)
    assert len({*zip(labels[mask].tolist(), expected[mask].tolist(), strict=True)}) == count
    for piece in pieces:
        rows, columns = np.nonzero(labels == piece.number)
        box = piece.box
        assert (box.top, box.left, box.bottom, box.right) == (
            rows.min(),
            columns.min(),
            rows.max() + 1,
            columns.max() + 1,
        )
        assert piece.area == rows.size


def test_a_blank_sheet_has_no_digit():
    assert find_digits(np.zeros((50, 60), np.float32)) == []


@pytest.mark.parametrize("digit", range(10))
def test_one_digit_is_found_and_centered_as_on_the_canvas(digit):
    ink = draw_ink(digit, np.random.default_rng(digit), pen=24)
    (found,) = find_digits(ink)
    assert np.array_equal(found.centred, centre_ink(ink))


def test_digits_are_in_reading_order():
    sheet = np.vstack(
        [write_line([1, 7, 0], np.random.default_rng(0)), write_line([3, 8, 2], np.random.default_rng(1))]
    )
    boxes = [digit.box for digit in find_digits(sheet)]
    assert len(boxes) == 6
    assert all(box.bottom <= sheet.shape[0] / 2 for box in boxes[:3])
    for row in (boxes[:3], boxes[3:]):
        assert [box.left for box in row] == sorted(box.left for box in row)


def test_a_slanted_row_is_one_row():
    sheet = np.zeros((500, 900), np.float32)
    for place in range(6):
        sheet[330 - 45 * place : 430 - 45 * place, 60 + 130 * place : 80 + 130 * place] = 1
    lefts = [digit.box.left for digit in find_digits(sheet)]
    assert lefts == [60 + 130 * place for place in range(6)]


FIVE_WITH_A_LOOSE_BAR = [[(0.42, 0.2), (0.68, 0.2)], [(0.38, 0.28), (0.36, 0.45), (0.6, 0.5), (0.66, 0.65), (0.4, 0.8)]]
FOUR_IN_TWO_STROKES = [[(0.38, 0.18), (0.28, 0.56), (0.5, 0.56)], [(0.6, 0.34), (0.58, 0.6), (0.56, 0.86)]]
SEVEN_WITH_A_LOOSE_BAR = [
    [(0.28, 0.2), (0.72, 0.2), (0.45, 0.85)],
    [(0.4, 0.55), (0.5, 0.55)],
    [(0.62, 0.55), (0.7, 0.55)],
]
EIGHT_IN_TWO_LOOPS = [
    [(0.5, 0.15), (0.65, 0.3), (0.5, 0.44), (0.35, 0.3), (0.5, 0.15)],
    [(0.5, 0.53), (0.68, 0.7), (0.5, 0.87), (0.32, 0.7), (0.5, 0.53)],
]


@pytest.mark.parametrize(
    "strokes",
    [FIVE_WITH_A_LOOSE_BAR, FOUR_IN_TWO_STROKES, SEVEN_WITH_A_LOOSE_BAR, EIGHT_IN_TWO_LOOPS],
    ids=["5 with a loose bar", "4 in two strokes", "7 with a loose bar", "8 in two loops"],
)
def test_a_digit_of_several_components_is_one_digit_next_to_others(strokes):
    alone = draw_strokes(strokes, 280, 14)
    assert len(label_pieces(alone > 0)[1]) > 1
    assert len(find_digits(alone)) == 1
    beside = np.hstack(
        [draw_strokes([[(0.5, 0.2), (0.5, 0.85)]], 280, 14), alone, draw_ink(0, np.random.default_rng(3), 280, 14)]
    )
    assert len(find_digits(beside)) == 3


def test_adjacent_ones_stay_separate():
    sheet = np.zeros((200, 300), np.float32)
    for left in (40, 90, 140, 190):
        sheet[40:160, left : left + 14] = 1
    assert len(find_digits(sheet)) == 4


def test_two_zeros_above_each_other_are_two_rows():
    sheet = np.vstack([draw_ink(0, np.random.default_rng(0), 200, 12, 0, (0.8, 0.8))] * 2)
    assert len(find_digits(sheet)) == 2


def test_specks_far_from_a_digit_are_dropped_and_dots_near_it_are_kept():
    ink = draw_ink(1, np.random.default_rng(0), 400, 24, 0, (0.8, 0.8))
    box = find_digits(ink)[0].box
    ink[10:16, 10:16] = 1
    near = (slice(box.top + 40, box.top + 50), slice(box.right + 6, box.right + 16))
    ink[near] = 1
    (digit,) = find_digits(ink)
    assert digit.box.top == box.top
    assert digit.box.right == box.right + 16


def test_a_digit_contains_no_ink_of_its_neighbor():
    sheet = np.zeros((200, 400), np.float32)
    sheet[40:160, 40:54] = sheet[40:54, 40:120] = 1  # a bar that reaches over …
    sheet[80:160, 105:119] = 1  # … a low 1
    sheet[40:160, 250:264] = sheet[40:160, 330:344] = 1
    low = next(digit for digit in read_digits(sheet, "several").digits if digit.box.top == 80)
    alone = np.zeros_like(sheet)
    alone[80:160, 105:119] = 1
    assert np.array_equal(low.centred, find_digits(alone)[0].centred)


def test_only_very_thin_strokes_are_thickened():
    thin, wide = (draw_ink(0, np.random.default_rng(0), 400, pen) for pen in (2, 24))
    assert thicken_pen(wide) is wide
    assert centre_ink(thicken_pen(thin)).sum() > 2 * centre_ink(thin).sum()


def test_a_noisy_image_is_searched_in_bounded_time():
    noise = (np.random.default_rng(0).random((512, 512)) < 0.3).astype(np.float32)
    assert len(find_digits(noise)) <= 200
