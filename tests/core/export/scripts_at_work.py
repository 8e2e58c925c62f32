"""What tests of scripts share: a few images that stand for every dataset, a process that runs scripts on them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

import cnn_core
from cnn_core import DATASETS
from cnn_core.data.datasets.base import Dataset

ROOT = Path(cnn_core.__file__).parents[1]
IMAGES = 300
METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")


def make_data():
    """300 images to train and 100 to test, each with a bright patch where its class says; gray and in color."""
    rng = np.random.default_rng(0)
    data = {}
    for part, count in (("train", IMAGES), ("test", 100)):
        y = rng.integers(0, 10, count)
        for name, side in (("x", 28), ("colour", 32)):
            x = rng.integers(0, 60, (count, side, side, 3 if name == "colour" else 1))
            for image, label in zip(x, y, strict=True):
                image[4 + 2 * label : 8 + 2 * label, 6:20] += 180
            data[f"{name}_{part}"] = x.astype(np.uint8)
        data[f"y_{part}"] = y.astype(np.int64)
    return data


def load_small(name, on_progress=None):
    data = make_data()
    x = "colour" if name == "cifar10" else "x"
    return Dataset(DATASETS[name], data[f"{x}_train"], data["y_train"], data[f"{x}_test"], data["y_test"])


def run_scripts(folder, scripts):
    """Name → source; gives name → (weights, history). All run one after the other in another process."""
    data = make_data()
    np.savez(folder / "data.npz", **data | {f"x_{part}": data[f"x_{part}"][..., 0] for part in ("train", "test")})
    for name, source in scripts.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    command = [sys.executable, str(Path(__file__).with_name("run_scripts.py")), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    results = {}
    for name in scripts:
        with np.load(folder / f"{name}.npz") as file:
            weights = [file[key] for key in file.files]
        results[name] = weights, json.loads((folder / f"{name}.json").read_text())
    return results
