"""Subject of the Layers page: one input to one network at one training moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.inspection import LayerOutput, Probe
from cnn_core.runs.store import RunRecord
from ui.layers.moments import Moment, probe_at
from ui.text import words


@dataclass(frozen=True)
class Subject:
    """`inputs` float32 (1, …) is what the network receives, `label` the true class where it is known.

    `picture` (H, W, C) is the input as a person sees it: gray or color, 0–255 if from a dataset, else the same
    as `inputs`. `source` is a cache key that identifies the input. `outputs` has every layer's output for this input.
    """

    run: RunRecord
    moment: Moment
    inputs: np.ndarray
    picture: np.ndarray
    source: str
    title: str
    label: int | None = None
    outputs: Sequence[LayerOutput] = field(default_factory=tuple)

    @property
    def key(self) -> str:
        """Cache key of run, training moment and input."""
        return f"{self.run.id}-{self.moment.id}-{self.moment.changed(self.run)}-{self.source}"

    @property
    def class_names(self) -> tuple[str, ...]:
        return words(DATASETS[self.run.experiment.dataset].class_names)

    @property
    def probabilities(self) -> np.ndarray:
        """float32 (classes,)."""
        return self.outputs[-1].values

    @contextmanager
    def opened(self) -> Iterator[Probe]:
        """The network with this moment's weights, not to be changed. Raises `ModelError`."""
        with probe_at(self.run, self.moment) as probe:
            yield probe
