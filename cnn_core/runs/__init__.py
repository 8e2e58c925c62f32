"""Runs on disk, and the processes that fill them."""

from cnn_core.runs.executor import LocalExecutor
from cnn_core.runs.folder import RunFolder, create_run, default_runs_dir
from cnn_core.runs.store import Listing, RunRecord, RunStore

__all__ = ["Listing", "LocalExecutor", "RunFolder", "RunRecord", "RunStore", "create_run", "default_runs_dir"]
