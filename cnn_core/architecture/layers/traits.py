"""Traits of layer types, by which inspection, figures and pages handle all layers uniformly.

Traits are looked up by the name of the Keras class, so that a model made elsewhere has them too. A class that is not
registered gets `UNKNOWN`: each output value may depend on every input value, and its arithmetic is not explained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

# What one output value is made of.
#   weighted_window  a kernel's weighted sum over a window          pooled_window  the maximum or mean of a window
#   pooled_map       the mean of a whole map                        dense          a weighted sum of all inputs
#   normalization    (x − mean) / √(variance + ε) per channel       activation     Keras's activation of one value
#   elementwise      `Traits.function` of one value                 sum            the sum of one value per source
#   copy             one input value, in place                      flatten        one input value, in another place
#   input            the network's input                            unknown        not explained
Arithmetic = Literal[
    "weighted_window",
    "pooled_window",
    "pooled_map",
    "dense",
    "normalization",
    "activation",
    "elementwise",
    "sum",
    "copy",
    "flatten",
    "input",
    "unknown",
]
# (input value, Keras's config, weights, index of the output value) → output value
Elementwise = Callable[[float, Mapping[str, Any], Sequence[np.ndarray], tuple[int, ...]], float]


@dataclass(frozen=True)
class Traits:
    """Properties of a layer type that do not depend on its settings.

    takes: the input it needs: "maps" (height, width, channels), "units" (units,), or "any".
    window: the Keras attribute that holds the size of its sliding window, or "" without one.
    depthwise: each kernel reads one input channel. pointwise: a 1×1 convolution follows, which mixes the channels.
    reduction: what pooling makes of a window.
    function: the value of an "elementwise" layer.
    training_only: what it does during training alone, for which the layer passes values on at inference: "dropout" or
        "augmentation"; "batch_norm" for one that works differently during training.
    """

    arithmetic: Arithmetic = "unknown"
    takes: Literal["any", "maps", "units"] = "any"
    window: Literal["", "kernel_size", "pool_size"] = ""
    depthwise: bool = False
    pointwise: bool = False
    reduction: Literal["", "max", "mean"] = ""
    function: Elementwise | None = None
    training_only: Literal["", "dropout", "augmentation", "batch_norm"] = ""

    @property
    def slides(self) -> bool:
        """Whether a window moves over the input."""
        return bool(self.window)

    @property
    def has_kernel(self) -> bool:
        """Whether its weights form kernels that slide over maps: a convolution."""
        return self.arithmetic == "weighted_window"

    @property
    def has_weighted_sum(self) -> bool:
        """Whether an output value is a weighted sum, with an optional bias and activation."""
        return self.arithmetic in ("weighted_window", "dense")

    @property
    def mixes_channels(self) -> bool:
        """Whether each output channel depends on all input channels."""
        return self.has_kernel and (self.pointwise or not self.depthwise)

    @property
    def normalizes(self) -> bool:
        return self.arithmetic == "normalization"

    @property
    def copies(self) -> bool:
        """Whether each output value at inference is one of the input values."""
        return self.arithmetic in ("copy", "flatten")

    @property
    def passes_through(self) -> bool:
        """Whether the output at inference equals the input."""
        return self.arithmetic == "copy"

    @property
    def is_random(self) -> bool:
        """Whether it draws random numbers during training."""
        return self.training_only in ("dropout", "augmentation")

    @property
    def keeps_channels_apart(self) -> bool:
        """Whether output channel c depends only on input channel c, elementwise."""
        return self.arithmetic in ("normalization", "activation", "elementwise", "copy")


UNKNOWN = Traits()
_TRAITS: dict[str, Traits] = {
    "InputLayer": Traits("input"),
    "Add": Traits("sum"),
}


def register_traits(keras_class: str, traits: Traits) -> None:
    """Sets the traits of a Keras class, given by its name."""
    _TRAITS[keras_class] = traits


def traits_of(keras_class: str) -> Traits:
    """The traits of a Keras class, or `UNKNOWN`."""
    return _TRAITS.get(keras_class, UNKNOWN)
