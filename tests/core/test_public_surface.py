"""The names of `cnn_core.__all__`: each is documented with an example that runs, and the API pages can be built."""

import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas
import pytest

import cnn_core

ROOT = Path(cnn_core.__file__).parents[1]
CALLABLE = [name for name in cnn_core.__all__ if callable(getattr(cnn_core, name))]


def own_doc(thing):
    """The docstring, unless it is inherited or written by `dataclass`."""
    inherited = {base.__doc__ for base in getattr(thing, "__mro__", [])[1:]}
    doc = thing.__doc__ or ""
    return "" if doc in inherited or doc.startswith(f"{thing.__name__}(") else doc


def public_methods(thing):
    """Functions and properties that a class itself defines under a public name."""
    if not inspect.isclass(thing):
        return {}
    members = {
        name: getattr(value, "fget", None) or getattr(value, "func", None) or value
        for name, value in vars(thing).items()
    }
    return {name: f for name, f in members.items() if not name.startswith("_") and inspect.isfunction(f)}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the examples may use without defining it."""
    run = cnn_core.find_run("R2", tmp_path_factory.mktemp("runs"))
    image = cnn_core.load_dataset("digits").x_test[0]
    public = {name: getattr(cnn_core, name) for name in cnn_core.__all__}
    known = {"run": run, "probe": run.probe(), "image": image, "ink": np.ones((280, 280), np.float32)}
    return public | known | {"cnn_core": cnn_core, "np": np, "pandas": pandas}


@pytest.mark.parametrize("name", CALLABLE)
def test_a_public_name_has_a_docstring_with_an_example(name):
    thing = getattr(cnn_core, name)
    assert ">>> " in own_doc(thing), name
    assert not own_doc(thing).splitlines()[0].startswith(" ")


@pytest.mark.parametrize("name", CALLABLE)
def test_docstring_examples_produce_their_output(name, names, monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path))
    thing = getattr(cnn_core, name)
    parts = {name: thing} | {f"{name}.{method}": f for method, f in public_methods(thing).items()}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    report = []
    for title, part in parts.items():
        test = doctest.DocTestParser().get_doctest(inspect.getdoc(part) or "", dict(names), title, None, None)
        runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


def test_examples_of_the_most_used_methods_run():
    for method in ("predict", "feature_maps"):
        assert ">>> " in getattr(cnn_core.Probe, method).__doc__


@pytest.mark.parametrize("name", ["Run", "Probe"])
def test_each_method_that_a_notebook_calls_has_a_docstring(name):
    assert [method for method, f in public_methods(getattr(cnn_core, name)).items() if not f.__doc__] == []


def test_constants_are_documented_in_the_api_docs():
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert "RECIPES" in text
    named = {name for name in cnn_core.__all__ if f"`{name}" in text or f"`Run.{name}" in text}
    assert {"train", "find_run", "list_runs", "explain", "attack", "load_dataset", "find_recipe"} <= named


@pytest.mark.slow
def test_the_api_pages_can_be_built(tmp_path):
    build = [sys.executable, "-m", "pdoc", "cnn_core", "-o", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith("Warn")] == []
    page = (tmp_path / "cnn_core.html").read_text(encoding="utf-8")
    for name in cnn_core.__all__:
        assert f'id="{name}"' in page, name
