"""Patches of Streamlit are applied where they fit, and the app starts without them where they don't."""

import logging
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import streamlit
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from ui.streamlit_patches import keras_guard, message_queue
from ui.streamlit_patches.patch import CHECKED_VERSIONS, Need, apply_patch

ROOT = Path(__file__).parents[2]
PATCHES = {
    "keras_guard": (keras_guard, keras_guard.keep_keras_between_runs),
    "message_queue": (message_queue, message_queue.keep_runs_whole),
}
NEEDS = [pytest.param(name, need, id=f"{name}-{need.path}") for name in PATCHES for need in PATCHES[name][0].NEEDS]

# A later Streamlit in which everything private has moved: it works itself, and the patches find none of it.
START_WITHOUT_INTERNALS = """
import asyncio, builtins, importlib

PRIVATE = ("streamlit.runtime", "streamlit.proto")
find, load = builtins.__import__, importlib.import_module

def find_public(name, globals=None, *more):
    if name.startswith(PRIVATE) and (globals or {}).get("__name__", "").startswith("ui.streamlit_patches"):
        raise ModuleNotFoundError(name)
    return find(name, globals, *more)

def load_public(name, package=None):
    if name.partition(".")[0] == "streamlit":  # else its private modules are found as attributes of it
        raise ModuleNotFoundError(name)
    return load(name, package)

from streamlit.testing.v1 import AppTest
builtins.__import__ = find_public
importlib.import_module = load_public  # until ui.streamlit_patches.patch has taken it
import ui.streamlit_patches.patch
importlib.import_module = load
from ui.server import resources

resources.TensorFlow.start = lambda self: None

async def start():
    async with resources.lifespan(None):
        home = AppTest.from_file("ui/router.py", default_timeout=60).run()
        assert not home.exception, home.exception
        assert len(home.main.children) > 0

asyncio.run(start())
"""


def find_owner(path):
    """The object that a dotted name is an attribute of, and the attribute's name."""
    holder, attribute = path.rsplit(".", 1)
    try:
        return import_module(holder), attribute
    except ModuleNotFoundError:
        package, class_name = holder.rsplit(".", 1)
        return getattr(import_module(package), class_name), attribute


def test_the_installed_version_is_one_that_was_checked():
    assert streamlit.__version__.startswith(CHECKED_VERSIONS)


@pytest.mark.parametrize("name", PATCHES)
def test_everything_a_patch_needs_exists(name):
    module, _ = PATCHES[name]
    applied = []
    assert apply_patch(name, module.NEEDS, lambda: applied.append(name))
    assert applied == [name]


@pytest.mark.parametrize(("name", "need"), NEEDS)
def test_a_patch_without_its_requirements_is_skipped_with_a_warning(name, need, monkeypatch, caplog):
    """As in a later Streamlit that has renamed it."""
    owner, attribute = find_owner(need.path)
    monkeypatch.delattr(owner, attribute)
    module, apply = PATCHES[name]
    monkeypatch.setattr(module, "_install", lambda: pytest.fail("applied all the same"))
    with caplog.at_level(logging.WARNING):
        apply()
    (record,) = caplog.records
    assert attribute in record.getMessage()
    assert not hasattr(owner, attribute)


def test_a_missing_attribute_of_an_object_is_noticed(caplog):
    """`_renamed` stands for what `__init__` set in an earlier version."""
    queue = "streamlit.runtime.forward_msg_queue.ForwardMsgQueue"
    assert "_delta_index_map" in vars(ForwardMsgQueue())
    assert apply_patch("map", (Need(queue, attributes=("_delta_index_map",)),), lambda: None)
    needs = (Need(queue, attributes=("_delta_index_map", "_renamed")),)
    assert not apply_patch("map", needs, lambda: pytest.fail("applied all the same"))
    assert "ForwardMsgQueue._renamed is missing" in caplog.text


def test_a_missing_field_of_a_message_is_noticed(caplog):
    needs = (Need("streamlit.proto.ClientState_pb2.ClientState", attributes=("is_auto_rerun", "renamed")),)
    assert not apply_patch("field", needs, lambda: pytest.fail("applied all the same"))
    assert "(streamlit.proto.ClientState_pb2.ClientState.renamed is missing)" in caplog.text


def test_the_app_starts_with_a_streamlit_that_has_moved_everything_private(tmp_path):
    environment = os.environ | {"CNN_LAB_RUNS_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", START_WITHOUT_INTERNALS]
    started = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert started.returncode == 0, started.stderr
    for warning in ("keep runs whole", "keep Keras between runs"):
        assert started.stderr.count(f"without the patch '{warning}'") == 1


def test_another_order_of_parameters_is_noticed(caplog):
    needs = (Need("streamlit.runtime.forward_msg_queue.ForwardMsgQueue.clear", ("self", "everything")),)
    assert not apply_patch("clear", needs, lambda: pytest.fail("applied all the same"))
    assert "everything" not in caplog.text
    assert "takes" in caplog.text


def test_a_version_that_was_not_checked_is_named(monkeypatch, caplog):
    monkeypatch.setattr(streamlit, "__version__", "9.0.0")
    assert apply_patch("any", (), lambda: None)
    assert "9.0.0" in caplog.text
