"""What is wrong with an architecture, in a sentence, and changes that mend it: each offered gives a valid network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cnn_core.architecture.anatomy import compute_anatomy, compute_partial_anatomy, format_shape
from cnn_core.architecture.layers import (
    AUGMENTATION,
    Activate,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    Pooling2D,
)
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import LayerProblem

_ROUNDS = 40  # more mistakes than one network has
_UNITS_AT_MOST = 1024


@dataclass(frozen=True)
class Fix:
    """One way out: `code` names the kind of change, `values` what its label needs, `spec` is the mended network.

    Where other mistakes stood behind this one, `spec` has them mended too and `also` says how many.
    """

    code: str
    values: dict[str, Any]
    spec: ArchitectureSpec
    also: int = 0


@dataclass(frozen=True)
class Problem:
    """The first mistake of a network: which layer, which kind, the sentence, and one or more fixes."""

    layer: str
    code: str
    message: str
    fixes: tuple[Fix, ...]


def find_problem(spec: ArchitectureSpec, classes: int = 10, loss: str = "categorical_crossentropy") -> Problem | None:
    """The first mistake with its fixes, or None for a network that can be trained."""
    problem = _diagnose(spec, classes, loss)
    if problem is None:
        return None
    fixes = []
    for code, values, candidate in _candidates(spec, problem, classes):
        mended = _mend_rest(candidate, classes, loss)
        if mended is not None:
            fixes.append(Fix(code, values, mended[0], also=mended[1]))
    return Problem(problem.layer, problem.code, str(problem), tuple(fixes))


def check(spec: ArchitectureSpec, classes: int, loss: str) -> None:
    """Raises `LayerProblem` for a network that can't be trained on that many classes with that loss."""
    problem = _diagnose(spec, classes, loss)
    if problem is not None:
        raise problem


def _diagnose(spec: ArchitectureSpec, classes: int, loss: str) -> LayerProblem | None:
    try:
        anatomy = compute_anatomy(spec)
    except LayerProblem as problem:
        return problem
    last = spec.layers[-1]
    if anatomy.output_shape != (classes,):
        return LayerProblem(
            last.name,
            "wrong_outputs",
            f"{last.name}: the network ends in {format_shape(anatomy.output_shape)}, but there are {classes} classes; "
            f"end with a Dense layer of {classes} units.",
        )
    if loss == "categorical_crossentropy" and _final_activation(spec) != "softmax":
        return LayerProblem(
            last.name,
            "needs_softmax",
            f"{last.name}: categorical_crossentropy needs probabilities that sum to 1, but the last activation is "
            f"{_final_activation(spec)}; use softmax.",
        )
    return None


def _final_activation(spec: ArchitectureSpec) -> str:
    last = spec.layers[-1]
    return str(getattr(last, "activation", "linear"))


def _mend_rest(spec: ArchitectureSpec, classes: int, loss: str) -> tuple[ArchitectureSpec, int] | None:
    """Takes the first fix that leads on, until nothing is wrong; the network and how many more mistakes there were."""
    for mended in range(_ROUNDS):
        problem = _diagnose(spec, classes, loss)
        if problem is None:
            return spec, mended
        following = next(_candidates(spec, problem, classes), None)
        if following is None:
            return None
        spec = following[2]
    return None


Candidate = tuple[str, dict[str, Any], ArchitectureSpec]


def _candidates(spec: ArchitectureSpec, problem: LayerProblem, classes: int) -> Iterator[Candidate]:
    """Local changes that remove this one mistake, best first; what pydantic refuses is left out."""
    index = next(i for i, layer in enumerate(spec.layers) if layer.name == problem.layer)
    for make in _REPAIRS[problem.code]:
        try:
            yield from (candidate for candidate in make(spec, index, classes) if _removes(problem, candidate[2]))
        except ValidationError:
            continue


def _removes(problem: LayerProblem, spec: ArchitectureSpec) -> bool:
    """Whether the layer is gone, fits now, or at least has another mistake than before."""
    anatomy, first = compute_partial_anatomy(spec)
    if first is None or first.layer == problem.layer:
        return first is None or first.code != problem.code
    fitting = {row.name for row in anatomy.rows}
    return problem.layer in fitting or problem.layer not in {layer.name for layer in spec.layers}


