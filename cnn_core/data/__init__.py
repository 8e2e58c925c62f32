"""Datasets as arrays, and drawings as network input."""

from cnn_core.data.datasets.base import Dataset
from cnn_core.data.datasets.catalog import DATASETS, DatasetInfo, DatasetName
from cnn_core.data.datasets.load import is_available, load_dataset
from cnn_core.data.ink import centre_ink

__all__ = ["DATASETS", "Dataset", "DatasetInfo", "DatasetName", "centre_ink", "is_available", "load_dataset"]
