"""Measured training speed of this computer, and epoch time estimates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnn_core.architecture.anatomy import Anatomy
from cnn_core.architecture.layers import LAYER_TYPES
from cnn_core.experiment.training import Precision
from cnn_core.runs.limited_file import read_limited

FILE_NAME = ".calibration.json"


_GAIN_AT_LEAST = 1.15  # below that, 16-bit numbers are not worth their rounding


Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Calibration(BaseModel):
    """Seconds per step, per multiplication and per parameter, in float32.

    `bfloat16_gain` is how many times as fast a small convolutional network trains in mixed_bfloat16.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_step: Seconds
    per_mac: Seconds
    per_parameter: Seconds
    bfloat16_gain: Annotated[float, Field(gt=0, allow_inf_nan=False)]

    @property
    def fastest(self) -> Precision:
        """mixed_bfloat16 only where it clearly pays."""
        return "mixed_bfloat16" if self.bfloat16_gain >= _GAIN_AT_LEAST else "float32"

    def estimate_epoch(self, anatomy: Anatomy, samples: int, batch_size: int) -> float | None:
        """Seconds for one epoch of training, watching left out; None for networks of kinds that were not tried."""
        if not all(LAYER_TYPES[row.kind].is_timed for row in anatomy.rows):
            return None
        steps = -(-samples // batch_size)
        fixed = self.per_step + anatomy.parameters * self.per_parameter
        return steps * fixed + samples * anatomy.macs * self.per_mac


def read_calibration(runs_dir: Path) -> Calibration | None:
    """What was measured on this machine, or None before that."""
    try:
        return Calibration.model_validate_json(read_limited(runs_dir / FILE_NAME))
    except (OSError, ValidationError):
        return None
