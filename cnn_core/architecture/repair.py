"""Finds the first problem of an architecture and repairs that each give a valid network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cnn_core.architecture.anatomy import compute_anatomy, compute_partial_anatomy, format_shape
from cnn_core.architecture.changes import CHANGES, Candidate
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import LayerProblem

_ROUNDS = 40  # more mistakes than one network has
_OF_PROBABILITIES = ("categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence")


@dataclass(frozen=True)
class Fix:
    """One fix: `code` names the kind of change, `values` are for its label, `spec` is the fixed network.

    If other problems follow, `spec` has them repaired too, and `also` is their number.
    """

    code: str
    values: dict[str, Any]
    spec: ArchitectureSpec
    also: int = 0


@dataclass(frozen=True)
class Problem:
    """The first problem of a network: layer, kind, message, and at least one repair."""

    layer: str
    code: str
    message: str
    fixes: tuple[Fix, ...]


def find_problem(spec: ArchitectureSpec, classes: int = 10, loss: str = "categorical_crossentropy") -> Problem | None:
    """The first problem with its repairs, or None for a trainable network."""
    problem = _diagnose(spec, classes, loss)
    if problem is None:
        return None
    fixes = []
    for code, values, candidate in _candidates(spec, problem, classes):
        repaired = _mend_rest(candidate, classes, loss)
        if repaired is not None:
            fixes.append(Fix(code, values, repaired[0], also=repaired[1]))
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
            "{name}: the network ends in {shape}, but there are {classes} classes; end with a Dense layer of "
            "{classes} units.",
            name=last.name,
            shape=format_shape(anatomy.output_shape),
            classes=classes,
        )
    if loss in _OF_PROBABILITIES and _final_activation(spec) != "softmax":
        return LayerProblem(
            last.name,
            "needs_softmax",
            "{name}: {loss} needs probabilities that sum to 1, but the last activation is {activation}; use softmax.",
            name=last.name,
            loss=loss,
            activation=_final_activation(spec),
        )
    return None


def _final_activation(spec: ArchitectureSpec) -> str:
    last = spec.layers[-1]
    return str(getattr(last, "activation", "linear"))


def _mend_rest(spec: ArchitectureSpec, classes: int, loss: str) -> tuple[ArchitectureSpec, int] | None:
    """Applies first repairs until the network is valid; returns it and the number of further problems."""
    for repaired in range(_ROUNDS):
        problem = _diagnose(spec, classes, loss)
        if problem is None:
            return spec, repaired
        following = next(_candidates(spec, problem, classes), None)
        if following is None:
            return None
        spec = following[2]
    return None


def _candidates(spec: ArchitectureSpec, problem: LayerProblem, classes: int) -> Iterator[Candidate]:
    """Valid local changes that remove this problem, best first."""
    index = next(i for i, layer in enumerate(spec.layers) if layer.name == problem.layer)
    for make in CHANGES[problem.code]:
        try:
            yield from (candidate for candidate in make(spec, index, classes) if _removes(problem, candidate[2]))
        except ValidationError:
            continue


def _removes(problem: LayerProblem, spec: ArchitectureSpec) -> bool:
    """Whether a change removes the problem of a layer."""
    anatomy, first = compute_partial_anatomy(spec)
    if first is None or first.layer == problem.layer:
        return first is None or first.code != problem.code
    fitting = {row.name for row in anatomy.rows}
    return problem.layer in fitting or problem.layer not in {layer.name for layer in spec.layers}
