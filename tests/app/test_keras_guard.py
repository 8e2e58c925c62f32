"""After a page is drawn, Keras keeps what other sessions are using."""

import sys
from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from ui.streamlit_patches.keras_guard import keep_keras_between_runs


@pytest.fixture
def cleared(monkeypatch):
    """Grows by one whenever someone clears the session of a stand-in for Keras."""
    times = []
    backend = SimpleNamespace(clear_session=lambda: times.append("cleared"))
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(backend=backend))
    clean = script_runner._clean_problem_modules
    monkeypatch.setattr(script_runner, "_clean_problem_modules", getattr(clean, "__wrapped__", clean))
    return times


def draw_a_page():
    assert not AppTest.from_string("import streamlit as st\nst.write('drawn')").run().exception


def test_a_run_does_not_clear_keras(cleared):
    keep_keras_between_runs()
    draw_a_page()
    assert cleared == []


def test_without_the_patch_streamlit_still_clears_keras(cleared):
    """When this fails, Streamlit has stopped it and ui/streamlit_patches/keras_guard.py can go."""
    draw_a_page()
    assert cleared
