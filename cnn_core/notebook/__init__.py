"""Notebook API: train, inspect, attack and plot."""

from cnn_core.notebook.look import attack, explain
from cnn_core.notebook.run import Run, find_run, list_runs
from cnn_core.notebook.train import train

__all__ = ["Run", "attack", "explain", "find_run", "list_runs", "train"]
