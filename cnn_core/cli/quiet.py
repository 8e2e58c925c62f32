"""Loading TensorFlow without its start-up notices, which are meant for its developers."""

from __future__ import annotations

import os
import sys


def load_tensorflow_quietly() -> None:
    """Imports TensorFlow; what its C++ side prints before its log level applies is dropped."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import tensorflow as tf

        tf.config.list_logical_devices()  # the last of the notices come with the devices
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
