"""Kinds of damage to a run folder, each as a function of the folder's path."""

import io
import json
import shutil
import zipfile

import numpy as np


def overwrite(name, content):
    return lambda path: (path / name).write_bytes(content)


def remove(name):
    return lambda path: (path / name).unlink(missing_ok=True)


def become_folder(name):
    def damage(path):
        (path / name).unlink(missing_ok=True)
        (path / name).mkdir()

    return damage


def become_file(name):
    def damage(path):
        shutil.rmtree(path / name, ignore_errors=True)
        (path / name).write_text("?")

    return damage


def change(name, **fields):
    """Other values in a JSON file."""

    def damage(path):
        file = path / name
        file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | fields), encoding="utf-8")

    return damage


def change_event(kind, drop=(), **fields):
    """Other values in the first event of a type, or fields left out; NaN is written as Python does."""

    def damage(path):
        file = path / "events.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines()
        index = next(i for i, line in enumerate(lines) if json.loads(line)["type"] == kind)
        event = {key: value for key, value in json.loads(lines[index]).items() if key not in drop} | fields
        lines[index] = json.dumps(event)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return damage


def append(line):
    def damage(path):
        with (path / "events.jsonl").open("ab") as file:
            file.write(line)

    return damage


def cut(name, share):
    def damage(path):
        file = path / name
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * share)])

    return damage


def lock_out(name):
    return lambda path: (path / name).chmod(0)


def claim_a_terabyte(name, member):
    """An archive of a few bytes with an array whose header claims much more."""

    def damage(path):
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (10**12,)})
        with zipfile.ZipFile(path / name, "w") as archive:
            archive.writestr(member, header.getvalue())

    return damage


