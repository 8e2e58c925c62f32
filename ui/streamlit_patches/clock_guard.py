"""Keeps the clock of a live view from undoing a change of page, or of a value.

In Streamlit 1.67 a fragment's `run_every` goes on in the browser until the next page has begun to arrive, and names the
page that is being left. Such a request is either merged into the change of page, which is then lost, or run after it,
which clears the new page and leaves it blank. Both are distinguished here from valid requests, and
dropped: the page that is coming is drawn whole anyway. The session hears of a new page a little after the thread that
draws it has begun, so that a tick is looked at when it comes in, and once more when its turn comes.

A tick also names every widget's value as the browser last knew it, which may be older than what a button has set since;
merged into the run that follows the button, it sets the old value again. No widget state is taken from a tick.
"""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import Any

from ui.streamlit_patches.patch import Need, apply_patch

_MARK = "_cnn_lab_guarded"
_REQUESTS = "streamlit.runtime.scriptrunner_utils.script_requests"
_PAGE, _IS_TICK = "page_script_hash", "is_auto_rerun"
NEEDS = (
    Need("streamlit.runtime.app_session.AppSession.request_rerun", ("self", "client_state")),
    Need("streamlit.runtime.app_session.AppSession", attributes=("_client_state", "_pages_manager")),
    Need(f"{_REQUESTS}.ScriptRequests.request_rerun", ("self", "new_data")),
    Need(f"{_REQUESTS}.ScriptRequests", attributes=("_state", "_rerun_data")),
    Need(f"{_REQUESTS}.ScriptRequestType", attributes=("RERUN",)),
    Need(
        f"{_REQUESTS}.RerunData",
        attributes=(_PAGE, _IS_TICK, "widget_states", "fragment_id_queue", "is_fragment_scoped_rerun"),
    ),
    Need("streamlit.runtime.scriptrunner.script_runner.ScriptRunner._run_script", ("self", "rerun_data")),
    Need(
        "streamlit.runtime.scriptrunner.script_runner.ScriptRunner",
        attributes=("_get_script_run_ctx", "_pages_manager"),
    ),
    Need("streamlit.runtime.pages_manager.PagesManager", attributes=("main_script_hash",)),
    Need("streamlit.proto.ClientState_pb2.ClientState", attributes=(_PAGE, _IS_TICK)),
    Need("streamlit.proto.WidgetStates_pb2.WidgetStates"),
)


def guard_page_changes() -> None:
    """Takes effect once, for all sessions of this process."""
    apply_patch("clock of a page that is left", NEEDS, _install)


def _install() -> None:
    from streamlit.runtime.app_session import AppSession
    from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
    from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

    if not hasattr(AppSession, _MARK):
        AppSession.request_rerun = _without_ticks_of_other_pages(AppSession.request_rerun)  # type: ignore[method-assign]
        ScriptRequests.request_rerun = _with_harmless_ticks(  # type: ignore[method-assign]
            ScriptRequests.request_rerun
        )
        ScriptRunner._run_script = _without_ticks_after_their_page(ScriptRunner._run_script)  # type: ignore[method-assign]
        setattr(AppSession, _MARK, True)


def _without_ticks_of_other_pages(request_rerun: Any) -> Any:
    @wraps(request_rerun)
    def guarded(self: Any, client_state: Any) -> None:
        shown = self._client_state.page_script_hash
        if client_state is None or not _is_late(client_state, shown, self._pages_manager):
            request_rerun(self, client_state)

    return guarded


def _with_harmless_ticks(request_rerun: Any) -> Any:
    from streamlit.proto.WidgetStates_pb2 import WidgetStates
    from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

    @wraps(request_rerun)
    def guarded(self: Any, new_data: Any) -> bool:
        if new_data.is_auto_rerun:
            waiting = self._rerun_data if self._state is ScriptRequestType.RERUN else None
            if waiting is not None and not (waiting.fragment_id_queue or waiting.is_fragment_scoped_rerun):
                return True
            new_data = replace(new_data, widget_states=None if waiting else WidgetStates())  # None: theirs are kept
        accepted: bool = request_rerun(self, new_data)
        return accepted

    return guarded


def _without_ticks_after_their_page(run_script: Any) -> Any:
    @wraps(run_script)
    def guarded(self: Any, rerun_data: Any) -> None:
        drawn = self._get_script_run_ctx().page_script_hash
        if not _is_late(rerun_data, drawn, self._pages_manager):
            run_script(self, rerun_data)

    return guarded


def _is_late(request: Any, page: str, pages: Any) -> bool:
    """Whether a request is a tick of another page than this one; at first that is the router's hash, or none."""
    known = page not in ("", pages.main_script_hash)
    return bool(request.is_auto_rerun and known and request.page_script_hash != page)
