"""What a valid network is warned about: it can be trained, but will learn badly. Each warning has repairs."""

from __future__ import annotations

from collections.abc import Iterator

from cnn_core.architecture.layers import Activate, Dense, Layer
from cnn_core.architecture.repair import Fix, Problem
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import LayerProblem

_SOFTMAX, _SIGMOID = "softmax", "sigmoid"


def find_advice(spec: ArchitectureSpec, classes: int = 10) -> tuple[Problem, ...]:
    """Warnings about a network that `find_problem` accepts, in the order of its layers.

    Example:
        >>> [warning.code for warning in find_advice(spec_with_two_softmaxes)]
        ['double_softmax']
    """
    return (*_find_double_softmax(spec), *_find_sigmoid_output(spec, classes))


def _find_double_softmax(spec: ArchitectureSpec) -> Iterator[Problem]:
    """A softmax before the last one leaves it only values of 0 to 1, so that its probabilities stay nearly equal."""
    *hidden, last = spec.layers
    if _activation(last) != _SOFTMAX:
        return
    for place, layer in enumerate(hidden):
        if _activation(layer) != _SOFTMAX:
            continue
        message = LayerProblem(
            layer.name,
            "double_softmax",
            "{name}: its softmax comes before the softmax of {last}, which then gets values of 0 to 1 only and learns "
            "very slowly; keep the last softmax alone.",
            name=layer.name,
            last=last.name,
        )
        yield Problem(layer.name, message.code, str(message), tuple(_remove_softmax(spec, place)))


def _remove_softmax(spec: ArchitectureSpec, place: int) -> Iterator[Fix]:
    layer = spec.layers[place]
    if isinstance(layer, Activate):
        yield Fix("remove", {"layer": layer.name}, spec.remove_layer(layer.name))
    feeds_the_last = all(isinstance(after, Activate) for after in spec.layers[place + 1 :])
    value = "linear" if feeds_the_last else "relu"
    values = {"layer": layer.name, "field": "activation", "value": value}
    yield Fix("set", values, spec.replace_layer(layer.name, activation=value))


def _find_sigmoid_output(spec: ArchitectureSpec, classes: int) -> Iterator[Problem]:
    """Only with the loss mse: the others are refused without softmax."""
    last = spec.layers[-1]
    units = next((layer.units for layer in reversed(spec.layers) if isinstance(layer, Dense)), 0)
    if _activation(last) != _SIGMOID or units != classes:
        return
    message = LayerProblem(
        last.name,
        "sigmoid_output",
        "{name}: with sigmoid each of the {classes} outputs is a probability of its own, and they do not sum to 1; "
        "use softmax, as each image belongs to one class.",
        name=last.name,
        classes=classes,
    )
    values = {"layer": last.name, "field": "activation", "value": _SOFTMAX}
    fix = Fix("set", values, spec.replace_layer(last.name, activation=_SOFTMAX))
    yield Problem(last.name, message.code, str(message), (fix,))


def _activation(layer: Layer) -> str:
    return str(getattr(layer, "activation", ""))
