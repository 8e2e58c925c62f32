"""A dataset, an attribution method and an export format defined outside the package: one class each."""

import numpy as np
from pydantic import Field

from cnn_core.data.datasets.base import DATASETS, Dataset, DatasetInfo, register_dataset
from cnn_core.export.formats import FORMATS, ExportFormat, register_format
from cnn_core.inspection.attribution.methods import (
    ATTRIBUTIONS,
    Attribution,
    AttributionMethod,
    register_attribution,
)


class ToyStripes(DatasetInfo):
    """Horizontal and vertical stripes."""

    def load(self, on_progress=None):
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 2, self.train_count + self.test_count)
        rows = np.where(np.arange(12) % 4 < 2, 255, 0).astype(np.uint8)
        pictures = np.stack(
            [np.tile(rows[:, None] if label else rows[None, :], (1, 12) if label else (12, 1)) for label in labels]
        )
        images = np.maximum(pictures, rng.integers(0, 40, pictures.shape)).astype(np.uint8)[..., np.newaxis]
        count = self.train_count
        return Dataset(self, images[:count], labels[:count], images[count:], labels[count:])

    def write_imports(self):
        return ["from toy_extensions import load_stripes"]

    def write_loading(self):
        return "x_train, y_train, x_test, y_test = load_stripes()"


STRIPES = ToyStripes("toy_stripes", "Stripes", (12, 12, 1), ("vertical", "horizontal"), "Stripes, 12×12.", 200, 50)


class ToyAttribution(AttributionMethod):
    key, title = "toy_constant", "Toy attribution"
    shows, beware, absence = "A constant for {label}.", "It says nothing.", "A constant can't be had here."

    level: float = Field(0.5, ge=0, le=1, title="Level", description="The constant.")

    def compute(self, request):
        height, width = request.inputs.shape[1:3]
        return Attribution(np.full((height, width), self.level, np.float32))


class ToyFormat(ExportFormat):
    key, suffix, mime = "toy", ".toy", "text/plain"
    title, summary = "Toy file", "the run's name and nothing else"

    def make(self, run):
        return run.experiment.name.encode()


def add():
    register_dataset(STRIPES)
    register_attribution(ToyAttribution)
    register_format(ToyFormat)


def remove():
    DATASETS.pop(STRIPES.name, None)
    ATTRIBUTIONS.pop(ToyAttribution.key, None)
    FORMATS.pop(ToyFormat.key, None)
