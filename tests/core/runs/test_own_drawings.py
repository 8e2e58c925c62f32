"""Drawings of one's own: kept whole, read back, and fed to any network as the canvas feeds them."""

import numpy as np
import pytest

from cnn_core import centre_ink, find_recipe
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.errors import DataError
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.runs.own_drawings import delete_drawing, list_drawings, prepare_drawings, save_drawing


def pixels(digit):
    return np.rint(draw_strokes(DIGIT_STROKES[digit]) * 255).astype(np.uint8)


def test_drawings_round_trip_newest_first(tmp_path):
    strokes = {"objects": [{"type": "Path"}]}
    for digit in (4, 7):
        save_drawing(tmp_path / "new", pixels(digit), digit, strokes)
    found = list_drawings(tmp_path / "new")
    assert sorted(drawing.label for drawing in found) == [4, 7]
    assert [drawing.id for drawing in found] == sorted((drawing.id for drawing in found), reverse=True)
    for drawing in found:
        assert (drawing.pixels == pixels(drawing.label)).all()
        assert drawing.strokes == strokes


def test_deleting_a_drawing_twice_is_no_error(tmp_path):
    drawing = save_drawing(tmp_path, pixels(1), 1)
    delete_drawing(tmp_path, drawing.id)
    delete_drawing(tmp_path, drawing.id)
    assert list_drawings(tmp_path) == []


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"label": 3, "pixels": "!", "strokes": null}', '{"label": "x"}'])
def test_a_damaged_file_is_skipped(tmp_path, content):
    kept = save_drawing(tmp_path, pixels(2), 2)
    (tmp_path / "99990101-000000-aaaaaa.json").write_text(content)
    assert [drawing.id for drawing in list_drawings(tmp_path)] == [kept.id]


def test_a_file_in_place_of_the_folder_is_an_error_message(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="can't be kept"):
        save_drawing(tmp_path / "file", pixels(2), 2)


@pytest.mark.parametrize("recipe", ["R1", "R2", "R3"])
def test_a_stored_drawing_gives_the_input_of_the_canvas(tmp_path, recipe):
    experiment = find_recipe(recipe).experiment
    drawings = [save_drawing(tmp_path, pixels(digit), digit) for digit in (3, 8)]
    inputs, labels = prepare_drawings(drawings, experiment)
    assert labels.tolist() == [3, 8]
    for drawing, fed in zip(drawings, inputs, strict=True):
        assert (fed == prepare_ink(centre_ink(drawing.ink), experiment)[0]).all()
