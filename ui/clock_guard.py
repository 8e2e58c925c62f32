"""Keeps the clock of a live view from undoing a change of page.

In Streamlit 1.67 a fragment's `run_every` goes on in the browser until the next page has begun to arrive, and names the
page that is being left. Such a request is either merged into the change of page, which is then lost, or run after it,
which clears the new page and leaves it blank. Both are told apart here from requests that are still wanted, and
dropped: the page that is coming is drawn whole anyway.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType

_MARK = "_cnn_lab_guarded"


def guard_page_changes() -> None:
    """Takes effect once, for all sessions of this process."""
    if not hasattr(AppSession, _MARK):
        AppSession.request_rerun = _without_ticks_of_other_pages(AppSession.request_rerun)  # type: ignore[method-assign]
        ScriptRequests.request_rerun = _without_ticks_before_a_full_run(  # type: ignore[method-assign]
            ScriptRequests.request_rerun
        )
        setattr(AppSession, _MARK, True)


def _without_ticks_of_other_pages(request_rerun: Any) -> Any:
    @wraps(request_rerun)
    def guarded(self: Any, client_state: Any) -> None:
        shown = self._client_state.page_script_hash
        known = shown not in ("", self._pages_manager.main_script_hash)  # at first it is the router's, not the page's
        ticks = client_state is not None and client_state.is_auto_rerun
        if not (ticks and known and client_state.page_script_hash != shown):
            request_rerun(self, client_state)

    return guarded


def _without_ticks_before_a_full_run(request_rerun: Any) -> Any:
    @wraps(request_rerun)
    def guarded(self: Any, new_data: Any) -> bool:
        waiting = self._rerun_data if self._state is ScriptRequestType.RERUN else None
        draws_all = waiting is not None and not (waiting.fragment_id_queue or waiting.is_fragment_scoped_rerun)
        if draws_all and new_data.is_auto_rerun:
            return True
        accepted: bool = request_rerun(self, new_data)
        return accepted

    return guarded
