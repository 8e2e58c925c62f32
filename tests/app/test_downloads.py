"""The popover with a run's files: what it offers, what it says where something can't be had, and what is sent."""

import json
from unittest.mock import patch

import pytest
from app_pages import PATIENCE_S, says, words_of
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from cnn_core import RunStore, default_runs_dir
from cnn_core.export.formats import FORMATS, export_run, name_file
from ui.text import text

WITHOUT_TENSORFLOW = ("script", "notebook")
pytestmark = pytest.mark.usefixtures("runs_dir")


def show(run_id):
    from cnn_core import RunStore, default_runs_dir
    from ui.shared.downloads import render_downloads

    render_downloads(RunStore(default_runs_dir()).find(run_id))


def open_downloads(run_id):
    """The popover, opened."""
    app = AppTest.from_function(show, args=(run_id,), default_timeout=PATIENCE_S)
    app.session_state[f"downloads-{find(run_id).id}"] = True
    return app.run()


def find(run_id):
    return RunStore(default_runs_dir()).find(run_id)


def offered(app):
    return [button.label for button in app.download_button]


def labels(formats):
    return [text(f"downloads.{format_}") for format_ in formats]


def download(app, format_):
    """Clicks, and returns the app and what the browser, which asks for the file at the same time, is sent."""
    sent = {}

    def note(self, data, *arguments, file_name=None, **keywords):
        sent[file_name] = data
        return "a file"

    with patch.object(MediaFileManager, "add_deferred", note):
        (button,) = [b for b in app.download_button if b.label == text(f"downloads.{format_}")]
        app = button.click().run()
    return app, sent


def test_no_file_is_made_before_the_panel_opens():
    app = AppTest.from_function(show, args=("R2",), default_timeout=PATIENCE_S).run()
    assert not app.exception
    assert offered(app) == []


@pytest.mark.usefixtures("tensorflow_ready")
def test_a_trained_run_is_offered_in_every_format():
    app = open_downloads("R2")
    assert not app.exception
    assert offered(app) == labels(FORMATS)
    assert words_of(app) == []


@pytest.mark.usefixtures("tensorflow_ready")
def test_a_run_without_a_model_offers_formats_that_need_none():
    app = open_downloads("R1")
    assert offered(app) == labels(format_ for format_, form in FORMATS.items() if not form.needs_model)
    assert words_of(app) == [FORMATS["keras"].explain_absence(find("R1"))]


def test_before_tensorflow_loads_only_formats_without_it_are_offered():
    app = open_downloads("R2")
    assert offered(app) == labels(WITHOUT_TENSORFLOW)
    assert says(app, text("waiting.tensorflow"))


@pytest.mark.usefixtures("tensorflow_ready")
@pytest.mark.parametrize("format_", WITHOUT_TENSORFLOW)
def test_a_click_downloads_the_file_under_its_name(format_):
    run = find("R2")
    app, sent = download(open_downloads("R2"), format_)
    assert not app.exception
    assert words_of(app) == []
    assert set(sent) == {name_file(run, other) for other in FORMATS}
    assert sent[name_file(run, format_)]() == export_run(run, format_)


@pytest.mark.usefixtures("tensorflow_ready")
def test_a_file_is_made_once(monkeypatch):
    made = []
    monkeypatch.setattr("ui.shared.downloads.export_run", lambda run, format_: made.append(format_) or b"content")
    _, sent = download(open_downloads("R2"), "litert")
    assert sent[name_file(find("R2"), "litert")]() == b"content"
    assert made == ["litert"]


@pytest.mark.usefixtures("tensorflow_ready")
def test_an_unreadable_model_is_an_error_message(own_run):
    own_run.folder.model_path.write_bytes(b"no model")
    app, _ = download(open_downloads(own_run.id), "keras")
    assert not app.exception
    (error,) = app.error
    assert f"The model of run {own_run.id} can't be read" in error.value
    assert "Train it again" in error.value


@pytest.mark.usefixtures("tensorflow_ready")
def test_the_notebook_of_an_own_run_is_that_of_the_run(own_run):
    _, sent = download(open_downloads(own_run.id), "notebook")
    cells = json.loads(sent[name_file(own_run, "notebook")]())["cells"]
    assert "load_digits_28x28" in "".join("".join(cell["source"]) for cell in cells)
