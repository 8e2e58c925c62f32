"""Calibration: short trials that give training seconds per epoch on this machine.

A step costs a fixed overhead, its multiplications, and the update of each parameter:
t = per_step + batch_size · macs · per_mac + parameters · per_parameter.
"""

from __future__ import annotations

import time
from pathlib import Path

from cnn_core.architecture.anatomy import Anatomy, compute_anatomy
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.experiment.training import Precision, TrainingConfig
from cnn_core.runs.calibration import FILE_NAME, Calibration
from cnn_core.runs.locked_folder import write_atomically

_BATCH, _STEPS = 64, 15


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
