"""Runs being executed: the queue, the executor and its worker processes."""

from cnn_core.execution.executor import LocalExecutor

__all__ = ["LocalExecutor"]
