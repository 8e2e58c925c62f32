"""CNN Lab's own app that leaves marks: files `loading` and `ready` in the folder that MARKS names.

With WITHOUT_TENSORFLOW set, TensorFlow is never loaded.
"""

import os
import sys
import threading
import time
from pathlib import Path

import streamlit as st

from ui.routes import build_routes
from ui.server.resources import TensorFlow, get_tensorflow, lifespan, show_script_error


def leave_marks(folder: Path) -> None:
    tensorflow = get_tensorflow()
    while "tensorflow" not in sys.modules:
        time.sleep(0.02)
    (folder / "loading").touch()
    tensorflow.ready.wait()
    (folder / "ready").touch()


if os.environ.get("WITHOUT_TENSORFLOW"):
    TensorFlow.start = lambda self: None  # type: ignore[method-assign]
else:
    threading.Thread(target=leave_marks, args=(Path(os.environ["MARKS"]),), daemon=True).start()

app = st.App(
    Path(__file__).parents[2] / "ui" / "router.py",
    lifespan=lifespan,
    routes=build_routes(),
    on_script_error=show_script_error,
)
