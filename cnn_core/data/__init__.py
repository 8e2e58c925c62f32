"""Data sets as arrays, and drawings as network input."""

from cnn_core.data.catalog import DATASETS, DatasetInfo, DatasetName
from cnn_core.data.ink import centre_ink
from cnn_core.data.load import Dataset, is_available, load_dataset

__all__ = ["DATASETS", "Dataset", "DatasetInfo", "DatasetName", "centre_ink", "is_available", "load_dataset"]