DEEP = b"[" * 200_000
JSON_FILES = ("run.json", "experiment.json", "events.jsonl")
DAMAGES = {
    **{f"{name} missing": remove(name) for name in (*JSON_FILES, "model.keras", "predictions.npz", "history.csv")},
    **{
        f"{name} empty": overwrite(name, b"") for name in (*JSON_FILES, "model.keras", "predictions.npz", "labels.json")
    },
    **{f"{name} binary": overwrite(name, b"\x00\xff\xfe" * 99) for name in (*JSON_FILES, "model.keras", "labels.json")},
    **{f"{name} nested": overwrite(name, DEEP) for name in (*JSON_FILES, "labels.json", "commands.jsonl")},
    **{f"{name} a list": overwrite(name, b"[1, 2]") for name in (*JSON_FILES, "labels.json", "commands.jsonl")},
    **{f"{name} a folder": become_folder(name) for name in (*JSON_FILES, "model.keras", "labels.json")},
    **{f"{name} cut": cut(name, 0.6) for name in (*JSON_FILES, "model.keras", "predictions.npz")},
    **{f"{name} unreadable": lock_out(name) for name in JSON_FILES},
    "created 1e30": change("run.json", created=1e30),
    "created negative": change("run.json", created=-1.0),
    "created NaN": change("run.json", created=float("nan")),
    "created text": change("run.json", created="yesterday"),
    "style huge": change("run.json", style=10**30),
    "style negative": change("run.json", style=-3),
    "id a number": change("run.json", id=7),
    "owner a list": change("run.json", owner=["me"]),
    "visibility unknown": change("run.json", visibility="galaxy"),
    "dataset unknown": change("experiment.json", dataset="imagenet"),
    "training null": change("experiment.json", training=None),
    "architecture text": change("experiment.json", architecture="deep"),
    "layers empty": change("experiment.json", architecture={"layers": []}),
    "layer unknown": change("experiment.json", architecture={"layers": [{"kind": "Telepathy"}]}),
    "layer that does not fit": change(
        "experiment.json", architecture={"layers": [{"kind": "Conv2D", "kernel_size": 31}, {"kind": "Flatten"}]}
    ),
    "state unknown": append(b'{"time": 1, "type": "state", "state": "archived"}\n'),
    "state null": append(b'{"time": 1, "type": "state", "state": null}\n'),
    "type unknown": append(b'{"time": 1, "type": "telepathy"}\n'),
    "type a list": append(b'{"time": 1, "type": ["state"]}\n'),
    "garbage at the end": append(b"\x00" * 5_000_000),
    "garbage in lines": append(b"\x00\n" * 50_000),
    "time 1e30": append(b'{"time": 1e30, "type": "state", "state": "completed"}\n'),
    "time NaN": append(b'{"time": NaN, "type": "state", "state": "completed"}\n'),
    "result without seconds": change_event("result", drop=("seconds",)),
    "result without accuracy": change_event("result", drop=("test_accuracy",)),
    "accuracy text": change_event("result", test_accuracy="x"),
    "accuracy null": change_event("result", test_accuracy=None, test_loss=None),
    "plan without samples": change_event("plan", drop=("samples",)),
    "samples 0": change_event("plan", samples=0),
    "epochs negative": change_event("plan", epochs=-4),
    "watched unknown": change_event("plan", watched="stars"),
    "epoch without val_": change_event("epoch", drop=("val_loss", "val_accuracy")),
    "epoch without metrics": change_event("epoch", loss=None, accuracy=None, val_loss=None, val_accuracy=None),
    "epoch 10^30": change_event("epoch", epoch=10**30),
    "batch without a loss": change_event("batch", drop=("loss",)),
    "batch loss text": change_event("batch", loss="high"),
    "batch NaN": change_event("batch", loss=float("nan"), accuracy=float("nan")),
    "learning rate null": change_event("batch", learning_rate=None),
    "intervention unknown": append(b'{"time": 1, "type": "intervention", "epoch": 1, "step": 1, "what": "dance"}\n'),
    "intervention epochs text": append(
        b'{"time": 1, "type": "intervention", "epoch": 1, "step": 1, "what": "epochs", "value": "many"}\n'
    ),
    "intervention rate list": append(
        b'{"time": 1, "type": "intervention", "epoch": 1, "step": 1, "what": "learning_rate", "value": [1]}\n'
    ),
    "intervention optimizer unknown": append(
        b'{"time": 1, "type": "intervention", "epoch": 1, "step": 1, "what": "optimizer", "value": {"kind": "Magic"}}\n'
    ),
    "intervention restart odd": append(
        b'{"time": 1, "type": "intervention", "epoch": 1, "step": 1, "what": "restart", "value": ["x", {}]}\n'
    ),
    "commands odd": overwrite(
        "commands.jsonl",
        b'{"command": ["stop"], "time": "now"}\n{"command": "epochs", "value": "high", "time": 5e9}\n{"time": 1}\n',
    ),
    "download backwards": append(b'{"time": 1, "type": "download", "bytes": 9, "total": 0}\n'),
    "predictions that claim a terabyte": claim_a_terabyte("predictions.npz", "probabilities.npy"),
    "weights that claim a terabyte": claim_a_terabyte("weights/epoch-0001.npz", "w000.npy"),
    "model that claims a terabyte": claim_a_terabyte("model.keras", "model.weights.npy"),
    "labels of a megabyte": overwrite("labels.json", b'{"name": "' + b"x" * 2**20 + b'"}'),
    "layer lists of different lengths": append(
        b'{"time": 1, "type": "layer_stats", "epoch": 1, "step": 1, "names": ["a"], "weights": [], '
        b'"gradients": [], "dead": []}\n'
    ),
    "labels of other types": overwrite("labels.json", b'{"name": 3, "tags": {"a": 1}, "star": "maybe"}'),
    "predictions no archive": overwrite("predictions.npz", b"PK\x03\x04 nonsense"),
    "weights a file": become_file("weights"),
    "checkpoints a file": become_file("checkpoints"),
}
