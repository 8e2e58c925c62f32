"""The kinds of layers, each with Keras's own name, arguments and defaults."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

Padding = Literal["valid", "same"]
Activation = Literal[
    "linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus", "softmax"
]
Initializer = Literal[
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal", "random_normal", "zeros"
]

# Knobs that several kinds share.
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


class Layer(BaseModel):
    """What all layers have. `stem` begins the names given to nameless ones; `group` is where they stand in a menu."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    stem: ClassVar[str] = ""
    group: ClassVar[str] = ""

    name: str = Field(
        "", title="Name", pattern=r"^[A-Za-z0-9_]{0,40}$", description="Unique; filled in when left empty."
    )


class Conv2D(Layer):
    stem, group = "conv", "convolution"
    kind: Literal["Conv2D"] = "Conv2D"
    filters: FiltersKnob = 32
    kernel_size: KernelKnob = 3
    strides: StridesKnob = 1
    padding: PaddingKnob = "valid"
    activation: ActivationKnob = "linear"
    dilation_rate: DilationKnob = 1
    use_bias: BiasKnob = True
    kernel_initializer: InitializerKnob = "glorot_uniform"
    l2: L2Knob = 0.0


class DepthwiseConv2D(Layer):
    stem, group = "depthwise", "convolution"
    kind: Literal["DepthwiseConv2D"] = "DepthwiseConv2D"
    kernel_size: KernelKnob = 3
    strides: StridesKnob = 1
    padding: PaddingKnob = "valid"
    depth_multiplier: int = Field(
        1, ge=1, le=16, title="Depth multiplier", description="How many kernels each input channel has to itself."
    )
    activation: ActivationKnob = "linear"
    dilation_rate: DilationKnob = 1
    use_bias: BiasKnob = True
    depthwise_initializer: InitializerKnob = "glorot_uniform"


class SeparableConv2D(Layer):
    stem, group = "separable", "convolution"
    kind: Literal["SeparableConv2D"] = "SeparableConv2D"
    filters: FiltersKnob = 32
    kernel_size: KernelKnob = 3
    strides: StridesKnob = 1
    padding: PaddingKnob = "valid"
    activation: ActivationKnob = "linear"
    dilation_rate: DilationKnob = 1
    use_bias: BiasKnob = True


class ResidualBlock(Layer):
    """Two convolutions with batch normalisation, their input added to their output (He et al. 2015).

    The way around them gets a 1×1 convolution where channels or size differ.
    """

    stem, group = "residual", "convolution"
    parts: ClassVar = (
        "conv1",
        "norm1",
        "act1",
        "conv2",
        "norm2",
        "shortcut",
        "add",
        "out",
    )  # Keras layers NAME_conv1, …
    kind: Literal["ResidualBlock"] = "ResidualBlock"
    filters: FiltersKnob = 32
    kernel_size: KernelKnob = 3
    strides: StridesKnob = 1
    activation: ActivationKnob = "relu"


class Pooling2D(Layer):
    stem, group = "pool", "pooling"
    pool_size: int = Field(2, ge=1, le=16, title="Pool size", description="Side of the pooling window.")
    strides: int | None = Field(
        None, ge=1, le=16, title="Strides", description="How far the window moves; empty means the pool size."
    )
    padding: PaddingKnob = "valid"

    @property
    def step(self) -> int:
        return self.strides or self.pool_size


class MaxPooling2D(Pooling2D):
    kind: Literal["MaxPooling2D"] = "MaxPooling2D"


class AveragePooling2D(Pooling2D):
    kind: Literal["AveragePooling2D"] = "AveragePooling2D"


class GlobalAveragePooling2D(Layer):
    stem, group = "global_pool", "pooling"
    kind: Literal["GlobalAveragePooling2D"] = "GlobalAveragePooling2D"


class BatchNormalization(Layer):
    stem, group = "norm", "regularisation"
    kind: Literal["BatchNormalization"] = "BatchNormalization"
    momentum: float = Field(
        0.99, ge=0, lt=1, title="Momentum", description="How slowly the running mean and variance follow the batches."
    )


class Activate(Layer):
    """Keras's `Activation` layer: an activation as a layer of its own."""

    stem, group = "act", "activation"
    kind: Literal["Activation"] = "Activation"
    activation: ActivationKnob = "relu"


class Dropout(Layer):
    stem, group = "dropout", "regularisation"
    kind: Literal["Dropout"] = "Dropout"
    rate: RateKnob = 0.5


class SpatialDropout2D(Layer):
    stem, group = "spatial_dropout", "regularisation"
    kind: Literal["SpatialDropout2D"] = "SpatialDropout2D"
    rate: RateKnob = 0.5


class Flatten(Layer):
    stem, group = "flatten", "shape"
    kind: Literal["Flatten"] = "Flatten"


