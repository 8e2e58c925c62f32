"""Runs of the real engine on `digits`: those broken on purpose bring up their remark, those in order bring none."""

import contextlib
from dataclasses import replace
from fnmatch import fnmatch

import pytest

from cnn_core import ArchitectureSpec, Experiment, RunStore, TrainingConfig, train_run
from cnn_core.diagnosis.diagnose import find_diagnostics
from cnn_core.errors import RunError
from cnn_core.runs.history import HistoryReader

FACTS = {"missing_classes", "few_images", "few_watched"}  # known before the first step
EVIDENT = {"exploding"}  # from the second point of the curve on
POOL, FLAT, OUT = {"kind": "MaxPooling2D"}, {"kind": "Flatten"}, {"kind": "Dense", "units": 10, "activation": "softmax"}
RELU = {"kind": "Activation", "activation": "relu"}


def conv(filters, kernel_size=3, activation="relu", **more):
    fields = {"filters": filters, "kernel_size": kernel_size, "activation": activation, **more}
    return {"kind": "Conv2D", **fields}


def dense(units, activation="relu", **more):
    return {"kind": "Dense", "units": units, "activation": activation, **more}


def dropout(rate):
    return {"kind": "Dropout", "rate": rate}


def made_of(*layers, **training):
    return Experiment(
        architecture=ArchitectureSpec.model_validate({"name": "net", "layers": layers}),
        dataset="digits",
        training=TrainingConfig.model_validate({"batch_size": 32, "epochs": 3, **training}),
    )


SMALL = (FLAT, dense(32), OUT)
COARSE = (conv(8, 5, strides=3), FLAT, OUT)

BROKEN = {
    "a rate a thousand times too large": (made_of(*SMALL, learning_rate=1.0), "stuck_rate_high"),
    "a rate a hundred thousand times too small": (made_of(*SMALL, learning_rate=1e-8), "stuck_rate_low"),
    "weights that begin at zero": (made_of(FLAT, dense(32, kernel_initializer="zeros"), OUT), "stuck_zeros"),
    "raw pixels and large steps": (
        made_of(FLAT, dense(32), dense(16), OUT, optimizer="sgd", learning_rate=0.2, input_scaling="raw"),
        "stuck_dead_raw",
    ),
    "few images for a large network": (
        made_of(FLAT, dense(256), dense(256), OUT, train_share=0.05, batch_size=15, epochs=8),
        "memorising",
    ),
    "all labels wrong": (made_of(*SMALL, label_noise=1.0), "stuck_labels"),
    "half of the labels wrong": (
        made_of(FLAT, dense(256), OUT, train_share=0.2, label_noise=0.5, batch_size=30, epochs=14, learning_rate=0.005),
        "overfitting_noise",
    ),
    "ten layers of sigmoid": (made_of(FLAT, *[dense(16, "sigmoid")] * 10, OUT), "stuck_vanishing"),
    "no picture of a nine": (made_of(*SMALL, train_share=0.006), "missing_classes"),
    "one small step per epoch": (
        made_of(*SMALL, batch_size=1500, learning_rate=1e-4, epochs=6),
        "slow_few_steps",
    ),
    "no number any more": (
        made_of(FLAT, dense(16, "linear"), OUT, optimizer="sgd", learning_rate=10.0, input_scaling="raw"),
        "not_finite_raw",
    ),
    "L2 of 1": (made_of(FLAT, dense(32, l2=1.0), dense(10, "softmax", l2=1.0), learning_rate=0.01), "stuck_l2"),
    "dropout of 95 %": (made_of(FLAT, dense(16), dropout(0.95), dense(16), dropout(0.95), OUT), "stuck_dropout"),
    "mse behind softmax": (
        made_of(*COARSE, optimizer="sgd", learning_rate=0.01, loss="mse", batch_size=40),
        "stuck_mse",
    ),
    "steps too large to settle": (
        made_of(FLAT, OUT, optimizer="sgd", learning_rate=10.0, batch_size=16, epochs=6),
        "unstable*",  # on the curve's points or by epoch: how many points there are depends on the machine
    ),
}

HEALTHY = {
    "R1": made_of(conv(8, 5, "linear", padding="same", strides=2), RELU, POOL, FLAT, dense(32), OUT),
    "R2, RMSprop": made_of(conv(8), POOL, conv(16), POOL, FLAT, dense(32), OUT, optimizer="rmsprop"),
    "R3, mse and SGD": made_of(*COARSE, loss="mse", optimizer="sgd", learning_rate=1.0, epochs=4),
    "R5, raw pixels": made_of(conv(8, strides=2), conv(4), FLAT, OUT, input_scaling="raw"),
    "SGD": made_of(*SMALL, optimizer="sgd", learning_rate=0.01, epochs=4),
    "Adagrad": made_of(*SMALL, optimizer="adagrad", epochs=6),
    "Adamax, smoothed labels": made_of(*SMALL, optimizer="adamax", label_smoothing=0.1),
    "Nadam, augmentation": made_of({"kind": "RandomTranslation", "factor": 0.08}, *COARSE, optimizer="nadam", epochs=4),
    "AdamW, dropout": made_of(FLAT, dense(64), dropout(0.5), OUT, optimizer="adamw", epochs=4),
    "Adadelta as in its paper": made_of(*SMALL, optimizer="adadelta", learning_rate=1.0),
    "16 bits, images held out": made_of(*SMALL, precision="mixed_bfloat16", validation_split=0.2, epochs=4),
    "LeNet, one cycle": made_of(
        conv(4, 5, "tanh", strides=2), FLAT, dense(32, "tanh"), OUT, schedule={"kind": "one_cycle"}, learning_rate=0.01
    ),
}


def train(experiment, store: RunStore):
    import keras

    keras.backend.clear_session()
    folder = store.create(experiment)
    with contextlib.suppress(RunError):  # the loss may be no number any more
        train_run(folder)
    return store.find(folder.id)


def remarks_on_the_way(run, tmp_path):
    """The codes after each event, as someone sees them who watches the run."""
    growing = HistoryReader(tmp_path / "growing.jsonl")
    for line in run.folder.events_path.read_bytes().splitlines(keepends=True):
        with growing.path.open("ab") as file:
            file.write(line)
        history = growing.read()
        yield history, [remark.code for remark in find_diagnostics(replace(run, history=history))]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_run_gets_the_right_diagnostic(name, store, tmp_path):
    experiment, expected = BROKEN[name]
    run = train(experiment, store)
    assert fnmatch(find_diagnostics(run)[0].code, expected)
    for history, codes in remarks_on_the_way(run, tmp_path):
        if expected != "not_finite_raw" and len(history.batches) <= 2:
            assert set(codes) <= (FACTS | EVIDENT if len(history.batches) == 2 else FACTS)


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_never_gets_a_diagnostic(name, store, tmp_path):
    run = train(HEALTHY[name], store)
    assert run.state == "completed"
    assert run.history.epochs[-1]["val_accuracy"] > 0.3
    assert [codes for _, codes in remarks_on_the_way(run, tmp_path) if codes] == []
