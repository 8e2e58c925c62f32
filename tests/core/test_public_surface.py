import inspect

import pytest

import cnn_core


def test_the_public_surface_is_exactly_this():
    assert sorted(cnn_core.__all__) == sorted(
        [
            *("ArchitectureSpec", "Experiment", "TrainingConfig", "build_model", "compute_anatomy"),
            *("RECIPES", "Recipe", "find_recipe"),
            *("DATASETS", "load_dataset", "centre_ink"),
            *("LocalExecutor", "RunStore", "default_runs_dir", "train_run"),
            *("Probe", "load_probe"),
            "CnnLabError",
        ]
    )


@pytest.mark.parametrize("name", cnn_core.__all__)
def test_what_is_public_is_there_and_explains_itself(name):
    thing = getattr(cnn_core, name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert thing.__doc__, name
        inherited = {base.__doc__ for base in getattr(thing, "__mro__", [])[1:]}
        assert thing.__doc__ not in inherited
        assert not thing.__doc__.startswith(f"{name}("), "dataclasses write that one themselves"


def test_the_packages_example_uses_public_names_only():
    line = next(line for line in cnn_core.__doc__.splitlines() if "from cnn_core import" in line)
    assert {name.strip() for name in line.split("import")[1].split(",")} <= set(cnn_core.__all__)
