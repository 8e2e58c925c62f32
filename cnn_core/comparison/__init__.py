"""Comparison of experiments: repeats over seeds, significance, and disagreements."""

from cnn_core.comparison.contenders import Contender, find_contender, group_runs

__all__ = ["Contender", "find_contender", "group_runs"]
