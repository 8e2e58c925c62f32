import json

from cnn_core import RECIPES, Experiment


def test_the_list_has_a_line_for_each_recipe_with_its_parameters(run_command):
    outcome = run_command("recipes")
    lines = outcome.stdout.splitlines()
    assert outcome.exit_code == 0
    assert len(lines) == len(RECIPES)
    assert "93,322 parameters" in lines[1]
    assert "published 0.9913" in lines[1]


def test_as_json_every_recipe_holds_its_whole_experiment(run_command):
    listed = json.loads(run_command("recipes", "--json").stdout)
    assert [item["id"] for item in listed] == [recipe.id for recipe in RECIPES]
    for item, recipe in zip(listed, RECIPES, strict=True):
        assert Experiment.model_validate(item["experiment"]) == recipe.experiment
        assert sum(layer["parameters"] for layer in item["layers"]) == item["parameters"]
        assert item["published"] == recipe.published


def test_without_a_command_the_commands_are_listed(run_command):
    outcome = run_command("--help")
    assert outcome.exit_code == 0
    for command in ("recipes", "train", "predict", "export", "runs", "results", "bundle", "doctor"):
        assert command in outcome.stdout
