"""Live model: a network updated with the newest weights of a run, for predictions on a few images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnn_core.architecture.builder import build_model
from cnn_core.data.datasets.npz import UnreadableNpz
from cnn_core.errors import ModelError
from cnn_core.experiment import Experiment
from cnn_core.inspection.model.probe import LayerOutput, Probe
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.model_file import open_keras_file
from cnn_core.runs.snapshots import read_weights


@dataclass(frozen=True)
class LiveOutputs:
    """Outputs of a network for its images at one training moment.

    `probabilities` float32 (N, classes); `kernels` float32 (height, width, in, out) of the first convolution, or None;
    `outputs` every layer's output for one of the images, or none where it was not asked for.
    """

    probabilities: np.ndarray
    kernels: np.ndarray | None
    outputs: tuple[LayerOutput, ...] = ()


def find_newest_weights(folder: RunFolder, active: bool) -> Path | None:
    """The kept model of a run that is over, otherwise the weights written last; None where there are none."""
    if not active and folder.model_path.exists():
        return folder.model_path
    stamped = []
    for path in folder.weights_dir.glob("*.npz"):
        try:
            stamped.append((path.stat().st_mtime_ns, path))
        except FileNotFoundError:  # replaced this moment
            continue
    weights = [(changed, path) for changed, path in stamped if not path.name.endswith(".part.npz")]
    return max(weights)[1] if weights else None


class LiveModel:
    """Network of a run in training. Not thread-safe."""

    def __init__(self, experiment: Experiment) -> None:
        import keras

        self.probe = Probe(build_model(experiment.architecture), experiment)
        convolutions = (layer for layer in self.probe.model.layers if isinstance(layer, keras.layers.Conv2D))
        self._first = next(convolutions, None)

    def load(self, path: Path) -> None:
        """Loads the weights in a file of a run folder. Raises `ModelError`."""
        try:
            self.probe.model.set_weights(_read_weights(path))
        except ValueError as error:
            raise ModelError(
                "The weights in {path} are not those of this network. Train it again.", path=path
            ) from error

    def look(self, inputs: np.ndarray, shown: int | None = None) -> LiveOutputs:
        """`inputs` float32, prepared (N, H, W, C); `shown` is the one whose maps are wanted."""
        kernels: Any = None if self._first is None else self._first.kernel
        return LiveOutputs(
            self.probe.predict_inputs(inputs),
            None if kernels is None else np.asarray(kernels),
            () if shown is None else tuple(self.probe.inspect(inputs[shown : shown + 1])),
        )


def _read_weights(path: Path) -> list[np.ndarray]:
    """float32 arrays in the order of `model.get_weights()`."""
    try:
        return open_keras_file(path).get_weights() if path.suffix == ".keras" else read_weights(path)
    except (ModelError, UnreadableNpz, OSError) as error:
        raise ModelError("The weights in {path} can't be read.", path=path) from error
