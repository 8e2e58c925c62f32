"""Keras's activations of one number, with Keras's constants (https://keras.io/api/layers/activations)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017
_LEAK = 0.2


def activate(name: str, x: float) -> float:
    """`name` is one of `cnn_core.architecture.layers.Activation`, but softmax. Raises `ValueError` for others."""
    if name not in _FUNCTIONS:
        raise ValueError(f"The activation {name!r} is not known; use one of {', '.join(_FUNCTIONS)} or softmax.")
    return _FUNCTIONS[name](x)


def softmax_powers(logits: np.ndarray) -> np.ndarray:
    """(n,) → exp(logit − largest logit); divided by their sum they are the softmax."""
    return np.exp(logits - logits.max())


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    power = math.exp(x)
    return power / (1 + power)


def _positive_or(negative: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: negative(x) if x <= 0 else x  # a NaN stays one


_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "relu": _positive_or(lambda x: 0.0),
    "leaky_relu": _positive_or(lambda x: _LEAK * x),
    "elu": _positive_or(math.expm1),
    "selu": lambda x: _SELU_SCALE * (_SELU_ALPHA * math.expm1(x) if x <= 0 else x),
    "gelu": lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "silu": lambda x: x * _sigmoid(x),
    "tanh": math.tanh,
    "sigmoid": _sigmoid,
    "softplus": lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))),
}
