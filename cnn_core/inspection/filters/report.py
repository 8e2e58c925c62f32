"""Dead and near-duplicate filters on test images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cnn_core.inspection.filters.kernels import Kernels, activation_of_maps, list_kernels
from cnn_core.inspection.filters.moments import Moments, measure_moments
from cnn_core.inspection.model.walk import Progress

if TYPE_CHECKING:
    from cnn_core.inspection.model.probe import Probe

# Below zero these hold back what they are given: a filter that never comes above zero hardly speaks and hardly learns.
RECTIFIERS = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu")


class ReportSettings(BaseModel):
    """Thresholds for duplicate and dead filters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    similarity: float = Field(
        0.9,
        ge=0,
        le=1,
        title="Kernels alike from",
        description="Cosine similarity of two filters' kernels: 1 means the same pattern, whatever its strength.",
    )
    correlation: float = Field(
        0.95,
        ge=0,
        le=1,
        title="Maps alike from",
        description="Correlation of two filters' maps over the images looked at: 1 means they rise and fall as one.",
    )
    tolerance: float = Field(
        1e-6,
        ge=0,
        le=0.1,
        title="Still counts as constant",
        description="How far a dead filter's map may vary, as a share of the largest value in its layer.",
    )


@dataclass(frozen=True)
class DeadFilter:
    """`reason`: "constant", or "silent" where the map is never above zero (and the activation is a rectifier)."""

    layer: str
    filter: int
    reason: str


@dataclass(frozen=True)
class TwinFilters:
    """Two filters with similar kernels and maps; `similarity` is the cosine of the kernels."""

    layer: str
    first: int
    second: int
    similarity: float
    correlation: float


@dataclass(frozen=True)
class FilterReport:
    """Filter report: number of `images` and `filters`; duplicates, most similar first."""

    images: int
    filters: int
    dead: tuple[DeadFilter, ...]
    twins: tuple[TwinFilters, ...]


def report_filters(
    probe: Probe, inputs: np.ndarray, settings: ReportSettings | None = None, on_progress: Progress | None = None
) -> FilterReport:
    """Dead and near-duplicate filters of all convolutions on prepared inputs float32 (N, …), N at least 1."""
    settings = settings or ReportSettings()
    groups = [kernels for kernels in list_kernels(probe.model) if kernels.maps]
    dead: list[DeadFilter] = []
    twins: list[TwinFilters] = []
    if groups:
        for kernels, moments in zip(groups, measure_moments(probe, groups, inputs, on_progress), strict=True):
            rectified = activation_of_maps(probe.model, kernels) in RECTIFIERS
            reasons = _find_dead(moments, rectified, settings.tolerance)
            dead += [DeadFilter(kernels.layer, number, reason) for number, reason in reasons.items()]
            twins += _find_twins(kernels, moments.correlation(), set(reasons), settings)
    twins.sort(key=lambda pair: -pair.correlation * pair.similarity)
    return FilterReport(len(inputs), sum(kernels.filters for kernels in groups), tuple(dead), tuple(twins))


def _find_dead(moments: Moments, rectified: bool, tolerance: float) -> dict[int, str]:
    largest = max(np.abs(moments.low).max(), np.abs(moments.high).max())
    constant = moments.high - moments.low <= tolerance * largest
    silent = moments.high <= 0 if rectified else np.zeros_like(constant)
    return {int(number): "silent" if silent[number] else "constant" for number in np.flatnonzero(constant | silent)}


def _find_twins(
    kernels: Kernels, correlation: np.ndarray, dead: set[int], settings: ReportSettings
) -> list[TwinFilters]:
    flat = kernels.values.reshape(-1, kernels.filters).astype(np.float64)
    flat = flat / np.maximum(np.linalg.norm(flat, axis=0), 1e-30)
    similarity = flat.T @ flat
    alike = np.triu((similarity >= settings.similarity) & (correlation >= settings.correlation), 1)
    return [
        TwinFilters(kernels.layer, int(a), int(b), float(similarity[a, b]), float(correlation[a, b]))
        for a, b in np.argwhere(alike)
        if not {int(a), int(b)} & dead
    ]
