"""The generated script does what the app's run does: the same weights bit for bit and the same history.

CNN_LAB_SCRIPTS sets how many experiments are trained, the recipes first; all 35 take some three minutes.
"""

import ast
import json
import os
import random
import subprocess
import sys

import keras
import numpy as np
import pytest
from random_networks import random_valid_network
from scripts_at_work import IMAGES, METRICS, ROOT, load_small, run_scripts

import cnn_core
from cnn_core import DATASETS, RECIPES, ArchitectureSpec, Experiment, RunStore, TrainingConfig, train_run
from cnn_core.architecture.layers import LAYER_TYPES, Conv2D, Dense, Dropout, Flatten, ResidualBlock
from cnn_core.data.handwriting.synthetic import add_synthetic_samples
from cnn_core.experiment.optimizers import OPTIMIZERS_BY_KIND
from cnn_core.experiment.schedules import SCHEDULES_BY_KIND
from cnn_core.experiment.starters import STARTERS
from cnn_core.export import write_notebook, write_script
from cnn_core.export.inlined import inline
from cnn_core.runs.events import read_events
from cnn_core.training import engine

RANDOM_EXPERIMENTS = 30


SCHEDULES = (
    {"kind": "step", "every": 1},
    {"kind": "exponential"},
    {"kind": "cosine"},
    {"kind": "warm_up"},
    {"kind": "one_cycle"},
    {"kind": "reduce_on_plateau", "patience": 1},
    {"kind": "constant"},
)
OPTIMIZER_KNOBS = {
    "SGD": {"momentum": 0.9, "nesterov": True},
    "RMSprop": {"momentum": 0.5, "centered": True},
    "Adam": {"beta_1": 0.8, "amsgrad": True},
}


def random_experiment(rng, index):
    dataset = rng.choice(list(DATASETS))
    network = random_valid_network(rng, DATASETS[dataset].image_shape)
    layers = [layer.model_dump() | {"name": ""} for layer in network.layers]
    if len(cnn_core.compute_anatomy(network).output_shape) == 3:
        layers.append({"kind": rng.choice(("Flatten", "GlobalAveragePooling2D"))})
    layers.append({"kind": "Dense", "units": 10, "activation": "softmax"})
    loss = rng.choice(("categorical_crossentropy", "sparse_categorical_crossentropy", "mse", "kl_divergence"))
    kind = list(OPTIMIZERS_BY_KIND)[index % len(OPTIMIZERS_BY_KIND)]
    knobs = OPTIMIZER_KNOBS.get(kind, {}) if index % 2 else {}
    return Experiment.model_validate(
        {
            "name": f"random {rng.random()}",
            "architecture": network.model_dump() | {"layers": layers},
            "dataset": dataset,
            "training": {
                "optimizer": {"kind": kind, **knobs},
                "learning_rate": rng.choice((0.001, 1 / 300, 0.0123456789)),
                "schedule": SCHEDULES[index % len(SCHEDULES)],
                "clip_norm": rng.choice((0.0, 0.0, 1.5)),
                "loss": loss,
                "label_smoothing": rng.choice((0.0, 0.1)) if loss == "categorical_crossentropy" else 0.0,
                "batch_size": rng.choice((2, 32, 50, 64)),
                "epochs": 2,
                "input_scaling": rng.choice(("unit", "unit", "raw")),
                "validation_split": rng.choice((0.0, 0.0, 0.2, 1 / 3)),
                "train_share": rng.choice((1.0, 1.0, 0.7)),
                "label_noise": rng.choice((0.0, 0.0, 0.3)),
                "synthetic_samples": 12 if DATASETS[dataset].holds_digits and index % 3 == 0 else 0,
                "class_weight": rng.choice(("none", "balanced")),
                "early_stopping": rng.choice((0, 0, 1)),
                "restore_best": rng.choice((False, False, True)),
                "precision": "mixed_bfloat16" if index % 6 == 5 else "float32",
                "seed": rng.randint(0, 2**31 - 1),
            },
        }
    )


def make_experiments():
    recipes = {recipe.short: recipe.experiment.with_training(epochs=2) for recipe in RECIPES[:5]}
    rng = random.Random(3)
    return recipes | {f"random{i:02}": random_experiment(rng, i) for i in range(RANDOM_EXPERIMENTS)}


EXPERIMENTS = make_experiments()
TRAINED = list(EXPERIMENTS)[: int(os.environ.get("CNN_LAB_SCRIPTS", "3"))]


@pytest.fixture(scope="module")
def scripts_results(tmp_path_factory):
    scripts = {name: write_script(EXPERIMENTS[name], images=IMAGES) for name in TRAINED}
    return run_scripts(tmp_path_factory.mktemp("scripts"), scripts)


