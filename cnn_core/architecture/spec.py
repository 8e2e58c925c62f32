"""Architecture specs: layers with Keras's names and defaults, validated by pydantic.

A knob's range, default, label and help live in its field (`layers.py`); widgets, validators and docs read them there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cnn_core.architecture.layers import LAYER_TYPES, Layer, LayerSpec
from cnn_core.errors import InvalidValue
from cnn_core.plain_text import PlainName

DataFormat = Literal["channels_last", "channels_first"]


class ArchitectureSpec(BaseModel):
    """A sequential network. `input_shape` is always (height, width, channels), whatever the data format.

    Raises `pydantic.ValidationError` for fields out of range, names used twice, or no layers at all. Whether the layers
    fit together is checked by `compute_anatomy`.

    Example:
        >>> layers = [{"kind": "Conv2D", "filters": 8}, {"kind": "Flatten"}, {"kind": "Dense", "units": 10}]
        >>> ArchitectureSpec(layers=layers).input_shape
        (28, 28, 1)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: PlainName = Field("my-network", min_length=1, max_length=80)
    input_shape: tuple[
        Annotated[int, Field(ge=1, le=1024)], Annotated[int, Field(ge=1, le=1024)], Annotated[int, Field(ge=1, le=64)]
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
            counts[layer.stem] += 1
            name = layer.name
            while not name:
                candidate = f"{layer.stem}{counts[layer.stem]}"
                if candidate in taken:
                    counts[layer.stem] += 1
                else:
                    name = candidate
            taken.add(name)
            named.append(layer if layer.name else layer.model_copy(update={"name": name}))
        return tuple(named)

    @model_validator(mode="after")
    def _names_are_unique(self) -> ArchitectureSpec:
        twice = [name for name, count in Counter(layer.name for layer in self.layers).items() if count > 1]
        if twice:
            raise InvalidValue("Two layers are called {name!r}; give one of them another name.", name=twice[0])
        parts = {part for layer in self.layers for part in layer.part_names()}
        like_a_part = [layer.name for layer in self.layers if layer.name in parts]
        if like_a_part:
            raise InvalidValue(
                "{name!r} is the name of a part of a residual block; give the layer another.", name=like_a_part[0]
            )
        return self

    def with_input(self, input_shape: tuple[int, int, int]) -> ArchitectureSpec:
        """The same layers with another input shape, (height, width, channels)."""
        return self.model_copy(update={"input_shape": tuple(input_shape)})

    def with_layers(self, layers: Sequence[Layer | dict[str, Any]]) -> ArchitectureSpec:
        """The same architecture with other layers, validated; unnamed layers get names."""
        data = [layer if isinstance(layer, dict) else layer.model_dump() for layer in layers]
        return ArchitectureSpec.model_validate(self.model_dump() | {"layers": data})

    def replace_layer(self, name: str, /, **changes: object) -> ArchitectureSpec:
        """The same architecture with fields of one layer changed and validated."""
        return self.with_layers([x.model_dump() | changes if x.name == name else x for x in self.layers])

    def insert_layer(self, index: int, kind: str, **fields: object) -> ArchitectureSpec:
        """The same network with a new layer of Keras's name `kind` at `index`."""
        new = LAYER_TYPES[kind].model_validate(fields)
        return self.with_layers([*self.layers[:index], new, *self.layers[index:]])

    def remove_layer(self, name: str) -> ArchitectureSpec:
        """The same architecture without one layer; removing the only one raises `pydantic.ValidationError`."""
        return self.with_layers([layer for layer in self.layers if layer.name != name])

    def move_layer(self, name: str, to: int) -> ArchitectureSpec:
        """The same network with one layer at another index."""
        rest = [layer for layer in self.layers if layer.name != name]
        moved = [layer for layer in self.layers if layer.name == name]
        return self.with_layers([*rest[:to], *moved, *rest[to:]])

    def duplicate_layer(self, name: str) -> ArchitectureSpec:
        """The same architecture with a copy of a layer after it, under a new name."""
        index = next(i for i, layer in enumerate(self.layers) if layer.name == name)
        copy = self.layers[index].model_dump() | {"name": ""}
        return self.with_layers([*self.layers[: index + 1], copy, *self.layers[index + 1 :]])
