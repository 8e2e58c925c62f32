"""Layers that keep the shape of their input: normalization, activation, dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from cnn_core.architecture.layers.base import Layer, register_layer
from cnn_core.architecture.layers.cost import LayerCost, Shape
from cnn_core.architecture.layers.fields import ActivationKnob, RateKnob
from cnn_core.architecture.layers.parts import Part, Parts
from cnn_core.architecture.layers.traits import Traits


@register_layer
class Dropout(Layer):
    stem, group = "dropout", "regularisation"
    traits = Traits("copy", training_only="dropout")
    positional = ("rate",)
    is_basic = is_timed = True
    kind: Literal["Dropout"] = "Dropout"
    rate: RateKnob = 0.5


@register_layer
class BatchNormalization(Layer):
    stem, group = "norm", "regularisation"
    traits = Traits("normalization", training_only="batch_norm")
    kind: Literal["BatchNormalization"] = "BatchNormalization"
    momentum: float = Field(
        0.99, ge=0, lt=1, title="Momentum", description="How slowly the running mean and variance follow the batches."
    )

    @property
    def label(self) -> str:
        return "BatchNorm"

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        channels = shapes[0][-1]
        return LayerCost(shapes[0], 4 * channels, f"4·{channels}", non_trainable=2 * channels)

    def split_parameters(self, shape: Shape) -> Parts:
        return Parts({"channels": shape[-1]}, (Part("channel", 4, 1, False, ("channels",)),))

    def arguments(self, data_format: str) -> dict[str, Any]:
        axis = {"axis": 1} if data_format == "channels_first" else {}
        return super().arguments(data_format) | axis


@register_layer
class Activate(Layer):
    """Keras's `Activation` layer."""

    stem, group = "act", "activation"
    traits = Traits("activation")
    positional = ("activation",)
    is_timed = True
    kind: Literal["Activation"] = "Activation"
    activation: ActivationKnob = "relu"

    @property
    def label(self) -> str:
        return self.activation


@register_layer
class SpatialDropout2D(Layer):
    stem, group = "spatial_dropout", "regularisation"
    traits = Traits("copy", takes="maps", training_only="dropout")
    positional = ("rate",)
    takes_data_format = True
    kind: Literal["SpatialDropout2D"] = "SpatialDropout2D"
    rate: RateKnob = 0.5
