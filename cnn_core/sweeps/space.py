"""Search space of a sweep: grid and random values of each parameter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import SpecError
from cnn_core.experiment import Experiment
from cnn_core.sweeps.knobs import KnobInfo, Value, Values, apply_values, find_knob
from cnn_core.sweeps.spec import Knob, SweepSpec

if TYPE_CHECKING:
    import numpy as np

GRID_AT_MOST = 1000
_DIGITS = 4  # significant ones of a drawn number: 0.003162, not 0.0031622776601683794
NAME_LENGTH = 60
_SELECTION_IMAGES, _LARGEST_SPLIT = 500, 0.4


@dataclass(frozen=True)
class Dimension:
    """A knob of the experiment together with the values it may have."""

    info: KnobInfo
    knob: Knob

    @property
    def path(self) -> str:
        return self.info.path

    @property
    def is_range(self) -> bool:
        return not self.knob.choices

    @property
    def bounds(self) -> tuple[float, float]:
        assert self.knob.low is not None
        assert self.knob.high is not None
        return self.knob.low, self.knob.high

    @property
    def is_ordered(self) -> bool:
        """Whether its values are numbers, so that one can be larger than another."""
        return self.is_range or all(
            isinstance(value, (int, float)) and not isinstance(value, bool) for value in self.knob.choices
        )

    @property
    def ladder(self) -> tuple[Value, ...]:
        """Choices in their natural order, numbers ascending."""
        choices = self.knob.choices
        return tuple(sorted(choices)) if self.is_ordered else choices  # type: ignore[type-var]

    def grid(self) -> tuple[Value, ...]:
        """All values that a grid takes, each once."""
        if not self.is_range:
            return self.knob.choices
        low, high = self.bounds
        if self.knob.step:
            steps = math.floor((high - low) / self.knob.step + 1e-9)
            return tuple(dict.fromkeys(self.tidy(low + i * self.knob.step) for i in range(steps + 1)))
        shares = [i / (self.knob.points - 1) for i in range(self.knob.points)]
        return tuple(dict.fromkeys(self.tidy(self._at(share)) for share in shares))

    def draw(self, rng: np.random.Generator) -> Value:
        if not self.is_range:
            return self.knob.choices[int(rng.integers(len(self.knob.choices)))]
        if self.knob.step or (self.info.whole and not self.knob.log):
            low, high = self.bounds
            step = self.knob.step or 1
            return self.tidy(low + int(rng.integers(math.floor((high - low) / step + 1e-9) + 1)) * step)
        return self.tidy(self._at(float(rng.random())))

    def tidy(self, value: float) -> Value:
        """As a person would write it, within the range."""
        low, high = self.bounds
        if self.info.whole:
            return int(min(max(round(value), math.ceil(low)), math.floor(high)))
        return float(min(max(float(f"{value:.{_DIGITS}g}"), low), high))

    def _at(self, share: float) -> float:
        low, high = self.bounds
        return low * (high / low) ** share if self.knob.log else low + share * (high - low)


Space = tuple[Dimension, ...]


def build_space(spec: SweepSpec, base: Experiment | None = None) -> Space:
    """The knobs as the base has them. Raises `SpecError` for one that it has not, or a value that its field refuses."""
    base = base or spec.base.resolve()
    space = tuple(Dimension(find_knob(base, knob.path), knob) for knob in spec.knobs)
    for dimension in space:
        _check(dimension)
    if spec.method == "grid" and (size := grid_size(space)) > GRID_AT_MOST:
        raise SpecError(
            "This grid has {size:,} combinations; {most:,} are the most. Take fewer values, or search by chance.",
            size=size,
            most=GRID_AT_MOST,
        )
    return space


def _check(dimension: Dimension) -> None:
    info, knob = dimension.info, dimension.knob
    if dimension.is_range and info.options:
        known = ", ".join(map(str, info.options))
        raise SpecError("{path} has no range but choices: {known}.", path=info.path, known=known)
    for value in knob.choices or dimension.bounds:
        info.check(value)


def grid_size(space: Space) -> int:
    return math.prod(len(dimension.grid()) for dimension in space)


def iterate_grid(space: Space) -> Iterator[dict[str, Value]]:
    """All combinations, the last knob turning fastest."""
    paths = [dimension.path for dimension in space]
    for values in product(*(dimension.grid() for dimension in space)):
        yield dict(zip(paths, values, strict=True))


def count_refused(base: Experiment, space: Space) -> dict[str, int]:
    """Of a grid: why some combinations can't be trained, and how many for that reason."""
    refused: dict[str, int] = {}
    for values in iterate_grid(space):
        try:
            apply_values(base, values)
        except SpecError as error:
            refused[str(error)] = refused.get(str(error), 0) + 1
    return refused


def identify(values: Values, paths: Sequence[str]) -> tuple[str, ...]:
    """Equal for equal values, 1 and 1.0 among them."""
    return tuple(_identify(values.get(path)) for path in paths)


def _identify(value: Value) -> str:
    return repr(value) if value is None or isinstance(value, (bool, str)) else f"{value:.12g}"


def find_split(spec: SweepSpec, base: Experiment) -> float:
    """The validation split of all trials: the base's own, or the sweep's, larger on a small dataset.

    Fewer than about 500 images leave each accuracy uncertain by several points, and the best of many trials is then
    mostly a lucky one.
    """
    if spec.metric == "test":
        return 0.0
    if base.training.validation_split:
        return base.training.validation_split
    used = base.training.count_used(DATASETS[base.dataset].train_count)
    return max(spec.validation_split, min(_LARGEST_SPLIT, round(_SELECTION_IMAGES / used, 2)))


def plan_trial(spec: SweepSpec, base: Experiment, values: Mapping[str, Value], number: int) -> Experiment:
    """What trial `number` trains. Raises `SpecError` where the values give nothing that can be trained."""
    changed = apply_values(base, values)
    changed = changed.with_training(epochs=spec.epochs, validation_split=find_split(spec, base))
    return changed.model_copy(update={"name": f"Trial {number} · {base.name[:NAME_LENGTH]}", "recipe": None})
