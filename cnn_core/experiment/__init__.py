"""Experiments: architecture, dataset and training config. Pure specs without Keras."""

from cnn_core.experiment.spec import Experiment

__all__ = ["Experiment"]
