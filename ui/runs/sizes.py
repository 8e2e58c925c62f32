"""Sizes of run folders, cached until written to."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cnn_core.runs.disk import disk_use
from cnn_core.runs.store import RunRecord


class Sizes:
    """Bytes by run, as last measured."""

    def __init__(self) -> None:
        self._measured: dict[Path, tuple[float, float, int]] = {}

    def knows(self, run: RunRecord) -> bool:
        """Whether its size is known without a scan of the disk."""
        return self._measured.get(run.folder.path, (None,))[:2] == _stamp(run)

    def of(self, run: RunRecord) -> int:
        """Bytes of all its files."""
        if not self.knows(run):
            self._measured[run.folder.path] = (*_stamp(run), disk_use(run.folder.path))
        return self._measured[run.folder.path][2]


def _stamp(run: RunRecord) -> tuple[float, float]:
    """Changes with each event of the run, and with each file that comes, goes or is replaced."""
    try:
        return run.history.last_time, run.folder.path.stat().st_mtime
    except OSError:
        return run.history.last_time, 0.0


@st.cache_resource(show_spinner=False)
def get_sizes() -> Sizes:
    return Sizes()


def format_size(size: int) -> str:
    """Three digits or so: "1.8 MB", "410 MB", "1.2 GB"."""
    amount, unit = (size / 10**9, "GB") if size >= 10**9 else (size / 10**6, "MB")
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"
