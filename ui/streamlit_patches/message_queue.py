"""Keeps messages of a page whose fragment reruns before they are sent.

When a fragment starts, Streamlit 1.67 takes the fragment's messages that were not sent yet out of the queue. It keeps
those that belong to it all the same: references to messages that the browser already has, and the fragments inside it.
What is kept then names places that were taken out, and the browser answers with "Bad delta path index" and a white
page. Removing them saves a few bytes only; nothing is removed here, and since the next run starts with an empty index
nothing is merged into a message of an earlier run either: the browser gets all runs whole and in order.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from ui.streamlit_patches.patch import Need, apply_patch

_CLEAR = ("self", "retain_lifecycle_msgs", "fragment_ids_this_run")
NEEDS = (
    Need("streamlit.runtime.forward_msg_queue.ForwardMsgQueue.clear", _CLEAR),
    Need("streamlit.runtime.forward_msg_queue.ForwardMsgQueue", attributes=("_delta_index_map",)),
)
_MARK = "_cnn_lab_whole"


def keep_runs_whole() -> None:
    """Takes effect once, for all sessions of this process."""
    apply_patch("keep runs whole", NEEDS, _install)


def _install() -> None:
    from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

    if not hasattr(ForwardMsgQueue, _MARK):
        ForwardMsgQueue.clear = _without_gaps(ForwardMsgQueue.clear)  # type: ignore[method-assign]
        setattr(ForwardMsgQueue, _MARK, True)


def _without_gaps(clear: Any) -> Any:
    @wraps(clear)
    def guarded(self: Any, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None) -> None:
        if retain_lifecycle_msgs and fragment_ids_this_run is not None:
            self._delta_index_map = {}
        else:
            clear(self, retain_lifecycle_msgs, fragment_ids_this_run)

    return guarded
