"""The base class of layer types, and their registry.

A layer type is one class: its fields are Keras's arguments with Keras's defaults, its class variables and methods are
everything else that the application needs to know about it. A class outside this package is added with

    @register_layer
    class Scaling(Layer): ...

and can then be used in specs, on every page, in exported code and on the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, ValidationInfo
from pydantic_core import PydanticCustomError

from cnn_core.architecture.layers.cost import LayerCost, Shape
from cnn_core.architecture.layers.parts import Parts
from cnn_core.architecture.layers.traits import Traits, register_traits

if TYPE_CHECKING:
    import keras

# What Keras takes for an argument that is left out and that no field holds.
_KERAS_DEFAULTS: dict[str, Any] = {"data_format": "channels_last", "axis": -1, "fill_mode": "reflect"}


class Layer(BaseModel):
    """A layer of an architecture. Subclasses declare `kind: Literal["KerasClass"] = "KerasClass"` and their fields.

    stem: begins the names of layers that are given none. group: the section of a menu, and the color of a diagram.
    traits: what it computes, see `Traits`. positional: the arguments that exported code gives by position.
    takes_data_format: whether Keras's class has a `data_format`. is_basic: among the first that a beginner is offered.
    is_timed: its training time follows from its multiplications and parameters. on_insert: fields of a new layer in
    Design that differ from Keras's defaults. is_block: made of several Keras layers. about: a sentence for its menu
    entry, for types that the message catalog does not know.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    stem: ClassVar[str] = ""
    group: ClassVar[str] = ""
    traits: ClassVar[Traits] = Traits()
    positional: ClassVar[tuple[str, ...]] = ()
    takes_data_format: ClassVar[bool] = False
    is_basic: ClassVar[bool] = False
    is_timed: ClassVar[bool] = False
    is_block: ClassVar[bool] = False
    on_insert: ClassVar[dict[str, Any]] = {}

    name: str = Field(
        "", title="Name", pattern=r"^[A-Za-z0-9_]{0,40}$", description="Unique; filled in when left empty."
    )

    @classmethod
    def kind_name(cls) -> str:
        """The name of the layer type, which is that of Keras's class."""
        return str(cls.model_fields["kind"].default)

    @property
    def label(self) -> str:
        """A short name for diagrams."""
        return self.kind_name().removesuffix("2D")

    @property
    def window_size(self) -> int | None:
        """The side of its sliding window as Keras names it, without the gaps of a dilation; None without a window."""
        value: int | None = getattr(self, self.traits.window) if self.traits.window else None
        return value

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        """The cost for inputs of these shapes, one per input. Raises `LayerProblem` where they do not fit."""
        return LayerCost(shape=shapes[0])

    def split_parameters(self, shape: Shape) -> Parts | None:
        """The parameters as groups to count, for an input of this shape; None without parameters or a formula."""
        return None

    def arguments(self, data_format: str) -> dict[str, Any]:
        """Keyword arguments of the Keras class; an L2 factor stays a number."""
        arguments = self.model_dump(exclude={"kind"})
        if self.takes_data_format:
            arguments["data_format"] = data_format
        return arguments

    def build(self, data_format: str, dtype: str | None = None) -> keras.layers.Layer:
        """The Keras layer, not yet built for an input."""
        import keras

        arguments = self.arguments(data_format)
        if dtype:
            arguments["dtype"] = dtype
        l2 = arguments.pop("l2", 0)
        if l2:
            arguments["kernel_regularizer"] = keras.regularizers.L2(l2)
        return self.keras_class()(**arguments)

    def keras_class(self) -> type[keras.layers.Layer]:
        """The class that `build` calls."""
        import keras

        found: type[keras.layers.Layer] = getattr(keras.layers, self.kind_name())
        return found

    def connect(self, inputs: Any, shape: Shape, data_format: str, dtype: str | None = None) -> Any:
        """The symbolic output for a symbolic input of this shape (without the batch axis, channels last)."""
        return self.build(data_format, dtype)(inputs)

    def write(self, data_format: str) -> str:
        """Python source of the layer: `layers.Conv2D(32, 3, activation="relu", name="conv1")`."""
        arguments = self.arguments(data_format)
        given = [repr_value(arguments.pop(name)) for name in self.positional]
        name = arguments.pop("name")
        l2 = arguments.pop("l2", 0)
        for key, value in arguments.items():
            field = type(self).model_fields.get(key)
            default = field.default if field else _KERAS_DEFAULTS.get(key)
            if value != default:
                given.append(f"{key}={repr_value(value)}")
        if l2:
            given.append(f"kernel_regularizer=keras.regularizers.L2({l2!r})")
        return f"{self.source_name()}({', '.join([*given, f'name={repr_value(name)}'])})"

    def source_name(self) -> str:
        """The Keras class as exported code names it, where `layers` is `keras.layers`."""
        return self.keras_class().__name__ if self._has_own_class() else f"layers.{self.kind_name()}"

    def write_imports(self) -> list[str]:
        """Lines of Python that exported code needs before `write`: the import of a class that is not in Keras."""
        if not self._has_own_class():
            return []
        found = self.keras_class()
        return [f"from {found.__module__} import {found.__name__}"]

    def _has_own_class(self) -> bool:
        return type(self).keras_class is not Layer.keras_class

    def write_block(self, shape: Shape, data_format: str) -> list[str]:
        """Lines of Python that turn `x` into the layer's output, for the functional API."""
        return [f"x = {self.write(data_format)}(x)"]

    def part_names(self) -> tuple[str, ...]:
        """Names of the Keras layers that a block is made of; empty for a layer that is one itself."""
        return ()


def repr_value(value: object) -> str:
    """Python source of a plain value, strings in double quotes."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


# Layer types by name, in the order of a menu.
LAYER_TYPES: dict[str, type[Layer]] = {}
LayerType = TypeVar("LayerType", bound=type[Layer])


def register_layer(layer_type: LayerType) -> LayerType:
    """Decorator that registers a layer type under its `kind`; a later registration replaces an earlier one."""
    kind = layer_type.kind_name()
    LAYER_TYPES[kind] = layer_type
    register_traits(kind, layer_type.traits)
    return layer_type


# A validation context: fields that a layer type does not know are left out instead of refused, as for files of a run.
IGNORE_UNKNOWN = {"unknown_fields": "ignore"}


def _parse(value: object, info: ValidationInfo) -> object:
    """A mapping with a `kind` → a layer of the registered type."""
    if isinstance(value, Layer) or not isinstance(value, dict):
        return value
    kind = value.get("kind")
    if kind is None:
        raise PydanticCustomError("missing", "Unable to extract tag using discriminator 'kind'")
    if kind not in LAYER_TYPES:
        known = ", ".join(f"'{name}'" for name in LAYER_TYPES)
        raise PydanticCustomError(
            "union_tag_invalid",
            "Input tag '{tag}' found using 'kind' does not match any of the expected tags: {known}",
            {"tag": str(kind), "known": known},
        )
    ignores = bool(info.context) and info.context == IGNORE_UNKNOWN
    return LAYER_TYPES[kind].model_validate(value, extra="ignore" if ignores else None)


LayerSpec = Annotated[SerializeAsAny[Layer], BeforeValidator(_parse)]
