"""Shapes, parameters, costs and receptive fields of a network, computed from its spec alone, without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from cnn_core.architecture.layers import RandomAugmentation
from cnn_core.architecture.layers.cost import Shape
from cnn_core.architecture.limits import BYTES_PER_VALUE, check_size
from cnn_core.architecture.receptive_field import ReceptiveField
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import LayerProblem


@dataclass(frozen=True)
class LayerAnatomy:
    """Shape, parameters, cost and receptive field of one layer.

    `output_shape` is (height, width, channels) or (units,), without the batch axis and always channels last.
    `arithmetic` spells `parameters` out, and is empty for a layer that has none. `macs` are per image.
    `receptive_field` is the side of the square of input pixels that one output value can see (more than the input has
    where edges cut it off), `stride` how many input pixels lie between neighbors; both None where all pixels are seen.
    """

    name: str
    kind: str
    input_shape: Shape
    output_shape: Shape
    parameters: int
    non_trainable: int
    arithmetic: str
    macs: int
    receptive_field: int | None
    stride: int | None

    @property
    def activation_bytes(self) -> int:
        """Memory of this layer's output for one image."""
        return prod(self.output_shape) * BYTES_PER_VALUE


@dataclass(frozen=True)
class Anatomy:
    rows: tuple[LayerAnatomy, ...]

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiplications for one image."""
        return sum(row.macs for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Memory of all layers' outputs for one image, as training keeps them."""
        return sum(row.activation_bytes for row in self.rows)

    @property
    def output_shape(self) -> Shape:
        return self.rows[-1].output_shape


def compute_anatomy(spec: ArchitectureSpec) -> Anatomy:
    """Shapes, parameters, MACs and receptive fields of every layer.

    Example:
        >>> compute_anatomy(find_recipe("R2").experiment.architecture).rows[0].output_shape
        (26, 26, 32)

    Raises `LayerProblem` (a `SpecError`) with the first layer that does not fit, and a repair in the sentence.
    """
    anatomy, problem = compute_partial_anatomy(spec)
    if problem is not None:
        raise problem
    return anatomy


def compute_partial_anatomy(spec: ArchitectureSpec) -> tuple[Anatomy, LayerProblem | None]:
    """Anatomy up to the first layer that does not fit, and its problem (None if all fit)."""
    shape: Shape = spec.input_shape
    field, sees_all = ReceptiveField.of_input(), False
    parameters = activation_bytes = 0
    rows: list[LayerAnatomy] = []
    for index, layer in enumerate(spec.layers):
        try:
            _check_place(spec, index, shape)
            cost = layer.measure((shape,))
            check_size(layer, cost, parameters, activation_bytes)
        except LayerProblem as problem:
            return Anatomy(tuple(rows)), problem
        for window, strides in cost.windows:
            field = field.slide(window, strides)
        sees_all = sees_all or cost.sees_all
        rows.append(
            LayerAnatomy(
                name=layer.name,
                kind=layer.kind_name(),
                input_shape=shape,
                output_shape=cost.shape,
                parameters=cost.parameters,
                non_trainable=cost.non_trainable,
                arithmetic=f"{cost.arithmetic} = {cost.parameters:,}" if cost.parameters else "",
                macs=cost.macs,
                receptive_field=None if sees_all else max(field.size),
                stride=None if sees_all else int(field.step.max()),
            )
        )
        shape = cost.shape
        parameters += cost.parameters
        activation_bytes += rows[-1].activation_bytes
    return Anatomy(tuple(rows)), None


def format_shape(shape: Shape, data_format: str = "channels_last") -> str:
    """A shape as Keras prints it for that data format: (28, 28, 1), or (1, 28, 28) with channels first."""
    if data_format == "channels_first" and len(shape) == 3:
        shape = (shape[2], shape[0], shape[1])
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _check_place(spec: ArchitectureSpec, index: int, shape: Shape) -> None:
    layer = spec.layers[index]
    if layer.traits.takes == "maps" and len(shape) != 3:
        raise LayerProblem(
            layer.name,
            "needs_picture",
            "{name}: {kind} works on pictures, but its input is a flat row of {count:,} numbers; move it "
            "before the Flatten layer, or remove it.",
            name=layer.name,
            kind=layer.kind_name(),
            count=shape[0],
        )
    if layer.traits.takes == "units" and len(shape) != 1:
        raise LayerProblem(
            layer.name,
            "needs_flatten",
            "{name}: a Dense layer needs one row of numbers, but its input is {shape}; put a Flatten layer before it.",
            name=layer.name,
            shape=format_shape(shape),
        )
    before = spec.layers[:index]
    if isinstance(layer, RandomAugmentation) and not all(isinstance(x, RandomAugmentation) for x in before):
        raise LayerProblem(
            layer.name,
            "augmentation_late",
            "{name}: {kind} changes the pictures while training, so it stands before all other layers.",
            name=layer.name,
            kind=layer.kind_name(),
        )
