import json

from cnn_core import RECIPES, Experiment


def test_the_list_has_one_line_per_recipe_with_its_parameter_count(run_command):
    outcome = run_command("recipes")
    lines = outcome.stdout.splitlines()
    assert outcome.exit_code == 0
    assert len(lines) == len(RECIPES)
    assert "93,322 parameters" in lines[1]
    assert "published 0.9913" in lines[1]


def test_json_output_has_the_whole_experiment_of_every_recipe(run_command):
    listed = json.loads(run_command("recipes", "--json").stdout)
    assert [item["id"] for item in listed] == [recipe.id for recipe in RECIPES]
    for item, recipe in zip(listed, RECIPES, strict=True):
        assert Experiment.model_validate(item["experiment"]) == recipe.experiment
        assert sum(layer["parameters"] for layer in item["layers"]) == item["parameters"]
        assert item["published"] == recipe.published


def test_without_a_command_the_help_lists_all_commands(run_command):
    outcome = run_command("--help")
    assert outcome.exit_code == 0
    for command in ("recipes", "train", "predict", "export", "runs", "results", "bundle", "doctor"):
        assert command in outcome.stdout
