"""Runs: everything that has been trained, and what is wrong with folders that can't be read."""

import pytest
from app_pages import button, says, words_of

from cnn_core.recipes import RECIPES
from ui.text import text


def test_without_own_runs_the_page_names_the_folder_and_lists_the_bundled(open_page, runs_dir):
    app = open_page("runs")
    assert says(app, text("runs.none_yet", folder=runs_dir))
    for recipe in RECIPES:
        assert says(app, recipe.experiment.name)


def test_bundled_runs_cannot_be_deleted(open_page):
    assert text("runs.delete_now") not in [button.label for button in open_page("runs").button]


def test_delete_removes_the_folder_and_the_row(own_run, open_page):
    app = open_page("runs")
    button(app, "runs.delete_now").click().run()
    assert not app.exception
    assert not own_run.folder.path.exists()
    assert text("runs.delete_now") not in [button.label for button in app.button]
    assert [toast.value for toast in app.toast] == [text("runs.deleted", name=own_run.name)]


def test_a_run_deleted_behind_the_page_is_no_crash(own_run, open_page):
    app = open_page("train")
    button(open_page("runs"), "runs.delete_now").click().run()
    app.run()
    assert not app.exception


def test_layers_opens_the_run_on_the_layers_page(own_run, open_page):
    app = open_page("runs")
    app.button(key=f"layers-{own_run.id}").click().run()
    assert not app.exception
    assert app.title[0].value == text("layers.title")
    assert app.selectbox(key="model-layers").value == own_run.id


def test_curves_opens_the_run_on_the_train_page(own_run, open_page):
    app = open_page("runs")
    button(app, "runs.curves").click().run()
    assert not app.exception
    assert app.title[0].value == text("train.title")
    assert any(own_run.name in words for words in words_of(app))


DAMAGES = {
    "experiment.json missing": ("experiment.json", None),
    "experiment.json cut short": ("experiment.json", b'{"version": 1, "archi'),
    "experiment.json of another kind": ("experiment.json", b"[1, 2, 3]"),
    "experiment.json not text": ("experiment.json", b"\xff\xfe\x00\x80"),
    "run.json missing": ("run.json", None),
    "run.json cut short": ("run.json", b'{"id": '),
    "events.jsonl missing": ("events.jsonl", None),
    "events.jsonl empty": ("events.jsonl", b""),
    "events.jsonl not text": ("events.jsonl", b"\xff\xfe\x00\x80\n"),
    "events.jsonl with a plan that says nothing": (
        "events.jsonl",
        b'{"seq": 0, "time": 1.0, "type": "state", "state": "completed"}\n{"seq": 1, "time": 2.0, "type": "plan"}\n',
    ),
}


@pytest.mark.parametrize("file_and_content", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_folder_is_a_sentence_and_the_others_are_listed(damage, own_run, open_page, file_and_content):
    folder = damage(*file_and_content)
    app = open_page("runs")
    assert not app.exception
    assert [warning.value for warning in app.warning if folder.name in warning.value]
    assert [key for key in (button.key for button in app.button) if key == f"curves-{own_run.id}"]
    for recipe in RECIPES:
        assert says(app, recipe.experiment.name)
