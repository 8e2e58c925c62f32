"""Fields that several layer types share: range, default, label and help, declared once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cnn_core.architecture.layers.cost import Padding

Activation = Literal[
    "linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus", "softmax"
]
Initializer = Literal[
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal", "random_normal", "zeros"
]

ActivationKnob = Annotated[
    Activation,
    Field(
        title="Activation",
        description="What is applied to each output value: relu keeps the positive part, softmax makes them sum to 1.",
    ),
]
PaddingKnob = Annotated[
    Padding,
    Field(
        title="Padding",
        description="valid: the window stays inside the picture, which shrinks. same: zeros around it keep the size.",
    ),
]
StridesKnob = Annotated[int, Field(ge=1, le=16, title="Strides", description="How far the window moves each time.")]
KernelKnob = Annotated[
    int, Field(ge=1, le=31, title="Kernel size", description="Height and width of the sliding window, in pixels.")
]
DilationKnob = Annotated[
    int,
    Field(ge=1, le=8, title="Dilation rate", description="Gaps between the pixels a kernel looks at; 1 means none."),
]
BiasKnob = Annotated[bool, Field(title="Bias", description="Whether a number of its own is added to each output.")]
InitializerKnob = Annotated[
    Initializer, Field(title="Initializer", description="Where the weights start, before any training.")
]
L2Knob = Annotated[
    float,
    Field(ge=0, le=1, title="L2", description="How much large weights are punished in the loss; 0 means not at all."),
]
FiltersKnob = Annotated[
    int,
    Field(ge=1, le=1024, title="Filters", description="How many kernels slide over the input; one map each."),
]
RateKnob = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Rate",
        description="Share of values set to zero while training, against overfitting.",
    ),
]

HighestKnob = Annotated[
    Literal[1, 255],
    Field(title="Highest value", description="1 where pixels are scaled to 0–1, 255 where they stay raw."),
]
