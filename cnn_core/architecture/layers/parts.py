"""Parameters of a layer in countable groups, for the parameter formula."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

Factor = int | str  # a number, or the name of one of the layer's quantities


@dataclass(frozen=True)
class Part:
    """`count` equal units, each with `grids` kernels of `side` × `side` weights, plus one number with `bias`.

    Factors that are names stand for quantities; what has several factors is their product.
    """

    name: str
    grids: Factor
    side: Factor
    bias: bool
    count: tuple[Factor, ...]


@dataclass(frozen=True)
class Parts:
    """`quantities` holds what the formula depends on, by Keras's name or "channels" or "inputs" for what comes in."""

    quantities: dict[str, int]
    parts: tuple[Part, ...]

    @property
    def parameters(self) -> int:
        def value(factor: Factor) -> int:
            return factor if isinstance(factor, int) else self.quantities[factor]

        return sum(
            (value(part.grids) * value(part.side) ** 2 + part.bias) * prod(map(value, part.count))
            for part in self.parts
        )
