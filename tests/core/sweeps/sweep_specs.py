"""Sweeps that the tests share: a tiny network on `digits`."""

from small_runs import digits_experiment

from cnn_core.architecture.layers import Conv2D, Dense, Flatten, MaxPooling2D
from cnn_core.sweeps import Base, Knob, SweepSpec

RATE = "training.learning_rate"
FILTERS = "architecture.layers.conv1.filters"
KERNEL = "architecture.layers.conv1.kernel_size"
POOL = "architecture.layers.pool1.pool_size"
OPTIMIZER = "training.optimizer.kind"

BASE = digits_experiment(
    Conv2D(filters=2, kernel_size=5, strides=3, activation="relu"),
    MaxPooling2D(),
    Flatten(),
    Dense(units=10, activation="softmax"),
    batch_size=500,
    epochs=1,
)


def rate(**fields):
    return Knob(path=RATE, **({"low": 1e-4, "high": 0.1, "log": True} | fields))


def filters(*choices):
    return Knob(path=FILTERS, choices=choices or (1, 2, 4))


def spec(*knobs, **fields):
    return SweepSpec(base=Base(experiment=BASE), knobs=knobs or (rate(), filters()), **fields)
