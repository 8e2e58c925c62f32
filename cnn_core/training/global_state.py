"""Process-wide settings that training changes, saved and restored: random seeds, determinism, and float types.

Keras and TensorFlow can set these by their public API, but not report all of them. What has no public getter is read
from private modules; where a later version lacks one, that setting stays as training left it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.metadata import version

import numpy as np

logger = logging.getLogger(__name__)

CHECKED_VERSIONS = {"keras": "3.15", "tensorflow": "2.21"}  # what the private names below were tested with


@contextmanager
def preserved_global_state() -> Iterator[None]:
    """Restores seeds, op determinism, dtype policy and floatx on exit, also after an exception. Loads TensorFlow.

    Example:
        >>> with preserved_global_state():
        ...     keras.utils.set_random_seed(1)
    """
    _warn_about_other_versions()
    with ExitStack() as stack:
        for save in (_save_python_and_numpy, _save_tensorflow_seed, _save_keras_seed, _save_determinism, _save_dtypes):
            try:
                stack.callback(save())
            except (ImportError, AttributeError):
                logger.warning("%s: this version of Keras or TensorFlow can't be asked", save.__name__, exc_info=True)
        yield


@cache
def _warn_about_other_versions() -> None:
    for package, checked in CHECKED_VERSIONS.items():
        if not version(package).startswith(f"{checked}."):
            logger.warning("%s %s: restoring seeds was tested with %s", package, version(package), checked)


def _save_python_and_numpy() -> Callable[[], None]:
    python, numpy = random.getstate(), np.random.get_state()

    def restore() -> None:
        random.setstate(python)
        np.random.set_state(numpy)

    return restore


def _save_tensorflow_seed() -> Callable[[], None]:
    """The global seed, and how far the seeds of operations drawn from it have come."""
    import tensorflow as tf
    from tensorflow.python.eager.context import context

    seed, generator = context()._seed, getattr(context(), "_rng", None)  # absent until a seed is set
    drawn = generator.getstate() if generator else None

    def restore() -> None:
        tf.random.set_seed(seed)
        if drawn is not None:
            context()._rng.setstate(drawn)

    return restore


def _save_keras_seed() -> Callable[[], None]:
    """The seed of `keras.utils.set_random_seed`, and the generator of layers and operations without a seed."""
    from keras.src.backend.common.global_state import get_global_attribute, set_global_attribute
    from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR
    from keras.src.utils.rng_utils import GLOBAL_RANDOM_SEED

    before = {name: get_global_attribute(name) for name in (GLOBAL_RANDOM_SEED, GLOBAL_SEED_GENERATOR)}

    def restore() -> None:
        for name, value in before.items():
            set_global_attribute(name, value)

    return restore


def _save_determinism() -> Callable[[], None]:
    from tensorflow.python.framework.config import disable_op_determinism, is_op_determinism_enabled

    was_enabled = is_op_determinism_enabled()
    return lambda: None if was_enabled else disable_op_determinism()


def _save_dtypes() -> Callable[[], None]:
    import keras

    policy, floatx = keras.config.dtype_policy(), keras.config.floatx()

    def restore() -> None:
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)

    return restore
