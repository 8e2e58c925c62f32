"""A layer type from outside the package is one class; it works wherever layers are handled."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toy_layer
from click.testing import CliRunner

import cnn_core
from cnn_core import (
    ArchitectureSpec,
    Experiment,
    Probe,
    RunStore,
    TrainingConfig,
    build_model,
    compute_anatomy,
    train_run,
)
from cnn_core.architecture.layers import LAYER_TYPES, UNKNOWN, traits_of
from cnn_core.architecture.repair import find_problem
from cnn_core.cli import main
from cnn_core.export.layer_code import write_model
from cnn_core.export.link import decode_link, encode_link
from cnn_core.export.summary import build_summary
from cnn_core.figures.network_picture import describe
from cnn_core.inspection.microscope.explain import explain
from cnn_core.inspection.microscope.trace import trace_back, trace_forward
from cnn_core.inspection.model.graph import collect_values, open_probe, shapes_of

ROOT = Path(cnn_core.__file__).parents[1]
DOCUMENTED = ROOT / "docs" / "extending.md"


@pytest.fixture(autouse=True)
def _registered():
    toy_layer.add()
    yield
    toy_layer.remove()


@pytest.fixture
def experiment():
    training = TrainingConfig(epochs=1, batch_size=64)
    return Experiment(name="toy", architecture=toy_layer.architecture(), dataset="digits", training=training)


def test_it_round_trips_through_json_and_links(experiment):
    assert ArchitectureSpec.model_validate_json(experiment.architecture.model_dump_json()) == experiment.architecture
    assert decode_link(encode_link(experiment)) == experiment


def test_it_has_a_row_in_the_anatomy_and_no_problem(experiment):
    row = compute_anatomy(experiment.architecture).rows[1]
    assert (row.kind, row.output_shape, row.parameters, row.receptive_field) == ("ToyScaling", (26, 26, 3), 0, 3)
    assert find_problem(experiment.architecture) is None
    assert describe(experiment.architecture.layers[1]) == "ToyScaling"


def test_a_field_out_of_range_names_the_field():
    with pytest.raises(ValueError, match="factor"):
        ArchitectureSpec.model_validate({"layers": [{"kind": "ToyScaling", "factor": 99}]})


def test_the_exported_code_builds_the_same_network(experiment):
    import keras

    model = build_model(experiment.architecture)
    names = {"keras": keras, "layers": keras.layers, "ToyScaling": toy_layer.keras_scaling()}
    exec(write_model(experiment.architecture), names)
    written = names["model"]
    written.set_weights(model.get_weights())
    images = np.random.default_rng(0).random((4, 28, 28, 1), np.float32)
    assert np.array_equal(written.predict(images, verbose=0), model.predict(images, verbose=0))


def test_its_values_are_explained_and_traced(experiment):
    probe = Probe(build_model(experiment.architecture), experiment)
    inputs = np.random.default_rng(0).random((1, 28, 28, 1), np.float32)
    layers = open_probe(probe)
    values = collect_values(layers, probe.inspect(inputs), inputs)
    explanation = explain(layers, values, "scaling1", (4, 5, 1))
    assert explanation.agrees
    assert explanation.value == pytest.approx(-1.5 * values["conv1"][4, 5, 1])
    assert trace_back(layers, shapes_of(values), "scaling1", (4, 5, 1))["conv1"].rows == (4, 5)
    assert trace_forward(layers, shapes_of(values), "scaling1", (4, 5, 1))["pool1"].columns == (2, 3)


def test_it_is_trained_summarized_and_exported_from_the_command_line(experiment, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path / "runs"))
    store = RunStore(tmp_path / "runs")
    folder = store.create(experiment)
    assert train_run(folder).test_accuracy > 0
    assert "ToyScaling" in build_summary(store.find(folder.id))
    target = tmp_path / "script.py"
    outcome = CliRunner().invoke(main, ["export", folder.id, "--format", "script", "--out", str(target)])
    assert outcome.exit_code == 0, outcome.output
    assert 'ToyScaling(factor=-1.5, name="scaling1")' in target.read_text()
    run_script(target)
    listed = CliRunner().invoke(main, ["runs", "--json"])
    assert folder.id in json.dumps(json.loads(listed.output))


def test_the_documented_example_is_a_layer_type_whose_script_runs(tmp_path):
    """In a process of its own, as Keras and our registry would keep the classes."""
    (tmp_path / "my_layers.py").write_text(
        DOCUMENTED.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    )
    (tmp_path / "write.py").write_text(
        "import my_layers, toy_layer\n"
        "from cnn_core import Experiment, TrainingConfig\n"
        "from cnn_core.export.script import write_script\n"
        "output = {'kind': 'Dense', 'units': 10, 'activation': 'softmax'}\n"
        "layers = [{'kind': 'Flatten'}, {'kind': 'KerasScaling'}, output]\n"
        "experiment = Experiment(name='toy', architecture={'layers': layers}, dataset='digits',"
        " training=TrainingConfig(epochs=1, batch_size=500))\n"
        "open('script.py', 'w').write(write_script(experiment))\n"
    )
    run_script(tmp_path / "write.py")
    assert "from my_layers import KerasScaling" in (tmp_path / "script.py").read_text()
    run_script(tmp_path / "script.py")


def run_script(path):
    paths = os.pathsep.join([str(path.parent), str(Path(__file__).parent), str(ROOT)])
    variables = os.environ | {"PYTHONPATH": paths}
    ended = subprocess.run([sys.executable, path], env=variables, cwd=path.parent, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("kind", [*LAYER_TYPES])
def test_every_layer_type_declares_what_the_rest_needs(kind):
    """A type without arithmetic has to be a block, whose parts have it."""
    layer_type = LAYER_TYPES[kind]
    assert layer_type.stem
    assert layer_type.group
    assert layer_type.traits is traits_of(kind)
    assert layer_type.is_block or layer_type.traits.arithmetic != UNKNOWN.arithmetic
    assert layer_type().label


def test_a_keras_layer_that_is_not_registered_depends_on_everything():
    assert traits_of("SomebodysLayer") is UNKNOWN
    assert not UNKNOWN.copies
    assert not UNKNOWN.slides


# Networks written down as data name their layers; so do the two types that stand for a choice of a user.
SPECS = {
    *("cnn_core/experiment/recipes.py", "cnn_core/experiment/starters.py", "cnn_core/learning/glossary.py"),
    "cnn_core/training/calibration.py",
}


def test_no_code_outside_the_layer_types_names_one():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"
        for folder in ("cnn_core", "ui", "pages")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "architecture/layers" not in path.as_posix() and str(path.relative_to(ROOT)) not in SPECS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in LAYER_TYPES
    ]
    assert found == []


def test_no_script_in_the_browser_names_a_layer_type():
    words = [f'"{kind}"' for kind in LAYER_TYPES]
    found = [path.name for path in (ROOT / "ui").rglob("*.js") for word in words if word in path.read_text("utf-8")]
    assert found == []
