"""Fragments that run again when a value on the server has changed.

The browser asks a small route for the value's version and requests a rerun of the fragment only when it is another one.
`st.fragment(run_every=…)` would run the fragment each time, and its timer can undo a change of page.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from urllib.parse import quote, urlencode
from weakref import WeakValueDictionary

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from cnn_core.errors import CnnLabError
from cnn_core.runs.store import Revision, RunRecord
from ui.components import read_asset
from ui.server.resources import get_store
from ui.server.waiting import is_ready
from ui.shared.addresses import address_of

CHANGES_PATH = "/cnn-lab/changes/{session}/{key}"
_UNCHANGED, _UNKNOWN, _LEFT = 204, 404, 410
_KEY = "cnn_lab.watches"
_LOADING_S = 0.5

_component = st.components.v2.component(
    "cnn_lab_watch",
    html="<i></i>\n",
    css=read_asset("shared/watch.css"),
    js=read_asset("shared/hold.js") + read_asset("shared/watch.js"),
    isolate_styles=False,
)


class Watches:
    """What the fragments of one session watch. `id` can't be guessed: who knows it may ask."""

    def __init__(self) -> None:
        self.id = secrets.token_urlsafe(16)
        self.values: dict[str, Callable[[], object]] = {}
        self._page = ""
        self._runs = 0  # an interrupted one may overlap with the next
        self._lock = threading.Lock()

    @contextmanager
    def drawing(self, page: str) -> Iterator[None]:
        """While a page is drawn, nothing is reported as changed; what another page watched is forgotten."""
        with self._lock:
            if page != self._page:
                self.values.clear()
            self._page, self._runs = page, self._runs + 1
        try:
            yield
        finally:
            with self._lock:
                self._runs -= 1

    @property
    def is_drawing(self) -> bool:
        return self._runs > 0


_sessions: WeakValueDictionary[str, Watches] = WeakValueDictionary()  # each lives as long as its session


def get_watches() -> Watches:
    """Those of this session."""
    watches: Watches = st.session_state.setdefault(_KEY, Watches())
    _sessions[watches.id] = watches
    return watches


def rerun_on_change(key: str, shown: object, read: Callable[[], object] | None, every_s: float = 1.0) -> None:
    """Runs the enclosing fragment again when `read()` returns another value than `shown`, which the fragment shows.

    `read` is called every `every_s` seconds by a thread without a session; values are compared by `repr`. It may raise
    `CnnLabError`, for example for a run that was deleted. None: nothing will change. `key` is unique on its page.

    Example:
        >>> ready = is_ready()
        >>> rerun_on_change("tensorflow", ready, None if ready else is_ready)
    """
    with st.empty():  # one place, filled or not, so that what is below keeps its own
        watches = get_watches()
        if read is None:
            watches.values.pop(key, None)
            return
        watches.values[key] = read
        path = CHANGES_PATH.format(session=watches.id, key=quote(key, safe=""))
        address = f"{address_of(path)}?{urlencode({'seen': _version_of(lambda: shown)})}"
        drawn = time.monotonic()  # the component is called again after each rerun, also with the same value
        data = {"address": address, "period": round(every_s * 1000), "drawn": drawn}
        _component(key=f"watch.{key}", data=data, on_changed_change=lambda: None)


def rerun_with_runs(key: str, runs: Sequence[RunRecord]) -> None:
    """Runs the enclosing fragment again when one of these runs, as the fragment shows them, has moved on.

    Nothing is asked for when all of them have ended.
    """
    active = [run for run in runs if run.is_active]
    read = partial(read_revisions, [run.id for run in active])
    rerun_on_change(key, [run.revision for run in active], read if active else None)


def render_live(key: str, body: Callable[[], None]) -> None:
    """Runs `body` as a fragment of its own, and the page once more when TensorFlow has been loaded.

    `key` is unique on its page.
    """

    @st.fragment
    def fragment(was_ready: bool) -> None:
        ready = is_ready()
        rerun_on_change(f"tensorflow.{key}", ready, None if ready else is_ready, _LOADING_S)
        body()
        if ready and not was_ready:  # last: before every button was asked, a click that came with it would be lost
            st.rerun()

    fragment(is_ready())


def read_revisions(run_ids: Sequence[str]) -> list[Revision]:
    """Of these runs now. Raises `RunError` where one was deleted."""
    return [get_store().find(run_id).revision for run_id in run_ids]


def send_version(request: Request) -> Response:
    """The version of a watched value; nothing while it is the one in `?seen=`, or while the page is drawn anyway."""
    watches = _sessions.get(request.path_params["session"])
    if watches is None:
        return Response(status_code=_UNKNOWN)
    read = watches.values.get(request.path_params["key"])
    if read is None:
        return Response(status_code=_LEFT)
    version = _version_of(read)
    if watches.is_drawing or version == request.query_params.get("seen"):
        return Response(status_code=_UNCHANGED)
    return Response(version, media_type="text/plain", headers={"Cache-Control": "no-store"})


def _version_of(read: Callable[[], object]) -> str:
    try:
        value = repr(read())
    except (CnnLabError, OSError) as error:  # deleted or damaged: the fragment says so
        value = repr(error)
    return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()
