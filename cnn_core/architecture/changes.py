"""Local changes that remove one kind of problem, best first; `repair` validates them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cnn_core.architecture.anatomy import LayerAnatomy, compute_anatomy, compute_partial_anatomy
from cnn_core.architecture.layers import (
    Activate,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
    Pooling2D,
    RandomAugmentation,
)
from cnn_core.architecture.spec import ArchitectureSpec

# The kind of change, what its label needs, and the changed network.
Candidate = tuple[str, dict[str, Any], ArchitectureSpec]
Change = Callable[[ArchitectureSpec, int, int], Iterator[Candidate]]  # of the network, the layer's index, the classes

_UNITS_AT_MOST = 1024
_TOO_BIG = ("too_large", "too_much_memory")


def _shrink_window(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    layer, side = spec.layers[index], _input_side(spec, index)
    field = layer.traits.window
    reach = max(1, (side - 1) // getattr(layer, "dilation_rate", 1) + 1)
    odd = reach if reach % 2 or field == "pool_size" else reach - 1
    yield "shrink", {"layer": layer.name, "field": field, "size": odd}, spec.replace_layer(layer.name, **{field: odd})


def _pad(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    name = spec.layers[index].name
    yield "pad", {"layer": name}, spec.replace_layer(name, padding="same")


def _remove_pooling_before(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    pools = [layer for layer in spec.layers[:index] if isinstance(layer, Pooling2D)]
    if pools:
        yield "remove", {"layer": pools[-1].name}, spec.remove_layer(pools[-1].name)


def _remove(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    name = spec.layers[index].name
    yield "remove", {"layer": name}, spec.remove_layer(name)


def _insert_before(layer_type: type[Layer]) -> Change:
    kind = layer_type.kind_name()

    def repair(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
        name = spec.layers[index].name
        yield "insert", {"kind": kind, "layer": name}, spec.insert_layer(index, kind)

    return repair


def _move_before_flattening(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    name = spec.layers[index].name
    if isinstance(spec.layers[index], GlobalAveragePooling2D):
        return  # it would only change places with what flattens now
    first_flat = next(i for i, row in enumerate(_rows_before(spec, index)) if len(row.output_shape) == 1)
    yield "move", {"layer": name, "other": spec.layers[first_flat].name}, spec.move_layer(name, first_flat)


def _move_to_front(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    name = spec.layers[index].name
    place = next(i for i, layer in enumerate(spec.layers) if not isinstance(layer, RandomAugmentation))
    yield "move", {"layer": name, "other": spec.layers[place].name}, spec.move_layer(name, place)


def _set(**changes: Any) -> Change:
    def repair(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
        name = spec.layers[index].name
        for field, value in changes.items():
            yield "set", {"layer": name, "field": field, "value": value}, spec.replace_layer(name, **changes)

    return repair


def _fewer_units(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    """Half, a quarter, … of this layer's filters or units, or of those of the largest layer before it."""
    rows = _rows_before(spec, index)
    wide = [i for i in range(index) if _width_field(spec.layers[i])]
    largest = max(wide, key=lambda i: (rows[i].activation_bytes, rows[i].parameters), default=index)
    for layer in {x.name: x for x in (spec.layers[index], spec.layers[largest])}.values():
        field = _width_field(layer)
        value = getattr(layer, field, 0)
        while value > 1:
            value //= 2
            smaller = spec.replace_layer(layer.name, **{field: value})
            if value <= _UNITS_AT_MOST and not _is_too_big(smaller):
                yield "set", {"layer": layer.name, "field": field, "value": value}, smaller
                break


def _narrow(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    """Half, a quarter, … of the filters and units of all layers, but not fewer than there are classes."""

    def divide(layer: Layer, factor: int) -> dict[str, Any]:
        field = _width_field(layer)
        width = getattr(layer, field, 0)
        least = 1 if field == "depth_multiplier" else min(width, classes)
        return layer.model_dump() | ({field: max(width // factor, least)} if field else {})

    for factor in (2**n for n in range(1, 14)):  # as many halves as the widest layer, 8192 units, has
        narrower = spec.with_layers([divide(layer, factor) for layer in spec.layers])
        if not _is_too_big(narrower):
            yield "narrow", {"factor": factor}, narrower
            return


def _width_field(layer: Layer) -> str:
    return next((name for name in ("filters", "units", "depth_multiplier") if hasattr(layer, name)), "")


def _is_too_big(spec: ArchitectureSpec) -> bool:
    problem = compute_partial_anatomy(spec)[1]
    return problem is not None and problem.code in _TOO_BIG


def _pool_before_largest(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    """Pooling before this layer, or before the largest image that the layers before it make."""
    rows = _rows_before(spec, index)
    pictures = [i for i in range(index) if len(rows[i].output_shape) == 3]
    largest = max(pictures, key=lambda i: rows[i].activation_bytes, default=index)
    for place in dict.fromkeys((index, largest)):
        yield from _insert_before(MaxPooling2D)(spec, place, classes)


def _pool_before_flatten(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    flat = next((i for i, layer in enumerate(spec.layers[:index]) if isinstance(layer, Flatten)), None)
    if flat is not None:
        name = spec.layers[flat].name
        pooled = spec.with_layers([*spec.layers[:flat], GlobalAveragePooling2D(), *spec.layers[flat + 1 :]])
        yield "replace", {"layer": name, "kind": GlobalAveragePooling2D.kind_name()}, pooled


def _end_with_classes(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    last = spec.layers[-1]
    if isinstance(last, Dense):
        changed = spec.replace_layer(last.name, units=classes)
        yield "set", {"layer": last.name, "field": "units", "value": classes}, changed
    if len(compute_anatomy(spec).output_shape) == 3:
        ending: list[Layer] = [*spec.layers, Flatten()]
    else:
        ending = [*spec.layers]
    changed = spec.with_layers([*ending, Dense(units=classes, activation="softmax")])
    yield "append", {"kind": Dense.kind_name(), "units": classes}, changed


def _softmax(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    last = spec.layers[-1]
    if isinstance(last, (Dense, Activate)):
        changed = spec.replace_layer(last.name, activation="softmax")
        yield "set", {"layer": last.name, "field": "activation", "value": "softmax"}, changed
    added = spec.with_layers([*spec.layers, Activate(activation="softmax")])
    yield "append", {"kind": Activate.kind_name()}, added


CHANGES: dict[str, tuple[Change, ...]] = {
    "window_too_large": (_pad, _shrink_window, _remove_pooling_before, _remove),
    "strides_and_dilation": (_set(dilation_rate=1), _set(strides=1)),
    "needs_flatten": (_insert_before(Flatten), _insert_before(GlobalAveragePooling2D)),
    "needs_picture": (_move_before_flattening, _remove),
    "augmentation_late": (_move_to_front, _remove),
    "too_large": (_pool_before_flatten, _insert_before(MaxPooling2D), _fewer_units, _narrow, _remove),
    "too_much_memory": (_pool_before_largest, _fewer_units, _narrow, _remove),
    "wrong_outputs": (_end_with_classes,),
    "needs_softmax": (_softmax,),
}


def _rows_before(spec: ArchitectureSpec, index: int) -> tuple[LayerAnatomy, ...]:
    return compute_anatomy(spec.with_layers(spec.layers[:index])).rows if index else ()


def _input_side(spec: ArchitectureSpec, index: int) -> int:
    rows = _rows_before(spec, index)
    return min((rows[-1].output_shape if rows else spec.input_shape)[:2])
