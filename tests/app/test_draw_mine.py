"""Draw, Mine: own drawings as a test set for every run, and as something that a run learns from."""

import numpy as np
import pytest
from app_pages import button, says, words_of

from cnn_core import DATASETS, RunStore
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.evaluation import own_scores
from cnn_core.runs.fine_tuning import read_own_settings
from cnn_core.runs.own_drawings import FOLDER, save_drawing
from ui.layers.input import DRAWING, SOURCE_KEY
from ui.text import text

pytestmark = pytest.mark.usefixtures("tensorflow_ready")


@pytest.fixture
def keep(runs_dir):
    """keep(3, 5) → these digits of ours among the kept drawings."""

    def save(*digits):
        for digit in digits:
            save_drawing(runs_dir / FOLDER, np.rint(draw_strokes(DIGIT_STROKES[digit]) * 255).astype(np.uint8), digit)

    return save


def open_part(open_page, name):
    app = open_page("draw")
    app.session_state["draw.tab"] = text("draw.tab_mine")
    app.session_state["draw.mine.part"] = name
    return app.run()


def test_a_new_drawing_is_predicted_by_every_digit_run_once(open_page, keep, own_run, monkeypatch):
    asked, load = [], own_scores.predict_once

    def watch(folder):
        predict = load(folder)
        return lambda inputs: asked.append((folder.id, len(inputs))) or predict(inputs)

    monkeypatch.setattr("ui.draw.mine_scores.predict_once", watch)
    keep(3, 5)
    app = open_part(open_page, "scores")
    runs = [run for run in RunStore(own_run.folder.path.parent).list_runs().runs if run.has_model]
    able = [run for run in runs if DATASETS[run.experiment.dataset].holds_digits]
    button(app, "mine.score_all", count=len(able)).click().run()
    assert not app.exception
    (table,) = [words for words in words_of(app) if words.startswith("| Run")]
    assert sorted(asked) == sorted((run.id, 2) for run in able)
    assert table.count("\n") == len(able) + 1
    assert says(app, text("mine.left_out", count=len(runs) - len(able))) == (len(runs) > len(able))
    assert own_run.name in table
    assert says(app, text("mine.few", count=2))
    shares = [
        float(row.split("|")[4].replace("\u00a0", " ").split(" %")[0].replace("<", "")) for row in table.split("\n")[2:]
    ]
    rights = [int(row.split("|")[2].split("\u00a0")[0]) for row in table.split("\n")[2:]]
    assert list(zip(rights, shares, strict=True)) == sorted(zip(rights, shares, strict=True), reverse=True)
    asked.clear()
    keep(8)
    app.run()
    button(app, "mine.score_all", count=len(able)).click().run()
    assert sorted(asked) == sorted((run.id, 1) for run in able)


def test_fine_tuning_queues_a_run(open_page, keep, own_run):
    keep(*range(9))
    app = open_part(open_page, "tune")
    app.selectbox(key=f"draw.tune.run-{app.selectbox(key='model-draw').value}").select(own_run.id).run()
    assert says(app, text("tune.plan", learned=6, copies=10, own="60", rehearsed="1,500", judges=3))
    app.slider(key="draw.tune.copies").set_value(4).run()
    button(app, "tune.start").click().run()
    assert not app.exception
    (run,) = [run for run in RunStore(own_run.folder.path.parent).list_runs().runs if run.folder.facts.drawings]
    assert (run.state, run.folder.facts.parent) == ("queued", own_run.id)
    assert read_own_settings(run.folder).settings.copies == 4
    assert any(run.name in words for words in words_of(app))


def test_obstacles_to_fine_tuning_are_explained(open_page, keep, own_run):
    keep(1, 2, 3)
    app = open_part(open_page, "tune")
    assert any("Keep 3 more" in words for words in words_of(app))
    assert button(app, "tune.start").disabled
    assert says(app, text("tune.no_dataset", name="MNIST"))  # R2's, and it is not here
    keep(4, 5, 6)
    app.toggle(key="draw.tune.rehearse").set_value(False).run()
    assert says(app, text("tune.forgets_unseen", name="MNIST"))
    assert not button(app, "tune.start").disabled


def test_a_kept_drawing_opens_in_layers(open_page, keep):
    keep(7)
    app = open_part(open_page, "gallery")
    (look,) = [button for button in app.button if (button.key or "").startswith("layers-")]
    look.click().run()
    assert not app.exception
    assert app.title[0].value == text("layers.title")
    assert app.session_state[SOURCE_KEY] == DRAWING
