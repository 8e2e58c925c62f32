"""A copied link shows the same view in another session, or says what is missing."""

from urllib.parse import parse_qs, urlsplit

import pytest
from app_pages import go, number, open_app, words_of
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import RunStore
from ui.shared.links import VIEW, _unpack, is_local
from ui.text import text


def link_of(app):
    app.session_state["copy-link"] = True  # the popover, opened
    app.run()
    (shown,) = [code.value for code in app.sidebar.code if VIEW in code.value]
    return parse_qs(urlsplit(shown).query)[VIEW][0]


def follow(view, page):
    app = open_app()
    app.query_params[VIEW] = view
    return go(app, page)


def test_train_settings_are_in_the_link():
    train = open_app("train")
    number(train, "epochs").set_value(7).run()
    assert number(follow(link_of(train), "train"), "epochs").value == 7


def test_compared_runs_are_in_the_link():
    compare = open_app("compare")
    chosen = compare.multiselect[0].value
    compare.multiselect[0].set_value(chosen[1:]).run()
    assert follow(link_of(compare), "compare").multiselect[0].value == chosen[1:]


def test_model_and_open_tab_of_draw_are_in_the_link(runs_dir):
    draw = open_app("draw")
    other = RunStore(runs_dir).find("R3").id
    draw.selectbox(key="model-draw").select(other).run()
    assert follow(link_of(draw), "draw").selectbox(key="model-draw").value == other


def test_a_missing_run_is_named_and_the_page_opens(runs_dir, own_run):
    draw = open_app("draw")
    draw.selectbox(key="model-draw").select(own_run.id).run()
    view = link_of(draw)
    for file in sorted(own_run.folder.path.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    own_run.folder.path.rmdir()
    opened = follow(view, "draw")
    assert not opened.exception
    assert text("links.missing_run", run=own_run.id) in [warning.value for warning in opened.warning]


def test_a_damaged_link_is_a_message_and_the_page_opens():
    opened = follow("nonsense", "train")
    assert not opened.exception
    assert text("links.damaged") in words_of(opened)


@given(st.text(max_size=300))
def test_no_text_breaks_decoding(encoded):
    assert _unpack(encoded) is None or isinstance(_unpack(encoded), dict)


@pytest.mark.parametrize(
    ("link", "local"),
    [("http://localhost:8501/draw", True), ("http://127.0.0.1/x", True), ("https://lab.example.org/draw", False)],
)
def test_a_link_to_this_computer_is_recognized(link, local):
    assert is_local(link) is local