@pytest.mark.parametrize("name", TRAINED)
def test_a_script_reproduces_weights_and_history_of_the_run(name, scripts_results, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "load_dataset", load_small)
    folder = RunStore(tmp_path).create(EXPERIMENTS[name])
    train_run(folder)
    ours = keras.saving.load_model(folder.model_path, compile=False).get_weights()
    epochs = [event for event in read_events(folder.events_path) if event["type"] == "epoch"]
    keras.backend.clear_session()

    weights, history = scripts_results[name]
    assert len(ours) == len(weights)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(ours, weights, strict=True))
    for key in METRICS:
        assert [epoch[key] for epoch in epochs] == [None if x != x else x for x in history[key]], key


def test_random_experiments_cover_every_field():
    experiments = [EXPERIMENTS[name] for name in EXPERIMENTS if name.startswith("random")]
    assert len(experiments) >= 20
    assert {layer.kind for e in experiments for layer in e.architecture.layers} == set(LAYER_TYPES)
    assert {e.dataset for e in experiments} == set(DATASETS)
    assert {e.architecture.data_format for e in experiments} == {"channels_last", "channels_first"}
    assert {e.training.optimizer.kind for e in experiments} == set(OPTIMIZERS_BY_KIND)
    assert {e.training.schedule.kind for e in experiments} == set(SCHEDULES_BY_KIND)
    assert len({e.training.loss for e in experiments}) == 4
    for knob in ("clip_norm", "label_smoothing", "label_noise", "early_stopping", "restore_best"):
        assert any(getattr(e.training, knob) for e in experiments), knob
    assert any(not np.array_equal(e.training.validation_split, 0) for e in experiments)


# ---- what it looks like


@pytest.mark.parametrize("name", STARTERS)
def test_the_script_of_every_starter_is_short_valid_python(name):
    source = write_script(STARTERS[name])
    compile(source, name, "exec")
    layers = len(STARTERS[name].architecture.layers)
    helpers = [add_synthetic_samples] if STARTERS[name].training.synthetic_samples else []
    assert len(source.splitlines()) - len(inline(helpers).definitions.splitlines()) <= 50 + 10 * layers
    assert max(map(len, source.splitlines())) <= 140


def test_a_reproducible_script_is_two_lines_longer():
    source = write_script(STARTERS["from-nothing"])
    assert source.count("set_random_seed(1337)") == source.count("enable_op_determinism()") == 1


def test_only_arguments_that_differ_from_keras_defaults_are_written():
    assert '    layers.Conv2D(32, 3, name="conv1"),' in write_script(experiment(Conv2D())).splitlines()


def experiment(*layers, name="x", **training):
    architecture = ArchitectureSpec(layers=(*layers, Flatten(), Dense(units=10, activation="softmax")))
    return Experiment(name=name, architecture=architecture, training=TrainingConfig(**training))


def test_numbers_are_written_in_full():
    source = write_script(experiment(Dropout(rate=1 / 3), learning_rate=0.0123456789, validation_split=1 / 7))
    for number in (1 / 3, 0.0123456789, 1 / 7):
        assert repr(number) in source


@pytest.mark.parametrize(
    "name", ['a"""b', "back\\slash", 'ends with "', "two\nlines", '"""\nimport os\n"""', "手写数字", "\\"]
)
def test_any_name_is_escaped_in_the_script(name):
    tree = ast.parse(write_script(experiment(name=name)))
    plain = ast.parse(write_script(experiment(name="x")))
    assert len(tree.body) == len(plain.body)
    assert tree.body[0].value.value == " ".join(name.split())  # names are one line


@pytest.mark.parametrize("name", ["input_layer", "input", "x", "keras_tensor", "sequential"])
@pytest.mark.parametrize("more", [(), (ResidualBlock(filters=2),)], ids=["sequential", "functional"])
def test_every_layer_name_works_in_the_script(name, more):
    source = write_script(experiment(Conv2D(name=name, filters=2), *more))
    start = source.index("# Model")
    variables = {}
    exec("import keras\nfrom keras import layers\n" + source[start : source.index("# Training")], variables)
    assert name in [layer.name for layer in variables["model"].layers]


# ---- the notebook


@pytest.mark.parametrize("name", STARTERS)
def test_the_notebook_is_nbformat_4_and_holds_the_scripts_code(name):
    notebook = json.loads(write_notebook(STARTERS[name]))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(0 < len(x) <= 64 and x.replace("-", "").isalnum() for x in ids)
    for cell in notebook["cells"]:
        extra = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | extra
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    script = write_script(STARTERS[name])
    assert len(code) == 6
    for piece in code:
        assert piece in script
        script = script[script.index(piece) + len(piece) :]
    compile("\n".join(code), name, "exec")


def test_the_same_experiment_gives_the_same_notebook_in_every_process():
    code = (
        "from cnn_core.export import write_notebook; from cnn_core.experiment.starters import STARTERS; "
        "print(write_notebook(STARTERS['from-nothing']))"
    )
    printed = {
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert printed == {write_notebook(STARTERS["from-nothing"]) + "\n"}
