"""Filter ablation (Meyes et al. 2019)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.inspection.filters.kernels import list_kernels
from cnn_core.inspection.model.walk import Progress, forward_with_hook, traced

if TYPE_CHECKING:
    import keras

    from cnn_core.inspection.model.probe import Probe

Off = Mapping[str, Collection[int]]  # convolution → its filters that are switched off, counted from 0
_BATCH = 250


def predict_without(probe: Probe, inputs: np.ndarray, off: Off) -> np.ndarray:
    """Predictions float32 (N, classes) for prepared inputs float32 (N, …) with these filters set to zero.

    A filter's map is multiplied by 0 after its activation (see `filters.find_maps`), and only there; all other layers
    compute as ever. The model is left as it is. Raises `KeyError` for a name that is no convolution with maps of its
    own, `IndexError` for a filter that is not there.
    """
    groups = traced(probe, "ablation groups", _list_groups)
    network = traced(probe, "ablation", lambda model: _trace(model, groups))
    return np.asarray(network(inputs, _masks(groups, off)))


def measure_accuracy(
    probe: Probe, inputs: np.ndarray, labels: np.ndarray, off: Off, on_progress: Progress | None = None
) -> float:
    """Accuracy on prepared inputs (N, …) and labels (N,) with these filters ablated."""
    right = 0
    for start in range(0, len(inputs), _BATCH):
        outputs = predict_without(probe, inputs[start : start + _BATCH], off)
        right += int((outputs.argmax(axis=-1) == labels[start : start + _BATCH]).sum())
        if on_progress:
            on_progress(min(1.0, (start + _BATCH) / len(inputs)))
    return right / len(inputs)


def _list_groups(model: keras.Model) -> dict[str, tuple[str, int]]:
    """Convolution → the layer with its maps, and their number."""
    return {kernels.layer: (kernels.maps, kernels.filters) for kernels in list_kernels(model) if kernels.maps}


def _masks(groups: dict[str, tuple[str, int]], off: Off) -> dict[str, np.ndarray]:
    """Layer with maps → float32 (filters,), 1 for on and 0 for off; passed as inputs to avoid retracing."""
    masks = {maps: np.ones(filters, np.float32) for maps, filters in groups.values()}
    for layer, filters in off.items():
        masks[groups[layer][0]][list(filters)] = 0
    return masks


def _trace(model: keras.Model, groups: dict[str, tuple[str, int]]) -> Any:
    import tensorflow as tf

    names = dict(groups.values())
    signature = (
        tf.TensorSpec((None, *model.input_shape[1:]), tf.float32),
        {maps: tf.TensorSpec((filters,), tf.float32) for maps, filters in names.items()},
    )

    @tf.function(input_signature=signature)
    def predict(inputs: Any, masks: Any) -> Any:
        def switch(layer: Any, output: Any) -> Any:
            if layer.name not in names:
                return output
            return output * tf.cast(masks[layer.name], output.dtype)  # along the last axis, the channels

        return forward_with_hook(model, inputs, switch)

    return predict
