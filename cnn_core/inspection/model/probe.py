"""A trained model opened for inspection: probabilities and every layer's output for one input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.architecture.channels_last import to_channels_last
from cnn_core.architecture.layers import Traits, traits_of
from cnn_core.errors import ImageError
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import prepare_any, prepare_images, prepare_ink
from cnn_core.inspection.model.walk import list_layers
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.model_file import load_model

if TYPE_CHECKING:
    import keras

_BATCH = 500  # images at once: a few hundred MB for the widest layers allowed


@dataclass(frozen=True)
class LayerOutput:
    """`values` is float32 (H, W, C) or (units,)."""

    name: str
    kind: str
    values: np.ndarray

    @property
    def traits(self) -> Traits:
        return traits_of(self.kind)

    @property
    def is_map(self) -> bool:
        return self.values.ndim == 3


class Probe:
    """A trained model opened for inspection; predictions take about a millisecond.

    Inputs and outputs are channels_last: `model` is the given model, or for a channels_first experiment its
    channels_last clone. It is there for gradients and weights and must not be changed. Calls go through traced
    functions because `model.predict` takes tens of milliseconds for a single image.

    Example:
        >>> probe = cnn_core.find_run("R2").probe()
        >>> probability = probe.predict(image)[0]
        >>> maps = probe.feature_maps(image)
    """

    def __init__(self, model: keras.Model, experiment: Experiment) -> None:
        import keras
        import tensorflow as tf

        if experiment.architecture.data_format == "channels_first":
            model = to_channels_last(model)
        self.experiment = experiment
        self.model = model
        self._layers = list_layers(model)
        inner = keras.Model(model.inputs[0], [layer.output for layer in self._layers])
        signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)]
        self._predict = tf.function(lambda x: model(x, training=False), input_signature=signature)
        self._inspect = tf.function(lambda x: inner(x, training=False), input_signature=signature)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Class probabilities, float32 (N, classes).

        `images` is uint8 0–255 or float 0–1, of shape (H, W), (H, W, C), (N, H, W) or (N, H, W, C) with the model's own
        height and width; one image counts as N = 1. The run's input scaling is applied. Raises `ImageError`.

        Example:
            >>> probe = cnn_core.find_run("R2").probe()
            >>> probe.predict(cnn_core.load_dataset("digits").x_test[:3]).shape
            (3, 10)
        """
        inputs = self.prepare(images)
        batches = [inputs[start : start + _BATCH] for start in range(0, len(inputs), _BATCH)]
        return np.concatenate([self.predict_inputs(batch) for batch in batches])

    def feature_maps(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """The output of each layer with maps for one image, by layer name in the model's order: float32 (H, W, C).

        `image` is what `predict` takes, one image. Raises `ImageError`.

        Example:
            >>> maps = probe.feature_maps(image)
            >>> maps["conv1"].shape
            (26, 26, 32)
        """
        return {output.name: output.values for output in self.inspect(self.prepare_one(image)) if output.is_map}

    def prepare(self, images: np.ndarray) -> np.ndarray:
        """Converts what `predict` takes to prepared inputs: float32 (N, H, W, C), scaled as in training."""
        return prepare_any(images, self.experiment)

    def prepare_one(self, image: np.ndarray) -> np.ndarray:
        """As `prepare`, for a single image: (1, H, W, C). Raises `ImageError` if there are several."""
        inputs = self.prepare(image)
        if len(inputs) != 1:
            raise ImageError("Pass one image at a time, received {count}.", count=len(inputs))
        return inputs

    def predict_inputs(self, inputs: np.ndarray) -> np.ndarray:
        """float32 prepared inputs (N, H, W, C) → probabilities float32 (N, classes)."""
        return np.asarray(self._predict(inputs))

    def predict_ink(self, ink: np.ndarray) -> np.ndarray:
        """Centerd ink (28, 28), 0–1 → probabilities (classes,)."""
        return self.predict_inputs(prepare_ink(ink, self.experiment))[0]

    def inspect(self, inputs: np.ndarray) -> list[LayerOutput]:
        """Every layer's output for the first of the prepared inputs, in order."""
        outputs: Any = self._inspect(inputs[:1])
        first = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        return [
            LayerOutput(layer.name, type(layer).__name__, np.asarray(values)[0])
            for layer, values in zip(self._layers, first, strict=True)
        ]

    def inspect_ink(self, ink: np.ndarray) -> list[LayerOutput]:
        """As `inspect`, for centerd ink (28, 28), 0–1."""
        return self.inspect(prepare_ink(ink, self.experiment))

    def inspect_image(self, image: np.ndarray) -> list[LayerOutput]:
        """As `inspect`, for a data-set image uint8 (H, W, C)."""
        experiment = self.experiment
        return self.inspect(prepare_images(image[np.newaxis], experiment.training.input_scaling))


def load_probe(folder: RunFolder) -> Probe:
    """Opens a run's trained model. Raises `ModelError` if there is none or it can't be read.

    Example:
        >>> probe = load_probe(RunStore(default_runs_dir()).find("R2").folder)
    """
    return Probe(load_model(folder), folder.experiment)
