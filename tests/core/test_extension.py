"""A dataset, an attribution method and an export format from outside the package are one class each."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import toy_extensions
from click.testing import CliRunner

import cnn_core
from cnn_core import RunStore, load_dataset, load_probe
from cnn_core.cli import main
from cnn_core.data.datasets.base import DATASETS
from cnn_core.data.datasets.samples import pick_samples
from cnn_core.execution.worker_process import Worker, worker_command
from cnn_core.experiment.optimizers import OPTIMIZERS_BY_KIND
from cnn_core.experiment.schedules import SCHEDULES_BY_KIND
from cnn_core.export.formats import FORMATS
from cnn_core.export.script import write_script
from cnn_core.inspection.attribution.explanation import explain
from cnn_core.inspection.attribution.methods import ATTRIBUTIONS
from ui.text import load_catalogue

ROOT = Path(cnn_core.__file__).parents[1]


@pytest.fixture(autouse=True)
def _registered():
    toy_extensions.add()
    yield
    toy_extensions.remove()


def stripes_experiment():
    """R5 for two classes."""
    experiment = cnn_core.find_recipe("R5").experiment
    layers = [*experiment.architecture.layers[:-1], {"kind": "Dense", "units": 2, "activation": "softmax"}]
    architecture = experiment.architecture.with_input((12, 12, 1)).with_layers(layers)
    changed = experiment.model_copy(update={"architecture": architecture, "dataset": "toy_stripes"})
    return changed.with_training(epochs=2)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A run that the command line has trained on the toy dataset."""
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path / "runs"))
    from cnn_core import find_recipe

    experiment = find_recipe("R5").experiment
    assert experiment.architecture.layers[-1].units == 10  # more classes than stripes have, which is refused below
    outcome = CliRunner().invoke(main, ["train", "R5", "--dataset", "toy_stripes", "--epochs", "1", "--json"])
    assert outcome.exit_code == 1
    assert "2 classes" in outcome.output
    folder = RunStore(tmp_path / "runs").create(stripes_experiment())
    cnn_core.train_run(folder)
    return RunStore(tmp_path / "runs").find(folder.id)


def test_an_experiment_accepts_it_and_rejects_unknown_names():
    experiment = cnn_core.find_recipe("R5").experiment.on_dataset("toy_stripes")
    assert experiment.architecture.input_shape == (12, 12, 1)
    with pytest.raises(ValueError, match=r"no dataset called 'stripes'.*toy_stripes"):
        cnn_core.Experiment.model_validate(experiment.model_dump() | {"dataset": "stripes"})


def test_it_is_loaded_sampled_and_written_into_a_script():
    dataset = load_dataset("toy_stripes")
    assert dataset.x_train.shape == (200, 12, 12, 1)
    assert pick_samples("toy_stripes").labels == (0, 1)
    script = write_script(cnn_core.find_recipe("R5").experiment.on_dataset("toy_stripes"))
    assert "from toy_extensions import load_stripes" in script
    assert "= load_stripes()" in script


def test_a_run_on_it_is_explained_and_exported(run, tmp_path):
    assert run.history.test_accuracy > 0.9
    probe = load_probe(run.folder)
    images = load_dataset("toy_stripes").x_test[:1].astype(np.float32) / 255
    found = explain(probe, images, 0, {"level": 0.25})
    assert list(found.maps) == list(ATTRIBUTIONS)
    assert np.all(found.maps["toy_constant"] == 0.25)
    target = tmp_path / "out.toy"
    outcome = CliRunner().invoke(main, ["export", run.id, "--format", "toy", "--out", str(target)])
    assert outcome.exit_code == 0, outcome.output
    assert target.read_text() == run.experiment.name


def test_an_unknown_format_or_dataset_error_lists_the_names():
    for arguments in (["export", "R2", "--format", "onyx"], ["train", "R5", "--dataset", "onyx"]):
        outcome = CliRunner().invoke(main, arguments)
        assert outcome.exit_code == 2
        assert "'toy" in outcome.output


# These files declare the items themselves.
DECLARE = {
    "cnn_core/data/datasets/keras_datasets.py",
    "cnn_core/data/datasets/digits.py",
    "cnn_core/experiment/optimizers.py",
    "cnn_core/experiment/schedules.py",
    "cnn_core/export/formats.py",
    "cnn_core/inspection/attribution/methods.py",
}


def used_in_logic(tree):
    """String constants that code compares with, looks up, or matches; not keys of JSON that it writes or reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            sequences = [operand for operand in operands if isinstance(operand, (ast.Tuple, ast.Set, ast.List))]
            operands += [item for sequence in sequences for item in sequence.elts]
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id.isupper():
            operands = [node.slice]
        elif isinstance(node, ast.MatchValue):
            operands = [node.value]
        else:
            continue
        yield from (operand for operand in operands if isinstance(operand, ast.Constant))


def test_no_code_elsewhere_decides_by_the_name_of_an_item():
    toy_extensions.remove()
    names = {*DATASETS, *FORMATS, *ATTRIBUTIONS, *OPTIMIZERS_BY_KIND, *SCHEDULES_BY_KIND}
    names -= {"step"}  # the axis of a chart as well
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{constant.lineno} {constant.value}"
        for folder in ("cnn_core", "ui", "pages")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in DECLARE
        for constant in used_in_logic(ast.parse(path.read_text(encoding="utf-8")))
        if constant.value in names
    ]
    assert found == []


@pytest.mark.slow
def test_an_extension_is_loaded_by_the_command_line_and_its_worker(tmp_path):
    """In processes of their own, which import the module that the variable names."""
    (tmp_path / "my_extension.py").write_text("import toy_extensions\ntoy_extensions.add()\n")
    paths = os.pathsep.join([str(tmp_path), str(Path(__file__).parent), str(ROOT)])
    variables = os.environ | {"CNN_LAB_EXTENSIONS": "my_extension", "PYTHONPATH": paths}
    variables["CNN_LAB_RUNS_DIR"] = str(tmp_path / "runs")
    command = [sys.executable, "-m", "cnn_core", "train", "--help"]
    shown = subprocess.run(command, env=variables, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert "toy_stripes" in shown.stdout
    with mock.patch.dict(os.environ, variables):
        run_in_a_worker(RunStore(tmp_path / "runs").create(stripes_experiment()))
    assert RunStore(tmp_path / "runs").list_runs().runs[0].state == "completed"


def run_in_a_worker(folder):
    worker = Worker(worker_command(folder.path.parent))
    worker.give(folder)
    assert worker.wait()[1] == ""


def test_every_built_in_item_has_its_texts():
    toy_extensions.remove()
    catalogue = load_catalogue()
    missing = [key for key in FORMATS for name in (key, f"{key}_help") if name not in catalogue["downloads"]]
    missing += [
        key for key in ATTRIBUTIONS for name in (key, f"{key}_shows", f"{key}_beware") if name not in catalogue["why"]
    ]
    assert missing == []
