"""Two alternating measurements and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

import click


@dataclass
class Pairs:
    """Seconds, measured in turns. `target` is the most that ours ÷ peer may be, `target_ms` the most for ours alone.

    `unit` is what a thousandth is called where something else than seconds is measured.
    """

    title: str
    ours_name: str
    peer_name: str
    target: float | None = None
    target_ms: float | None = None
    unit: str = "ms"
    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    def add(self, peer: float, ours: float) -> None:
        self.peer.append(peer)
        self.ours.append(ours)

    @property
    def ratio(self) -> float:
        """Median ÷ median."""
        return median(self.ours) / median(self.peer)

    @property
    def paired_ratio(self) -> float:
        return median(ours / peer for ours, peer in zip(self.ours, self.peer, strict=True))

    def lines(self) -> Iterator[str]:
        width = max(len(self.ours_name), len(self.peer_name))
        yield f"{self.title} ({len(self.ours)} pairs)"
        if not self.ours:
            yield "  no measurement"
            return
        verdict = "" if self.target_ms is None else _judge(median(self.ours) * 1000, self.target_ms, " ms")
        yield f"  {self.ours_name:<{width}}  {_summary(self.ours, self.unit)}{verdict}"
        yield f"  {self.peer_name:<{width}}  {_summary(self.peer, self.unit)}"
        verdict = "" if self.target is None else _judge(self.paired_ratio, self.target, "")
        yield f"  ratio of medians {self.ratio:.3f} · median of pairwise ratios {self.paired_ratio:.3f}{verdict}"

    def show(self) -> None:
        for line in self.lines():
            click.echo(line)


def _summary(seconds: list[float], unit: str) -> str:
    values = sorted(seconds)
    return f"median {median(values) * 1000:9.2f} {unit}   ({values[0] * 1000:.2f} – {values[-1] * 1000:.2f})"


def _judge(value: float, target: float, unit: str) -> str:
    return f"   target ≤ {target:g}{unit}: {'met' if value <= target else 'MISSED'}"


def clock(action: Callable[..., object], *values: object) -> float:
    """The seconds that `action` takes."""
    start = perf_counter()
    action(*values)
    return perf_counter() - start
