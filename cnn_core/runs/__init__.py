"""Runs on disk: folder, events, checkpoints, training state and model file. Starts no process and loads no Keras."""

from cnn_core.runs.folder import RunFolder, create_run, default_runs_dir
from cnn_core.runs.store import Listing, RunRecord, RunStore

__all__ = ["Listing", "RunFolder", "RunRecord", "RunStore", "create_run", "default_runs_dir"]
