"""Top-activating test images of filters, with positions and receptive fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.inspection.filters.receptive_field import find_receptive_field
from cnn_core.inspection.model.walk import Progress, read_outputs, traced

if TYPE_CHECKING:
    import keras

    from cnn_core.inspection.model.probe import Probe

_BATCH = 200


@dataclass(frozen=True)
class TopActivations:
    """The images with the largest values of each filter's map, largest first.

    `images` int64 (filters, top) are indices, `values` float32 (filters, top) each image's largest value,
    `places` int64 (filters, top, 2) its row and column in the map, `boxes` int64 (filters, top, 4) the receptive field
    of that place in the input: first row, first column, last row + 1, last column + 1, within the image.
    """

    layer: str
    images: np.ndarray
    values: np.ndarray
    places: np.ndarray
    boxes: np.ndarray


def find_exciting(
    probe: Probe, maps: str, inputs: np.ndarray, top: int = 8, on_progress: Progress | None = None
) -> TopActivations:
    """Top-activating images for all filters of the layer `maps`, from prepared inputs float32 (N, …)."""
    read = traced(probe, ("peaks", maps), lambda model: _trace_peaks(model, maps))
    values, places = [], []
    for start in range(0, len(inputs), _BATCH):
        highest, where = read(inputs[start : start + _BATCH])
        values.append(np.asarray(highest))
        places.append(np.asarray(where))
        if on_progress:
            on_progress(min(1.0, (start + _BATCH) / len(inputs)))
    peaks, flat = np.concatenate(values), np.concatenate(places)  # (N, filters)
    images = np.argsort(-peaks, axis=0, kind="stable")[:top]  # (top, filters)
    width = probe.model.get_layer(maps).output.shape[2]
    rows, columns = np.divmod(np.take_along_axis(flat, images, 0).T, width)
    chosen = np.stack([rows, columns], axis=-1)
    height, breadth, _ = probe.experiment.architecture.input_shape
    boxes = find_receptive_field(probe.model, maps).boxes(chosen, (height, breadth))
    return TopActivations(maps, images.T, np.take_along_axis(peaks, images, 0).T, chosen, boxes)


def _trace_peaks(model: keras.Model, maps: str) -> Any:
    import tensorflow as tf

    outputs_of = read_outputs(model, [maps])

    @tf.function(input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)])
    def read(inputs: Any) -> Any:
        (values,) = outputs_of(inputs)
        rows = tf.reshape(values, (-1, values.shape[1] * values.shape[2], values.shape[3]))  # (N, H · W, C)
        return tf.reduce_max(rows, 1), tf.argmax(rows, 1)

    return read
