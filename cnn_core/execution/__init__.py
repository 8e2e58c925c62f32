"""Execution of runs: queue, executor and worker processes."""

from cnn_core.execution.executor import LocalExecutor

__all__ = ["LocalExecutor"]
