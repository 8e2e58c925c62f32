"""Searchable parameters of an experiment, addressed by paths such as `training.learning_rate`.

`training.optimizer.kind`, `training.optimizer.momentum`, `architecture.data_format` and
`architecture.layers.conv1.filters` are others. Title, help, range and options are read from the pydantic field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from cnn_core.architecture.layers import Activate, Dense
from cnn_core.architecture.repair import check
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import SpecError, explain_validation
from cnn_core.experiment import Experiment

Value = bool | int | float | str | None
Values = Mapping[str, Value]
Group = Literal["architecture", "training"]

# The sweep itself sets the first two; the best of several seeds would be luck and no setting.
_OF_THE_SWEEP = ("epochs", "validation_split", "seed")
_NO_KNOBS = ("version", "name", "kind", "highest")  # `highest` follows from the input scaling
_LAYERS = "architecture.layers."


@dataclass(frozen=True)
class KnobInfo:
    """One knob of an experiment. `owner` is the layer or the kind that it belongs to, empty for a plain setting.

    `options` are all values of a choice. A number has `low` and `high` instead (None: no end), which themselves are
    allowed unless `low_open` or `high_open`; `whole` ones are integers. `value` is where the experiment has it.
    """

    path: str
    group: Group
    owner: str
    title: str
    description: str
    value: Value
    field: FieldInfo
    options: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    whole: bool = False

    @property
    def label(self) -> str:
        """ "conv1 · Filters"."""
        return f"{self.owner} · {self.title}" if self.owner else self.title

    def check(self, value: Value) -> None:
        """Raises `SpecError` where the field alone already refuses a value."""
        if self.options:
            if value not in self.options:
                known = ", ".join(map(str, self.options))
                raise SpecError(
                    "{path}: {value!r} is none of its values. They are: {known}.",
                    path=self.path,
                    value=value,
                    known=known,
                )
            return
        try:
            accepted: Any = Annotated[(self.field.annotation, *self.field.metadata)]
            TypeAdapter(accepted).validate_python(value)
        except ValidationError as error:
            raise SpecError("{path}: {what}", path=self.path, what=explain_validation(error)) from error


def list_knobs(experiment: Experiment) -> tuple[KnobInfo, ...]:
    """Every knob that a sweep may turn, those of the layers first.

    What the dataset decides is left out (the last layer's units and activation), and what the sweep sets itself
    (epochs, validation split, seed).
    """
    return (*_list_architecture(experiment), *_list_training(experiment))


def find_knob(experiment: Experiment, path: str) -> KnobInfo:
    """Raises `SpecError` naming a few that there are."""
    knobs = {knob.path: knob for knob in list_knobs(experiment)}
    if path not in knobs:
        near = [known for known in knobs if known.rsplit(".", 1)[0] == path.rsplit(".", 1)[0]] or list(knobs)
        raise SpecError(
            "There is no knob {path!r} in this experiment. Some that there are: {near}.",
            path=path,
            near=", ".join(near[:8]),
        )
    return knobs[path]


def read_values(experiment: Experiment, paths: Sequence[str]) -> dict[str, Value]:
    """Where the experiment has these knobs."""
    values = {knob.path: knob.value for knob in list_knobs(experiment)}
    return {path: values[path] for path in paths}


def apply_values(experiment: Experiment, values: Values) -> Experiment:
    """The experiment with its knobs turned to these values, checked as a whole.

    Another kind of optimizer or schedule begins with its own defaults. Raises `SpecError` where the values don't go
    together or give a network that can't be trained.
    """
    data = experiment.model_dump()
    for path in sorted(values, key=lambda path: not path.endswith(".kind")):
        _set(data, path, values[path])
    try:
        changed = Experiment.model_validate(data)
    except ValidationError as error:
        raise explain_validation(error) from error
    check(changed.architecture, len(DATASETS[changed.dataset].class_names), changed.training.loss)
    return changed


def _set(data: dict[str, Any], path: str, value: Value) -> None:
    if path.startswith(_LAYERS):
        name, field = path.removeprefix(_LAYERS).rsplit(".", 1)
        layer = next((layer for layer in data["architecture"]["layers"] if layer["name"] == name), None)
        if layer is None:
            raise SpecError("{path}: there is no layer called {name!r}.", path=path, name=name)
        layer[field] = value
        return
    *parents, field = path.split(".")
    for parent in parents:
        data = data[parent]
    if field == "kind" and data["kind"] != value:
        data.clear()
    data[field] = value


def _list_architecture(experiment: Experiment) -> Iterator[KnobInfo]:
    architecture = experiment.architecture
    yield _describe("architecture", "architecture", "", architecture, "data_format")
    ending = _find_ending(experiment)
    for index, layer in enumerate(architecture.layers):
        for name in type(layer).model_fields:
            if name not in _NO_KNOBS and not (index >= ending and name in ("units", "activation")):
                yield _describe(f"{_LAYERS}{layer.name}", "architecture", layer.name, layer, name)


def _find_ending(experiment: Experiment) -> int:
    """Index of the output layer, whose size follows the dataset and whose activation follows the loss."""
    layers = experiment.architecture.layers
    index = len(layers) - 1
    return (
        index - 1 if index and isinstance(layers[index], Activate) and isinstance(layers[index - 1], Dense) else index
    )


def _list_training(experiment: Experiment) -> Iterator[KnobInfo]:
    training = experiment.training
    for name, field in type(training).model_fields.items():
        if name in _OF_THE_SWEEP or name in _NO_KNOBS:
            continue
        if not field.discriminator:
            yield _describe("training", "training", "", training, name)
            continue
        value: BaseModel = getattr(training, name)
        path, kinds = f"training.{name}", get_args(field.annotation)
        options = tuple(kind.model_fields["kind"].default for kind in kinds)
        current = value.kind  # type: ignore[attr-defined]
        yield KnobInfo(f"{path}.kind", "training", "", *_words(field, name), current, field, options)
        for own in type(value).model_fields:
            if own not in _NO_KNOBS:
                yield _describe(path, "training", current, value, own)


def _describe(path: str, group: Group, owner: str, model: BaseModel, name: str) -> KnobInfo:
    field = type(model).model_fields[name]
    title, description = _words(field, name)
    knob = KnobInfo(f"{path}.{name}", group, owner, title, description, getattr(model, name), field)
    kind = field.annotation
    if get_origin(kind) is Literal:
        return replace(knob, options=get_args(kind))
    if kind is bool:
        return replace(knob, options=(False, True))
    low, high, low_open, high_open = _limits(field.metadata)
    return replace(knob, low=low, high=high, low_open=low_open, high_open=high_open, whole=kind is not float)


def _words(field: FieldInfo, name: str) -> tuple[str, str]:
    return field.title or name, field.description or ""


def _limits(metadata: Sequence[Any]) -> tuple[float | None, float | None, bool, bool]:
    low, high, low_open, high_open = -inf, inf, False, False
    for limit in metadata:
        if isinstance(limit, (Ge, Gt)):
            low, low_open = float(getattr(limit, "ge", getattr(limit, "gt", 0.0))), isinstance(limit, Gt)
        elif isinstance(limit, (Le, Lt)):
            high, high_open = float(getattr(limit, "le", getattr(limit, "lt", 0.0))), isinstance(limit, Lt)
    return (None if low == -inf else low), (None if high == inf else high), low_open, high_open
