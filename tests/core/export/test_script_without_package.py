"""An exported script runs where this package is not installed, such as in Colab."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from cnn_core import RECIPES, RunStore, find_recipe, load_dataset, train_run
from cnn_core.data.handwriting.synthetic import add_synthetic_samples
from cnn_core.export.inlined import inline
from cnn_core.export.script import write_notebook, write_script
from cnn_core.runs.model_file import load_model

HIDDEN = """
import sys
from importlib.abc import MetaPathFinder

class Hide(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("cnn_core", "ui"):
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Hide())
"""
SAVE = "\nimport numpy\nnumpy.savez('weights.npz', *model.get_weights())\n"


def run_alone(source, folder):
    """Runs a program in a folder where nothing of this package can be imported."""
    (folder / "program.py").write_text(HIDDEN + source, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-P", "program.py"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def test_the_script_of_a_digits_run_gives_its_weights_without_this_package(tmp_path):
    experiment = find_recipe("R5").experiment.on_dataset("digits").with_training(epochs=1)
    folder = RunStore(tmp_path).create(experiment)
    train_run(folder)
    run_alone(write_script(experiment) + SAVE, tmp_path)
    with np.load(tmp_path / "weights.npz") as file:
        weights = [file[key] for key in file.files]
    for ours, theirs in zip(load_model(folder).get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("dataset", ["mnist", "digits"])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.short)
def test_no_script_or_notebook_of_a_recipe_names_this_package(recipe, dataset):
    experiment = recipe.experiment.on_dataset(dataset).with_training(synthetic_samples=20)
    script = write_script(experiment)
    cells = json.loads(write_notebook(experiment))["cells"]
    notebook = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for source in (script, notebook):
        compile(source, "exported", "exec")
        assert "cnn_core" not in source
        assert max(map(len, source.splitlines())) <= 140


def test_inlined_synthetic_samples_are_those_of_the_package(tmp_path):
    inlined = inline([add_synthetic_samples])
    variables = {}
    exec("\n".join([*inlined.imports, inlined.definitions]), variables)
    data = load_dataset("digits")
    ours, theirs = (
        function(data.x_train[:50], data.y_train[:50], 40, seed=3)
        for function in (add_synthetic_samples, variables["add_synthetic_samples"])
    )
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_array_equal(ours[1], theirs[1])
