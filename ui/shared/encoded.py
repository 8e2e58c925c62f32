"""Compact encoding of arrays for browser components."""

from __future__ import annotations

import base64

import numpy as np

_STEPS = 32_000  # int16 steps from zero to the largest value: more than the three digits shown


def clean(values: np.ndarray) -> np.ndarray:
    """float64; what is not a finite number is 0."""
    return np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)


def find_limit(values: np.ndarray, least: float = 0.0) -> float:
    """The largest size of any value, or `least`; 1 where that would be nothing."""
    return max(float(np.abs(values).max()), least) or 1.0


def encode_values(values: np.ndarray, limit: float) -> dict[str, object]:
    """Clean values from −limit to limit as whole multiples of `step`, in the order of the array, base64."""
    steps = np.rint(np.clip(values / limit, -1, 1) * _STEPS).astype("<i2")
    packed = base64.b64encode(np.ascontiguousarray(steps).tobytes()).decode()
    return {"values": packed, "limit": limit, "step": limit / _STEPS}
