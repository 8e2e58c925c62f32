"""Architectures to start a design from, beside the published recipes."""

from __future__ import annotations

from typing import Any

from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import RECIPES
from cnn_core.experiment.training import TrainingConfig

Rows = list[dict[str, Any]]


def _conv(filters: int, **more: Any) -> dict[str, Any]:
    return {"kind": "Conv2D", "filters": filters, "padding": "same", "activation": "relu", **more}


def _dense(units: int, activation: str) -> dict[str, Any]:
    return {"kind": "Dense", "units": units, "activation": activation}


_POOL, _FLAT, _GLOBAL, _NORM = (
    {"kind": kind} for kind in ("MaxPooling2D", "Flatten", "GlobalAveragePooling2D", "BatchNormalization")
)
_RELU = {"kind": "Activation", "activation": "relu"}


def _separable(filters: int, strides: int) -> Rows:
    return [
        {"kind": "DepthwiseConv2D", "strides": strides, "padding": "same", "use_bias": False},
        _NORM,
        _RELU,
        {"kind": "Conv2D", "filters": filters, "kernel_size": 1, "use_bias": False},
        _NORM,
        _RELU,
    ]


_ROWS: dict[str, Rows] = {
    "small-vgg": [
        _conv(32),
        _conv(32),
        _POOL,
        _conv(64),
        _conv(64),
        _POOL,
        _FLAT,
        _dense(128, "relu"),
        {"kind": "Dropout", "rate": 0.5},
        _dense(10, "softmax"),
    ],
    "small-resnet": [
        _conv(16),
        {"kind": "ResidualBlock", "filters": 16},
        {"kind": "ResidualBlock", "filters": 32, "strides": 2},
        {"kind": "ResidualBlock", "filters": 64, "strides": 2},
        _GLOBAL,
        _dense(10, "softmax"),
    ],
    "all-convolutional": [
        _conv(32),
        _conv(32, strides=2),
        _conv(64),
        _conv(64, strides=2),
        {"kind": "Conv2D", "filters": 10, "kernel_size": 1},
        _GLOBAL,
        {"kind": "Activation", "activation": "softmax"},
    ],
    "tiny-for-a-phone": [_conv(8, strides=2), *_separable(16, 1), *_separable(32, 2), _GLOBAL, _dense(10, "softmax")],
    "from-nothing": [_FLAT, _dense(10, "softmax")],
}


def _experiment(name: str, rows: Rows) -> Experiment:
    architecture = ArchitectureSpec.model_validate({"name": name, "layers": rows})
    return Experiment(name=name, architecture=architecture, training=TrainingConfig())


# Name → experiment: the recipes under their ids, then these.
STARTERS: dict[str, Experiment] = {recipe.id: recipe.experiment for recipe in RECIPES} | {
    name: _experiment(name, rows) for name, rows in _ROWS.items()
}
