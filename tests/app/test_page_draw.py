"""Draw: answers of several models, the steps and their switches, examples, light ink, and the own gallery."""

import numpy as np
import pytest
from app_pages import button, go, says, words_of

from cnn_core import RunStore, centre_ink, find_recipe, load_probe
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.data.ink import place_by_mass, place_in_middle, scale_to_box, shrink_sheet
from cnn_core.runs.own_drawings import FOLDER, list_drawings
from cnn_core.runs.store import DEFAULT_RUN, SCAN_RUN
from ui.draw.canvas_tools import PAPER, describe_strokes, in_colors
from ui.draw.steps import list_steps
from ui.session.model import Drawing
from ui.shared.detected_digits import detect_digits
from ui.text import text

pytestmark = pytest.mark.usefixtures("tensorflow_ready")


@pytest.fixture
def drawn(open_page):
    """The page with our example of a 5 on the sheet."""
    app = open_page("draw")
    app.button(key="draw.example.5").click().run()
    return app


def test_an_example_is_predicted_and_can_be_undone(drawn):
    assert says(drawn, text("answer.is", label=5))
    drawn.button(key="undo-draw").click().run()
    assert says(drawn, text("answer.invitation"))


def test_up_to_four_models_predict_side_by_side(drawn, runs_dir):
    runs = [RunStore(runs_dir).find(short) for short in ("R3", "R5", "dense-baseline")]
    drawn.multiselect(key="draw.more").set_value([run.id for run in runs]).run()
    assert not drawn.exception
    assert sum(text("answer.is", label=5) in words for words in words_of(drawn)) == 4
    for run in runs:
        assert any(run.name in words for words in words_of(drawn))


@pytest.fixture
def forty_two(open_page):
    """The page with a 4 and a 2 side by side on the sheet."""
    app = open_page("draw")
    left, right = (
        [[(x * 0.5 + at, y) for x, y in stroke] for stroke in DIGIT_STROKES[d]] for d, at in ((4, 0), (2, 0.5))
    )
    pixels = np.rint(draw_strokes(left + right) * 255).astype(np.uint8)
    app.session_state["cnn_lab"].sheet.add(Drawing(describe_strokes(left + right), pixels))
    return app.run()


def test_several_digits_on_the_canvas_are_read_separately(forty_two):
    assert not forty_two.exception
    assert says(forty_two, text("answer.is", label=42))
    assert says(forty_two, text("draw.as_one"))
    assert not says(forty_two, text("novelty.nearest"))  # of the sheet as one image there is nothing to say


def test_each_of_two_models_reads_all_digits(forty_two, runs_dir):
    forty_two.multiselect(key="draw.more").set_value([RunStore(runs_dir).find("R3").id]).run()
    assert sum(text("answer.is", label=42) in words for words in words_of(forty_two)) == 2


def test_a_model_without_digit_classes_reads_one_image(runs_dir):
    store = RunStore(runs_dir)
    digits, clothes = store.find("R2"), store.create(find_recipe("R2").experiment.on_dataset("fashion_mnist"))
    two = draw_strokes([[(0.2, 0.2), (0.2, 0.8)], [(0.7, 0.2), (0.7, 0.8)]])
    found = detect_digits(two)
    assert len(found.inputs_of(digits)) == 2
    assert len(found.inputs_of(store.find(clothes.id))) == 1


def test_layers_defaults_to_r2_without_a_drawing_and_to_the_model_of_draw_with_one(open_page, runs_dir, drawn):
    store, app = RunStore(runs_dir), open_page("draw")
    assert app.selectbox(key="model-draw").value == store.find(SCAN_RUN).id
    assert go(app, "layers").selectbox(key="model-layers").value == store.find(DEFAULT_RUN).id
    assert go(drawn, "layers").selectbox(key="model-layers").value == store.find(SCAN_RUN).id


def test_the_link_to_layers_keeps_the_model(drawn):
    model = drawn.selectbox(key="model-draw").value
    button(drawn, "draw.to_layers").click().run()
    assert drawn.selectbox(key="model-layers").value == model


