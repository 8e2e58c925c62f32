"""What all tests share: quiet libraries, property tests without a stopwatch, MNIST only where it is, one browser."""

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from slow_tests import is_slow, read_slow_tests
from xdist.scheduler import LoadFileScheduling

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before anything loads TensorFlow

settings.register_profile(
    "shared machine",
    deadline=None,  # a busy core is no failure
    max_examples=40,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("shared machine")

BROWSER = "tests/browser"


class OneBrowser(LoadFileScheduling):
    """A file stays in one process; those that drive a browser share one, with its server and its TensorFlow."""

    def _split_scope(self, nodeid):
        file = super()._split_scope(nodeid)
        return BROWSER if file.startswith(f"{BROWSER}/") else file


def pytest_xdist_make_scheduler(config, log):
    return OneBrowser(config, log)


def pytest_collection_modifyitems(items):
    slow = read_slow_tests()
    for item in items:
        if is_slow(item.nodeid, slow):
            item.add_marker(pytest.mark.slow)
    folder = os.environ.get("CNN_LAB_DATA_DIR")
    if folder and (Path(folder) / "mnist.npz").is_file():
        return
    absent = pytest.mark.skip(reason="set CNN_LAB_DATA_DIR to a folder with the real mnist.npz")
    for item in items:
        if item.get_closest_marker("mnist"):
            item.add_marker(absent)


_frozen = False


@pytest.fixture(autouse=True)
def _short_collections():
    """Freezes TensorFlow's objects once it is loaded: a collection over a million of them takes half a second.

    A flag says whether that is done, because `gc.get_freeze_count` walks through all frozen objects.
    """
    global _frozen
    if not _frozen and "tensorflow" in sys.modules:
        gc.collect()
        gc.freeze()
        _frozen = True
