"""The pages under Streamlit's AppTest: no server, no browser, no network, no worker processes."""

import functools
import gc
import shutil
import sys
from pathlib import Path

import pytest
import streamlit as st
from app_pages import open_app
from streamlit.components.v2 import manifest_scanner

from cnn_core import LocalExecutor, RunStore, find_recipe, train_run
from cnn_core.execution import executor as executor_module
from ui.server import resources as server
from ui.streamlit_patches.keras_guard import keep_keras_between_runs

CORE_TESTS = Path(__file__).parents[1] / "core"
sys.path += [str(CORE_TESTS), str(CORE_TESTS / "runs")]  # helpers that both suites use: toy_layer, damage


@pytest.fixture(autouse=True, scope="session")
def _quick_sessions():
    """Keras is kept as in the server, and packages are searched for components once, not for each session."""
    keep_keras_between_runs()
    manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def runs_dir(monkeypatch, tmp_path):
    """A runs folder of the test's own, no dataset but the offline one, and nothing left in Streamlit's caches.

    TensorFlow is not loaded and submitted runs stay in the line, unless a test says otherwise.
    """
    folder = tmp_path / "runs"
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(folder))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("CNN_LAB_DATA_DIR", raising=False)
    monkeypatch.setattr(server.TensorFlow, "start", lambda self: None)
    monkeypatch.setattr(executor_module, "measure_others", lambda workers: 0.0)  # whatever else this machine does
    for name in ("start_waiting", "warm_up"):
        monkeypatch.setattr(LocalExecutor, name, lambda self: None)
    st.cache_data.clear()
    st.cache_resource.clear()
    return folder


@pytest.fixture
def tensorflow_ready():
    """As in a server that has been up for a while."""
    import tensorflow  # noqa: F401

    gc.freeze()  # as ui.server has it
    server.get_tensorflow().ready.set()


@pytest.fixture
def open_page():
    """open_page("train") → an AppTest that shows this page."""
    return open_app


@pytest.fixture(scope="session")
def _trained(tmp_path_factory):
    experiment = find_recipe("dense-baseline").experiment.on_dataset("digits").with_training(epochs=1)
    folder = RunStore(tmp_path_factory.mktemp("trained")).create(experiment)
    train_run(folder)
    return folder.path


@pytest.fixture
def own_run(_trained, runs_dir):
    """A run of one's own in the runs folder: the dense baseline after one epoch of digits."""
    shutil.copytree(_trained, runs_dir / _trained.name)
    return RunStore(runs_dir).find(_trained.name)


@pytest.fixture
def damage(own_run, runs_dir):
    """damage("run.json", b"…") → a copy of the own run with this file replaced, or removed for None."""

    def make(file, content, name="19991231-235959-damaged-0000"):
        folder = runs_dir / name
        shutil.copytree(own_run.folder.path, folder)
        if content is None:
            (folder / file).unlink()
        else:
            (folder / file).write_bytes(content)
        return folder

    return make
