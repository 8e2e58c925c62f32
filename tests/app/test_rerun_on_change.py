"""A fragment asks for a rerun when the value that it shows has changed on the server, and not before."""

import ast
import gc
import shutil
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from app_pages import ROOT, open_app
from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from cnn_core import RunStore
from ui.shared import watches

KEY = "cnn_lab.watches"


@pytest.fixture
def mounted(monkeypatch):
    """Component key → the data that the browser was given last."""
    seen = {}
    monkeypatch.setattr(watches, "_component", lambda key, data, on_changed_change: seen.update({key: data}))
    return seen


def ask(data):
    """The server's answer to what the component asks."""
    address = urlsplit(data["address"])
    _, _, _, session, key = address.path.split("/")
    scope = {"type": "http", "headers": [], "query_string": address.query.encode()}
    return watches.send_version(Request(scope | {"path_params": {"session": session, "key": unquote(key)}}))


def counting_app():
    import streamlit as st

    from ui.shared.watches import rerun_on_change

    st.session_state.setdefault("value", [1])
    value = st.session_state.value

    @st.fragment
    def count():
        shown = value[0]
        rerun_on_change("count", shown, None if shown > 2 else lambda: value[0], every_s=0.25)
        st.markdown(str(shown))

    count()


def test_no_fragment_runs_on_a_timer():
    """A timer's request can undo a change of page: see decision 13."""
    sources = [*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    calls = [node for path in sources for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert [call.lineno for call in calls if "run_every" in [keyword.arg for keyword in call.keywords]] == []


def test_an_unchanged_value_is_no_news(mounted):
    AppTest.from_function(counting_app).run()
    answer = ask(mounted["watch.count"])
    assert (answer.status_code, answer.body) == (204, b"")
    assert mounted["watch.count"]["period"] == 250


def test_a_changed_value_is_news_until_the_fragment_shows_it(mounted):
    app = AppTest.from_function(counting_app).run()
    app.session_state.value[0] = 2
    first = ask(mounted["watch.count"])
    assert first.status_code == 200
    assert ask(mounted["watch.count"]).body == first.body  # also when the browser's request got lost
    app.run()
    assert ask(mounted["watch.count"]).status_code == 204
    assert parse_qs(urlsplit(mounted["watch.count"]["address"]).query)["seen"] == [first.body.decode()]


def test_a_value_that_no_longer_changes_is_not_asked_for(mounted):
    app = AppTest.from_function(counting_app).run()
    app.session_state.value[0] = 3
    asked = mounted.pop("watch.count")
    app.run()
    assert not mounted
    assert ask(asked).status_code == 410


def test_nothing_is_news_while_the_page_is_drawn(mounted):
    app = AppTest.from_function(counting_app).run()
    app.session_state.value[0] = 2
    with app.session_state[KEY].drawing(""):
        assert ask(mounted["watch.count"]).status_code == 204
    assert ask(mounted["watch.count"]).status_code == 200


def test_a_page_that_was_left_gets_no_news(mounted):
    app = AppTest.from_function(counting_app).run()
    app.session_state.value[0] = 2
    with app.session_state[KEY].drawing("layers"):
        assert ask(mounted["watch.count"]).status_code == 410
    assert ask(mounted["watch.count"]).status_code == 410


def test_a_page_drawn_again_keeps_what_it_watches(mounted):
    app = AppTest.from_function(counting_app).run()
    for _ in range(2):
        with app.session_state[KEY].drawing("train"):
            app.session_state[KEY].values["count"] = lambda: 2
    assert ask(mounted["watch.count"]).status_code == 200


def test_a_session_that_has_ended_is_unknown_and_forgotten(mounted):
    app = AppTest.from_function(counting_app).run()
    del app
    gc.collect()
    assert ask(mounted["watch.count"]).status_code == 404


def test_each_session_has_an_address_that_cannot_be_guessed(mounted):
    ids = set()
    for _ in range(5):
        ids.add(AppTest.from_function(counting_app).run().session_state[KEY].id)
    assert len(ids) == 5
    assert min(map(len, ids)) >= 20


def test_a_run_that_was_deleted_is_news(own_run, mounted, runs_dir):
    folder = RunStore(runs_dir).create(own_run.experiment)
    app = open_app("runs")
    assert not app.exception
    assert ask(mounted["watch.line"]).status_code == 204
    shutil.rmtree(folder.path)
    assert ask(mounted["watch.line"]).status_code == 200


def test_leaving_a_page_ends_its_questions(own_run, mounted, runs_dir):
    folder = RunStore(runs_dir).create(own_run.experiment)
    app = open_app("runs")
    asked = mounted["watch.line"]
    app.switch_page("../pages/home.py").run()
    folder.writer().emit("state", state="running")
    assert ask(asked).status_code == 410
