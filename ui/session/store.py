"""Keeps the state of each visitor in a file, so that it survives reloads, other tabs, and server restarts."""

from __future__ import annotations

import logging
import secrets
import threading
from pathlib import Path

from cnn_core.runs import default_runs_dir
from cnn_core.runs.locked_folder import write_atomically
from ui.session.document import MAX_BYTES, VERSION, read_document, write_document
from ui.session.model import SessionState

logger = logging.getLogger(__name__)

BOOT = secrets.token_hex(4)  # differs after each start of the server
_DELAY_S = 0.2  # after the last change: several changes of one rerun are written once


class VisitorStore:
    """One JSON file per visitor in `.visitors` of the runs folder; thread-safe.

    Of two tabs of one browser, the last one that changes something is kept; `is_behind` tells the other.
    """

    def __init__(self, delay_s: float = _DELAY_S) -> None:
        self._delay_s = delay_s
        self._lock = threading.RLock()
        self._waiting: dict[str, tuple[SessionState, threading.Timer]] = {}
        self._writers: dict[str, tuple[int, str]] = {}

    def load(self, state: SessionState) -> None:
        """Fills the state of a new session of `state.owner` with what was kept; unchanged if nothing was."""
        with self._lock:
            self.flush(state.owner)
            path = self._path(state.owner)
            try:
                if path.stat().st_size <= MAX_BYTES:
                    read_document(path.read_text(encoding="utf-8"), state)
            except (OSError, UnicodeDecodeError) as error:
                if not isinstance(error, FileNotFoundError):
                    logger.warning("A visitor's stored state can't be read: %s", error)
            state.revision = self._writers.get(state.owner, (0, ""))[0]
            state.saved = write_document(state)

    def touch(self, state: SessionState) -> None:
        """Writes the state a moment later, if it has changed."""
        with self._lock:
            waiting = self._waiting.get(state.owner)
            if waiting is not None:
                if waiting[0] is state:
                    return
                self.flush(state.owner)
            timer = threading.Timer(self._delay_s, self.flush, [state.owner])
            timer.daemon = True
            self._waiting[state.owner] = (state, timer)
            timer.start()

    def flush(self, owner: str | None = None) -> None:
        """Writes at once what waits, of one visitor or of all."""
        with self._lock:
            for name in [owner] if owner else list(self._waiting):
                state, timer = self._waiting.pop(name, (None, None))
                if state is not None and timer is not None:
                    timer.cancel()
                    self._write(state)

    def is_behind(self, state: SessionState) -> bool:
        """Whether another tab of the same visitor has changed the stored state since this one loaded or wrote it."""
        revision, tab = self._writers.get(state.owner, (0, ""))
        return revision > state.revision and tab != state.tab

    def newest(self, owner: str) -> tuple[int, str]:
        """The number of the newest version since the server started, and the tab that wrote it."""
        return self._writers.get(owner, (0, ""))

    def _write(self, state: SessionState) -> None:
        document = write_document(state)
        if document == state.saved:
            return
        path = self._path(state.owner)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, document)
        except OSError as error:  # the session goes on without
            logger.warning("A visitor's state can't be written: %s", error)
            return
        state.saved = document
        state.revision = self._writers.get(state.owner, (0, ""))[0] + 1
        self._writers[state.owner] = (state.revision, state.tab)

    @staticmethod
    def _path(owner: str) -> Path:
        return default_runs_dir() / ".visitors" / f"{owner}.v{VERSION}.json"


visitors = VisitorStore()
