"""Whether code runs for a session. Streamlit documents the function as unsupported."""

from __future__ import annotations


def has_session() -> bool:
    """Whether this thread draws a page for a session; True where Streamlit no longer reports it."""
    try:
        from streamlit.runtime.scriptrunner import get_script_run_ctx
    except ImportError:
        return True
    return get_script_run_ctx(suppress_warning=True) is not None
