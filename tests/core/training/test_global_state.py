"""What restoring global state needs of Keras and TensorFlow; `test_notebook_api` tests that training restores it."""

import importlib
import logging
from importlib.metadata import version

import keras
import pytest
import tensorflow as tf

from cnn_core.training import global_state


def test_the_installed_versions_are_those_checked():
    for package, checked in global_state.CHECKED_VERSIONS.items():
        assert version(package).startswith(f"{checked}.")


def test_keras_and_tensorflow_still_have_no_public_getters():
    """When this fails, read the seed or determinism by the new function and delete the private one."""
    public = {name.lower() for module in (keras.utils, keras.config, keras.random) for name in dir(module)}
    public |= {name.lower() for module in (tf.random, tf.config, tf.config.experimental) for name in dir(module)}
    assert not [name for name in public if "get" in name and "seed" in name and name != "get_seed_generator"]
    assert not [name for name in public if "determinism" in name and name != "enable_op_determinism"]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("tensorflow.python.eager.context", "context"),
        ("keras.src.backend.common.global_state", "get_global_attribute"),
        ("tensorflow.python.framework.config", "is_op_determinism_enabled"),
    ],
)
def test_without_a_private_name_training_still_runs_with_a_warning(monkeypatch, caplog, module, name):
    monkeypatch.delattr(importlib.import_module(module), name)
    with caplog.at_level(logging.WARNING), global_state.preserved_global_state():
        entered = True
    assert entered
    assert "can't be asked" in caplog.text


def test_another_version_is_named_once(monkeypatch, caplog):
    monkeypatch.setattr(global_state, "version", lambda package: "99.0.0")
    global_state._warn_about_other_versions.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with global_state.preserved_global_state():
                pass
    assert caplog.text.count("99.0.0") == 2  # one for each package
    global_state._warn_about_other_versions.cache_clear()
