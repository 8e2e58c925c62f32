"""Patches of Streamlit are applied where they fit, and the app starts without them where they don't."""

import logging
from importlib import import_module

import pytest
import streamlit

from ui.streamlit_patches import clock_guard, keras_guard, message_queue
from ui.streamlit_patches.patch import CHECKED_VERSIONS, apply_patch

PATCHES = {
    "clock_guard": (clock_guard, clock_guard.guard_page_changes),
    "keras_guard": (keras_guard, keras_guard.keep_keras_between_runs),
    "message_queue": (message_queue, message_queue.keep_runs_whole),
}


def test_the_installed_version_is_one_that_was_checked():
    assert streamlit.__version__.startswith(CHECKED_VERSIONS)


@pytest.mark.parametrize("name", PATCHES)
def test_everything_that_a_patch_needs_is_there(name):
    module, _ = PATCHES[name]
    applied = []
    assert apply_patch(name, module.NEEDS, lambda: applied.append(name))
    assert applied == [name]


@pytest.mark.parametrize("name", PATCHES)
def test_without_what_it_needs_a_patch_is_left_out_with_one_warning(name, monkeypatch, caplog):
    """As in a later Streamlit that has renamed it."""
    module, apply = PATCHES[name]
    holder, attribute = module.NEEDS[0][0].rsplit(".", 1)
    try:
        owner = import_module(holder)
    except ModuleNotFoundError:
        package, class_name = holder.rsplit(".", 1)
        owner = getattr(import_module(package), class_name)
    monkeypatch.delattr(owner, attribute)
    with caplog.at_level(logging.WARNING):
        apply()
    (record,) = caplog.records
    assert attribute in record.getMessage()
    assert not hasattr(owner, attribute)


def test_another_order_of_parameters_is_noticed(caplog):
    needs = (("streamlit.runtime.forward_msg_queue.ForwardMsgQueue.clear", ("self", "everything")),)
    assert not apply_patch("clear", needs, lambda: pytest.fail("applied all the same"))
    assert "everything" not in caplog.text
    assert "takes" in caplog.text


def test_a_version_that_was_not_checked_is_named(monkeypatch, caplog):
    monkeypatch.setattr(streamlit, "__version__", "9.0.0")
    assert apply_patch("any", (), lambda: None)
    assert "9.0.0" in caplog.text
