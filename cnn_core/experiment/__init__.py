"""What is to be trained: an architecture, a dataset and a training config. Pure specs; nothing here loads Keras."""

from cnn_core.experiment.spec import Experiment

__all__ = ["Experiment"]
