"""Experiments against each other: repeats over seeds, what is better and whether it is luck, where they disagree."""

from cnn_core.comparison.contenders import Contender, find_contender, group_runs

__all__ = ["Contender", "find_contender", "group_runs"]