class Dense(Layer):
    stem, group = "dense", "dense"
    kind: Literal["Dense"] = "Dense"
    units: int = Field(64, ge=1, le=8192, title="Units", description="Outputs, each a weighted sum of all inputs.")
    activation: ActivationKnob = "linear"
    use_bias: BiasKnob = True
    kernel_initializer: InitializerKnob = "glorot_uniform"
    l2: L2Knob = 0.0


class RandomFlip(Layer):
    stem, group = "flip", "augmentation"
    kind: Literal["RandomFlip"] = "RandomFlip"
    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = Field(
        "horizontal", title="Mode", description="Along which axis a picture may be turned over while training."
    )


class _RandomByFactor(Layer):
    group = "augmentation"
    factor: float = Field(
        0.1, ge=0, le=1, title="Factor", description="The largest change while training, as a share of the whole."
    )


class RandomRotation(_RandomByFactor):
    stem = "rotate"
    kind: Literal["RandomRotation"] = "RandomRotation"


class RandomTranslation(_RandomByFactor):
    stem = "shift"
    kind: Literal["RandomTranslation"] = "RandomTranslation"


class RandomZoom(_RandomByFactor):
    stem = "zoom"
    kind: Literal["RandomZoom"] = "RandomZoom"
    stretch: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Stretch",
        description="By how much more than the height the width changes, on its own; 0: the shape is kept.",
    )


class RandomShear(_RandomByFactor):
    """Sideways only: what slants handwriting."""

    stem = "slant"
    kind: Literal["RandomShear"] = "RandomShear"


class RandomGaussianBlur(Layer):
    """Its `value_range` is 0–`highest`, what full ink is behind the input scaling."""

    stem, group = "blur", "augmentation"
    kind: Literal["RandomGaussianBlur"] = "RandomGaussianBlur"
    factor: float = Field(0.5, ge=0, le=1, title="Factor", description="Share of the pictures that are blurred.")
    kernel_size: Literal[3, 5, 7] = Field(
        5, title="Kernel size", description="Height and width of the sliding window, in pixels."
    )
    sigma: float = Field(1.0, gt=0, le=1, title="Sigma", description="How far the strongest blur reaches, in pixels.")
    highest: HighestKnob = 1


class RandomBrightness(Layer):
    """Darker makes pen strokes thinner where ink is bright, because what falls below 0 is cut off."""

    stem, group = "brightness", "augmentation"
    kind: Literal["RandomBrightness"] = "RandomBrightness"
    lower: float = Field(
        -0.2, ge=-1, le=0, title="Darkest", description="The largest step down while training, as a share of the range."
    )
    upper: float = Field(
        0.2, ge=0, le=1, title="Brightest", description="The largest step up while training, as a share of the range."
    )
    highest: HighestKnob = 1


class RandomContrast(Layer):
    stem, group = "contrast", "augmentation"
    kind: Literal["RandomContrast"] = "RandomContrast"
    lower: float = Field(
        0.2, ge=0, le=1, title="Less", description="How much contrast is taken away at most while training."
    )
    upper: float = Field(
        0.2, ge=0, le=1, title="More", description="How much contrast is added at most while training; 1 doubles it."
    )
    highest: HighestKnob = 1


LayerSpec = Annotated[
    Conv2D
    | MaxPooling2D
    | Flatten
    | Dense
    | Dropout
    | AveragePooling2D
    | GlobalAveragePooling2D
    | BatchNormalization
    | Activate
    | SpatialDropout2D
    | DepthwiseConv2D
    | SeparableConv2D
    | ResidualBlock
    | RandomFlip
    | RandomRotation
    | RandomTranslation
    | RandomZoom
    | RandomShear
    | RandomGaussianBlur
    | RandomBrightness
    | RandomContrast,
    Field(discriminator="kind"),
]

# By Keras's name, in the order of a menu: the five that a beginner needs first.
AUGMENTATION = (
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    RandomShear,
    RandomGaussianBlur,
    RandomBrightness,
    RandomContrast,
)
LAYER_CLASSES: dict[str, type[Layer]] = {
    cls.model_fields["kind"].default: cls
    for cls in (
        Conv2D,
        MaxPooling2D,
        Flatten,
        Dense,
        Dropout,
        AveragePooling2D,
        GlobalAveragePooling2D,
        BatchNormalization,
        Activate,
        SpatialDropout2D,
        DepthwiseConv2D,
        SeparableConv2D,
        ResidualBlock,
        *AUGMENTATION,
    )
}
BASIC_KINDS = ("Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout")
PICTURE_ONLY = (
    Conv2D,
    DepthwiseConv2D,
    SeparableConv2D,
    ResidualBlock,
    Pooling2D,
    GlobalAveragePooling2D,
    SpatialDropout2D,
)
