"""How fast this machine trains: short trials → seconds per epoch of any network made of the usual layers.

A step costs a fixed overhead, its multiplications, and the update of each parameter:
t = per_step + batch_size · macs · per_mac + parameters · per_parameter.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnn_core.architecture.anatomy import Anatomy, compute_anatomy
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.runs.folder import write_atomically
from cnn_core.training.config import Precision, TrainingConfig

FILE_NAME = ".calibration.json"
_GAIN_AT_LEAST = 1.15  # below that, 16-bit numbers are not worth their rounding
_BATCH, _STEPS = 64, 15
# What the trials are made of; for other kinds the estimate would be a guess.
KNOWN_KINDS = {"Conv2D", "MaxPooling2D", "AveragePooling2D", "Activation", "Flatten", "Dense", "Dropout"}


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
        if not {row.kind for row in anatomy.rows} <= KNOWN_KINDS:
            return None
        steps = -(-samples // batch_size)
        fixed = self.per_step + anatomy.parameters * self.per_parameter
        return steps * fixed + samples * anatomy.macs * self.per_mac


def read_calibration(runs_dir: Path) -> Calibration | None:
    """What was measured on this machine, or None before that."""
    try:
        return Calibration.model_validate_json((runs_dir / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None


def calibrate(runs_dir: Path) -> Calibration:
    """Takes about four seconds with TensorFlow loaded; writes the file that `read_calibration` reads."""
    small, conv, wide = (_trial(rows) for rows in _TRIALS)
    per_mac = max(0.0, conv[0] - small[0]) / (_BATCH * conv[1].macs)
    rest = wide[0] - small[0] - _BATCH * wide[1].macs * per_mac
    result = Calibration(
        per_step=small[0],
        per_mac=per_mac,
        per_parameter=max(0.0, rest) / wide[1].parameters,
        bfloat16_gain=conv[0] / _trial(_TRIALS[1], "mixed_bfloat16")[0],
    )
    runs_dir.mkdir(parents=True, exist_ok=True)
    write_atomically(runs_dir / FILE_NAME, result.model_dump_json())
    return result


_CLASSIFIER: dict[str, object] = {"kind": "Dense", "units": 10, "activation": "softmax"}
_TRIALS: tuple[list[dict[str, object]], ...] = (
    [{"kind": "Flatten"}, _CLASSIFIER],
    [
        {"kind": "Conv2D", "filters": 32, "activation": "relu"},
        {"kind": "MaxPooling2D"},
        {"kind": "Conv2D", "filters": 64, "activation": "relu"},
        {"kind": "MaxPooling2D"},
        {"kind": "Flatten"},
        _CLASSIFIER,
    ],
    [{"kind": "Flatten"}, {"kind": "Dense", "units": 2048, "activation": "relu"}, _CLASSIFIER],
)


def _trial(rows: list[dict[str, object]], precision: Precision = "float32") -> tuple[float, Anatomy]:
    """Seconds of a step at its best (others may use the machine), and what the network is made of."""
    import numpy as np

    from cnn_core.architecture.builder import build_model
    from cnn_core.training.compilation import compile_model, computing_in

    spec = ArchitectureSpec.model_validate({"layers": rows})
    with computing_in(precision):
        model = build_model(spec)
    compile_model(model, TrainingConfig(), 1)
    x = np.random.default_rng(0).random((_BATCH, 28, 28, 1), dtype=np.float32)
    y = np.eye(10, dtype=np.float32)[np.zeros(_BATCH, int)]
    seconds = []
    for _ in range(_STEPS):
        started = time.perf_counter()
        model.train_on_batch(x, y)
        seconds.append(time.perf_counter() - started)
    return min(seconds), compute_anatomy(spec)
