"""A dataset, an attribution method and an export format from outside the package are one class each."""

import ast
from pathlib import Path

import numpy as np
import pytest
import toy_extensions
from click.testing import CliRunner

import cnn_core
from cnn_core import RunStore, load_dataset, load_probe
from cnn_core.cli import main
from cnn_core.data.datasets.base import DATASETS
from cnn_core.data.datasets.samples import pick_samples
from cnn_core.experiment.optimizers import OPTIMIZERS_BY_KIND
from cnn_core.export.formats import FORMATS
from cnn_core.export.script import write_script
from cnn_core.inspection.attribution.explanation import explain
from cnn_core.inspection.attribution.gradients import AttributionKnobs
from cnn_core.inspection.attribution.methods import ATTRIBUTIONS
from ui.text import load_catalogue

ROOT = Path(cnn_core.__file__).parents[1]


@pytest.fixture(autouse=True)
def _registered():
    toy_extensions.add()
    yield
    toy_extensions.remove()


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
    layers = [*experiment.architecture.layers[:-1], {"kind": "Dense", "units": 2, "activation": "softmax"}]
    architecture = experiment.architecture.with_input((12, 12, 1)).with_layers(layers)
    changed = experiment.model_copy(update={"architecture": architecture, "dataset": "toy_stripes"})
    folder = RunStore(tmp_path / "runs").create(changed.with_training(epochs=2))
    cnn_core.train_run(folder)
    return RunStore(tmp_path / "runs").find(folder.id)


def test_an_experiment_takes_it_and_refuses_unknown_names():
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
    found = explain(probe, images, 0, AttributionKnobs())
    assert list(found.maps) == list(ATTRIBUTIONS)
    assert np.all(found.maps["toy_constant"] == 0.5)
    target = tmp_path / "out.toy"
    outcome = CliRunner().invoke(main, ["export", run.id, "--format", "toy", "--out", str(target)])
    assert outcome.exit_code == 0, outcome.output
    assert target.read_text() == run.experiment.name


def test_an_unknown_format_or_dataset_names_those_there_are():
    for arguments in (["export", "R2", "--format", "onyx"], ["train", "R5", "--dataset", "onyx"]):
        outcome = CliRunner().invoke(main, arguments)
        assert outcome.exit_code == 2
        assert "'toy" in outcome.output


# Published recipes and bundled material state their dataset; these files declare the items themselves.
_DECLARE = {
    *(
        "cnn_core/data/datasets/keras_datasets.py",
        "cnn_core/data/datasets/digits.py",
        "cnn_core/data/datasets/catalog.py",
    ),
    *("cnn_core/experiment/optimizers.py", "cnn_core/experiment/schedules.py", "cnn_core/experiment/recipes.py"),
    *("cnn_core/export/formats.py", "cnn_core/inspection/attribution/methods.py"),
}
# Words that are other things as well: a key of a JSON object, an extra of the package, a term of the glossary.
_OTHER_MEANINGS = {"digits", "script", "weights", "keras", "notebook", "tensorboard", "saliency"}


def test_no_code_elsewhere_names_a_dataset_format_method_or_optimizer():
    toy_extensions.remove()
    names = {*DATASETS, *FORMATS, *ATTRIBUTIONS, *OPTIMIZERS_BY_KIND} - _OTHER_MEANINGS
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno} {node.value}"
        for folder in ("cnn_core", "ui", "pages")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in _DECLARE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert found == []


def test_every_built_in_item_has_its_words():
    toy_extensions.remove()
    catalogue = load_catalogue()
    missing = [key for key in FORMATS for name in (key, f"{key}_help") if name not in catalogue["downloads"]]
    missing += [
        key for key in ATTRIBUTIONS for name in (key, f"{key}_shows", f"{key}_beware") if name not in catalogue["why"]
    ]
    assert missing == []