def _shrink_window(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    layer, side = spec.layers[index], _input_side(spec, index)
    field = "pool_size" if isinstance(layer, Pooling2D) else "kernel_size"
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


def _insert_before(kind: str) -> Callable[..., Iterator[Candidate]]:
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
    place = next(i for i, layer in enumerate(spec.layers) if not isinstance(layer, AUGMENTATION))
    yield "move", {"layer": name, "other": spec.layers[place].name}, spec.move_layer(name, place)


def _set(**changes: Any) -> Callable[..., Iterator[Candidate]]:
    def repair(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
        name = spec.layers[index].name
        for field, value in changes.items():
            yield "set", {"layer": name, "field": field, "value": value}, spec.replace_layer(name, **changes)

    return repair


def _fewer_units(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    layer = spec.layers[index]
    field = "units" if isinstance(layer, Dense) else "filters"
    value = getattr(layer, field, 0)
    while value > 1:
        value //= 2
        smaller = spec.replace_layer(layer.name, **{field: value})
        if value <= _UNITS_AT_MOST and _problem_code(smaller, layer.name) != "too_large":
            yield "set", {"layer": layer.name, "field": field, "value": value}, smaller
            return


def _pool_before_flatten(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    flat = next((i for i, layer in enumerate(spec.layers[:index]) if isinstance(layer, Flatten)), None)
    if flat is not None:
        name = spec.layers[flat].name
        pooled = spec.with_layers([*spec.layers[:flat], {"kind": "GlobalAveragePooling2D"}, *spec.layers[flat + 1 :]])
        yield "replace", {"layer": name, "kind": "GlobalAveragePooling2D"}, pooled


def _end_with_classes(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    last = spec.layers[-1]
    if isinstance(last, Dense):
        changed = spec.replace_layer(last.name, units=classes)
        yield "set", {"layer": last.name, "field": "units", "value": classes}, changed
    if len(compute_anatomy(spec).output_shape) == 3:
        ending: list[Layer | dict[str, Any]] = [*spec.layers, {"kind": "Flatten"}]
    else:
        ending = [*spec.layers]
    new = {"kind": "Dense", "units": classes, "activation": "softmax"}
    yield "append", {"kind": "Dense", "units": classes}, spec.with_layers([*ending, new])


def _softmax(spec: ArchitectureSpec, index: int, classes: int) -> Iterator[Candidate]:
    last = spec.layers[-1]
    if isinstance(last, (Dense, Activate)):
        changed = spec.replace_layer(last.name, activation="softmax")
        yield "set", {"layer": last.name, "field": "activation", "value": "softmax"}, changed
    added = spec.with_layers([*spec.layers, {"kind": "Activation", "activation": "softmax"}])
    yield "append", {"kind": "Activation"}, added


_REPAIRS: dict[str, tuple[Callable[..., Iterator[Candidate]], ...]] = {
    "window_too_large": (_pad, _shrink_window, _remove_pooling_before, _remove),
    "strides_and_dilation": (_set(dilation_rate=1), _set(strides=1)),
    "needs_flatten": (_insert_before("Flatten"), _insert_before("GlobalAveragePooling2D")),
    "needs_picture": (_move_before_flattening, _remove),
    "augmentation_late": (_move_to_front, _remove),
    "too_large": (_pool_before_flatten, _insert_before("MaxPooling2D"), _fewer_units, _remove),
    "wrong_outputs": (_end_with_classes,),
    "needs_softmax": (_softmax,),
}


def _rows_before(spec: ArchitectureSpec, index: int) -> tuple[Any, ...]:
    return compute_anatomy(spec.with_layers(spec.layers[:index])).rows if index else ()


def _input_side(spec: ArchitectureSpec, index: int) -> int:
    rows = _rows_before(spec, index)
    return min((rows[-1].output_shape if rows else spec.input_shape)[:2])


def _problem_code(spec: ArchitectureSpec, name: str) -> str:
    try:
        compute_anatomy(spec)
    except LayerProblem as problem:
        return problem.code if problem.layer == name else ""
    return ""
