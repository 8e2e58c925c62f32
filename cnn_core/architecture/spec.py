"""What a network is, as plain data: layers with Keras's names and defaults, checked by pydantic.

A knob's range, default, label and help live in its field; widgets, validators and docs read them there.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Padding = Literal["valid", "same"]
Activation = Literal["linear", "relu", "tanh", "sigmoid", "softmax"]
DataFormat = Literal["channels_last", "channels_first"]

ACTIVATION_HELP = "What is applied to each output value: relu keeps the positive part, softmax makes them sum to 1."
PADDING_HELP = "valid: the window stays inside the picture, which shrinks. same: zeros around it keep the size."


class _Layer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        "", title="Name", pattern=r"^[A-Za-z0-9_]{0,40}$", description="Unique; filled in when left empty."
    )


class Conv2D(_Layer):
    kind: Literal["Conv2D"] = "Conv2D"
    filters: int = Field(
        32, ge=1, le=1024, title="Filters", description="How many kernels slide over the input; one map each."
    )
    kernel_size: int = Field(
        3, ge=1, le=31, title="Kernel size", description="Height and width of the sliding window, in pixels."
    )
    strides: int = Field(1, ge=1, le=16, title="Strides", description="How far the window moves each time.")
    padding: Padding = Field("valid", title="Padding", description=PADDING_HELP)
    activation: Activation = Field("linear", title="Activation", description=ACTIVATION_HELP)


class _Pooling2D(_Layer):
    pool_size: int = Field(2, ge=1, le=16, title="Pool size", description="Side of the pooling window.")
    strides: int | None = Field(
        None, ge=1, le=16, title="Strides", description="How far the window moves; empty means the pool size."
    )
    padding: Padding = Field("valid", title="Padding", description=PADDING_HELP)

    @property
    def step(self) -> int:
        return self.strides or self.pool_size


class MaxPooling2D(_Pooling2D):
    kind: Literal["MaxPooling2D"] = "MaxPooling2D"


class AveragePooling2D(_Pooling2D):
    kind: Literal["AveragePooling2D"] = "AveragePooling2D"


class Activate(_Layer):
    """Keras's `Activation` layer: an activation as a layer of its own."""

    kind: Literal["Activation"] = "Activation"
    activation: Activation = Field("relu", title="Activation", description=ACTIVATION_HELP)


class Dropout(_Layer):
    kind: Literal["Dropout"] = "Dropout"
    rate: float = Field(
        0.5,
        ge=0,
        lt=1,
        title="Rate",
        description="Share of values set to zero while training, against overfitting.",
    )


class Flatten(_Layer):
    kind: Literal["Flatten"] = "Flatten"


class Dense(_Layer):
    kind: Literal["Dense"] = "Dense"
    units: int = Field(64, ge=1, le=8192, title="Units", description="Outputs, each a weighted sum of all inputs.")
    activation: Activation = Field("linear", title="Activation", description=ACTIVATION_HELP)


LayerSpec = Annotated[
    Conv2D | MaxPooling2D | AveragePooling2D | Activate | Dropout | Flatten | Dense,
    Field(discriminator="kind"),
]

_NAME_STEMS = {
    "Conv2D": "conv",
    "MaxPooling2D": "pool",
    "AveragePooling2D": "pool",
    "Activation": "act",
    "Dropout": "dropout",
    "Flatten": "flatten",
    "Dense": "dense",
}


class ArchitectureSpec(BaseModel):
    """A sequential network. `input_shape` is always (height, width, channels), whatever the data format.

    Raises `pydantic.ValidationError` for fields out of range, names used twice, or no layers at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = Field("my-network", min_length=1, max_length=80)
    input_shape: tuple[
        Annotated[int, Field(ge=1, le=1024)],
        Annotated[int, Field(ge=1, le=1024)],
        Annotated[int, Field(ge=1, le=64)],
    ] = (28, 28, 1)
    data_format: DataFormat = Field(
        "channels_last",
        title="Data format",
        description="Where the channel axis stands: (28, 28, 1) is channels_last, (1, 28, 28) channels_first.",
    )
    layers: tuple[LayerSpec, ...] = Field(min_length=1, max_length=200)

    @field_validator("layers")
    @classmethod
    def _name_the_nameless(cls, layers: tuple[LayerSpec, ...]) -> tuple[LayerSpec, ...]:
        taken = {layer.name for layer in layers if layer.name}
        counts: Counter[str] = Counter()
        named = []
        for layer in layers:
            stem = _NAME_STEMS[layer.kind]
            counts[stem] += 1
            name = layer.name
            while not name:
                candidate = f"{stem}{counts[stem]}"
                if candidate in taken:
                    counts[stem] += 1
                else:
                    name = candidate
            taken.add(name)
            named.append(layer if layer.name else layer.model_copy(update={"name": name}))
        return tuple(named)

    @model_validator(mode="after")
    def _names_are_unique(self) -> ArchitectureSpec:
        twice = [name for name, count in Counter(layer.name for layer in self.layers).items() if count > 1]
        if twice:
            raise ValueError(f"Two layers are called {twice[0]!r}; give one of them another name.")
        return self

    def with_input(self, input_shape: tuple[int, int, int]) -> ArchitectureSpec:
        """The same layers on pictures of another size, (height, width, channels)."""
        return self.model_copy(update={"input_shape": tuple(input_shape)})

    def replace_layer(self, name: str, **changes: object) -> ArchitectureSpec:
        """The same network with fields of one layer changed and validated anew."""
        layers = [layer.model_dump() | changes if layer.name == name else layer.model_dump() for layer in self.layers]
        return ArchitectureSpec.model_validate(self.model_dump() | {"layers": layers})
