"""Learning rate of every step as in Keras's schedules, without loading Keras."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain

from cnn_core.experiment.schedules import Schedule

_POINTS = 240  # more than a small image has pixels


def learning_rate_at(schedule: Schedule, rate: float, step: int, steps_per_epoch: int, epochs: int) -> float:
    """The rate of the weight change number `step`, counted from 0 over the whole run.

    `ReduceOnPlateau` depends on how the run goes: until then it is the rate itself.
    """
    call = schedule.keras_call(rate, steps_per_epoch, epochs)
    if call is None:
        return rate
    name, arguments = call
    return _FORMULAS[name](step, **arguments)


def compute_rate_curve(
    schedule: Schedule, rate: float, steps_per_epoch: int, epochs: int
) -> tuple[list[float], list[float]]:
    """(epochs gone by, learning rates) of at most a few hundred steps, both sides of every epoch's end among them."""
    total = steps_per_epoch * epochs
    evenly = (round(i * (total - 1) / _POINTS) for i in range(_POINTS + 1))
    every = -(-epochs // _POINTS)
    ends = (epoch * steps_per_epoch for epoch in range(0, epochs + 1, every))
    steps = sorted({step for step in chain(evenly, *((end - 1, end) for end in ends)) if 0 <= step < total})
    return (
        [step / steps_per_epoch for step in steps],
        [learning_rate_at(schedule, rate, step, steps_per_epoch, epochs) for step in steps],
    )


def _exponential_decay(
    step: int, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
) -> float:
    """`keras.optimizers.schedules.ExponentialDecay`."""
    times = step // decay_steps if staircase else step / decay_steps
    return float(initial_learning_rate * decay_rate**times)


def _cosine_decay(
    step: int,
    initial_learning_rate: float,
    decay_steps: int,
    alpha: float = 0.0,
    warmup_target: float | None = None,
    warmup_steps: int = 0,
) -> float:
    """`keras.optimizers.schedules.CosineDecay`: a straight climb to `warmup_target`, if there is one, then half a wave.

    Loshchilov and Hutter 2016.
    """
    peak = initial_learning_rate if warmup_target is None else warmup_target
    if step < warmup_steps:
        return initial_learning_rate + (peak - initial_learning_rate) * step / warmup_steps
    gone = min(step - warmup_steps, decay_steps) / decay_steps
    return peak * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * gone)) + alpha)


_FORMULAS: dict[str, Callable[..., float]] = {"ExponentialDecay": _exponential_decay, "CosineDecay": _cosine_decay}