def test_a_model_is_not_compared_with_itself(drawn, runs_dir):
    other = RunStore(runs_dir).find("R3")
    drawn.multiselect(key="draw.more").set_value([other.id]).run()
    drawn.selectbox(key="model-draw").select(other.id).run()
    assert not drawn.exception
    assert drawn.multiselect(key="draw.more").value == []


def test_the_prediction_without_cropping_is_shown_next_to_the_usual_one(drawn, runs_dir):
    drawn.toggle(key="draw.steps.crop").set_value(False).run()
    probe = load_probe(RunStore(runs_dir).find(SCAN_RUN).folder)
    ink = draw_strokes(DIGIT_STROKES[5])
    naive = int(probe.predict_ink(shrink_sheet(np.rint(ink * 255).astype(np.float32) / 255)).argmax())
    line = next(words for words in words_of(drawn) if "Prepared as MNIST was" in words)
    assert f"**{naive}**" in line
    assert "Prepared as MNIST was: 5" in line


def test_the_last_step_is_the_result_of_centering():
    ink = draw_strokes(DIGIT_STROKES[7])
    assert np.array_equal(list_steps(ink, crop=True, centre=True)[-1][1], centre_ink(ink))
    assert [name for name, _ in list_steps(ink, crop=False, centre=True)] == ["raw", "shrunk"]


def test_centering_by_box_and_by_mass_differ():
    ink = np.zeros((40, 20), np.float32)
    ink[:22, :] = 1  # heavy at its top
    ink[:, 9:11] = 1
    scaled = scale_to_box(ink)
    middle, mass = place_in_middle(scaled), place_by_mass(scaled)
    rows = np.flatnonzero(middle.any(axis=1))
    assert rows[0] == 28 - 1 - rows[-1]
    assert abs((mass.sum(axis=1) * np.arange(28)).sum() / mass.sum() - 14) <= 0.5
    assert not np.array_equal(middle, mass)


def test_light_ink_only_inverts_the_colors():
    strokes = describe_strokes(DIGIT_STROKES[4])
    light = in_colors(strokes, light=True)
    assert {drawn["stroke"] for drawn in light["objects"]} == {PAPER}
    assert in_colors(light, light=True) == strokes
    assert in_colors(strokes, light=False) is strokes


def test_a_drawing_can_be_kept_scored_used_deleted_and_restored(drawn, runs_dir):
    drawn.session_state["draw.tab"] = text("draw.tab_mine")
    drawn.run()
    assert says(drawn, text("mine.empty"))
    drawn.selectbox(key="draw.mine.label").set_value(5).run()
    button(drawn, "mine.keep").click().run()
    (kept,) = list_drawings(runs_dir / FOLDER)
    assert kept.label == 5
    assert any("1 of 1 right" in words for words in words_of(drawn))
    drawn.button(key=f"delete-{kept.id}").click().run()
    assert list_drawings(runs_dir / FOLDER) == []
    button(drawn, "mine.undo").click().run()
    (back,) = list_drawings(runs_dir / FOLDER)
    assert (back.pixels == kept.pixels).all()
    drawn.button(key="clear-draw").click().run()
    drawn.button(key=f"use-{back.id}").click().run()
    assert says(drawn, text("answer.is", label=5))


def test_a_wrong_prediction_is_marked_in_the_gallery(drawn, runs_dir):
    drawn.session_state["draw.tab"] = text("draw.tab_mine")
    drawn.run()
    drawn.selectbox(key="draw.mine.label").set_value(3).run()
    button(drawn, "mine.keep").click().run()
    assert says(drawn, text("mine.card_wrong", label=3, said="5"))
    assert any("0 of 1 right" in words for words in words_of(drawn))


def test_every_tab_has_a_hint_while_nothing_is_drawn(open_page):
    for tab in ("steps", "training", "robustness"):
        app = open_page("draw")
        app.session_state["draw.tab"] = text(f"draw.tab_{tab}")
        app.run()
        assert not app.exception
        assert says(app, text("draw.first"))
