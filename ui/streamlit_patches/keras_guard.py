"""Prevents Streamlit from clearing Keras after a rerun.

Streamlit 1.67 calls `keras.backend.clear_session()` after every run of every session. In a server that many use, that
takes the kernels from models that others are asking, collects all garbage while no one else can work, and takes the
state away under a thread that is building a model.
"""

from __future__ import annotations

from functools import wraps

from ui.streamlit_patches.patch import Need, apply_patch

NEEDS = (Need("streamlit.runtime.scriptrunner.script_runner._clean_problem_modules"),)


def keep_keras_between_runs() -> None:
    """Takes effect once, for all sessions of this process."""
    apply_patch("keep Keras between runs", NEEDS, _install)


def _install() -> None:
    from streamlit.runtime.scriptrunner import script_runner

    clean = script_runner._clean_problem_modules
    if not hasattr(clean, "__wrapped__"):
        script_runner._clean_problem_modules = wraps(clean)(_leave_alone)


def _leave_alone() -> None:
    """Neither Keras nor Matplotlib, which no page uses, has anything that a finished run must give back."""
