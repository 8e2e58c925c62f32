"""Receptive fields in a Keras model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnn_core.architecture.layers import traits_of
from cnn_core.architecture.receptive_field import ReceptiveField, compute_same_padding
from cnn_core.inspection.model.walk import find_sources, input_name, list_layers

if TYPE_CHECKING:
    import keras


def find_receptive_field(model: keras.Model, name: str) -> ReceptiveField:
    """The receptive field of a layer's cells, through residual blocks too: the union of both ways.

    Raises `ValueError` for a layer without maps.
    """
    if len(model.get_layer(name).output.shape) != 4:
        raise ValueError(f"{name} has no maps: its values have no place in the picture.")
    found = {input_name(model): ReceptiveField.of_input()}
    sources = find_sources(model)
    for layer in list_layers(model):
        first, *others = (found[source] for source in sources[layer.name])
        found[layer.name] = _through(layer, first.unite(others))
    return found[name]


def _through(layer: keras.layers.Layer, reach: ReceptiveField) -> ReceptiveField:
    is_softmax = getattr(getattr(layer, "activation", None), "__name__", "") == "softmax"
    field = _slide(layer, reach)
    return _in_whole_rows(field) if is_softmax and getattr(layer, "along_columns", False) else field


def _in_whole_rows(reach: ReceptiveField) -> ReceptiveField:
    """The field of a softmax along the columns, as Keras computes it with channels_first (see `to_channels_last`)."""
    far = np.array([0, 10**6])
    return ReceptiveField(reach.step, reach.first - far, reach.last + far)


def _slide(layer: keras.layers.Layer, reach: ReceptiveField) -> ReceptiveField:
    name = traits_of(type(layer).__name__).window
    if not name:
        return reach
    window = (np.array(getattr(layer, name)) - 1) * np.array(getattr(layer, "dilation_rate", 1)) + 1
    strides = np.array(layer.strides) * np.ones(2, np.int64)
    before = [0, 0]
    if layer.padding == "same":
        sizes = zip(layer.input.shape[1:3], window.tolist(), strides.tolist(), strict=True)
        before = [compute_same_padding(size, span, stride) for size, span, stride in sizes]
    return reach.slide(window.tolist(), strides.tolist(), before)
