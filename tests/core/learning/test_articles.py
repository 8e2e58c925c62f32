"""The five articles as walks: their facts agree with the networks, and their code runs."""

import ast
import math

import numpy as np
import pytest

from cnn_core.architecture import compute_anatomy
from cnn_core.architecture.layers import Conv2D, MaxPooling2D
from cnn_core.experiment.published import published_epochs
from cnn_core.learning.article_code import write_step
from cnn_core.learning.articles import (
    ARTICLES,
    OLD_NAMES,
    STEPS,
    explain_side,
    find_article,
    grow,
    list_old_names,
    read_step,
)

every_article = pytest.mark.parametrize("article", ARTICLES.values(), ids=list(ARTICLES))


def script(article):
    return "\n".join(write_step(article, step) for step in article.steps)


def test_the_articles_are_r1_to_r5_with_nine_steps_in_order():
    assert list(ARTICLES) == ["R1", "R2", "R3", "R4", "R5"]
    assert all(article.steps[:9] == STEPS for article in ARTICLES.values())


@every_article
def test_the_published_parameters_are_those_of_its_layers(article):
    rows = compute_anatomy(article.recipe.experiment.architecture).rows
    assert article.parameters == tuple(row.parameters for row in rows if row.parameters)


@every_article
def test_the_network_grows_by_one_layer_at_a_time(article):
    spec = article.recipe.experiment.architecture
    for count in range(1, len(spec.layers) + 1):
        part = spec.with_layers(spec.layers[:count])
        assert grow(article, count) == compute_anatomy(part)
        assert write_step(article, "build", count).count("layers.") == count
    assert grow(article, len(spec.layers)).parameters == sum(article.parameters)


def test_only_the_complete_network_has_a_summary():
    article = ARTICLES["R5"]
    assert "summary" not in write_step(article, "build", 3)
    assert write_step(article, "build", 4) == write_step(article, "build")
    assert write_step(article, "build").endswith("model.summary()")


@pytest.mark.parametrize(
    ("layer", "before", "rule", "shown"),
    [
        (Conv2D(filters=1, kernel_size=3), 28, "valid", "28 − 3 + 1 = 26"),
        (Conv2D(filters=1, kernel_size=5, padding="same"), 28, "same", "⌈28 / 1⌉ = 28"),
        (MaxPooling2D(), 11, "valid", "⌊(11 − 2) / 2⌋ + 1 = 5"),
        (MaxPooling2D(pool_size=2, strides=2, padding="same"), 7, "same", "⌈7 / 2⌉ = 4"),
    ],
)
def test_the_side_formula_follows_the_padding(layer, before, rule, shown):
    assert explain_side(layer, before, int(shown.split()[-1])) == (rule, shown)


@every_article
def test_the_side_formulas_evaluate_to_the_shapes(article):
    spec = article.recipe.experiment.architecture
    for layer, row in zip(spec.layers, compute_anatomy(spec).rows, strict=True):
        rule, shown = explain_side(layer, row.input_shape[0], row.output_shape[0])
        if rule:
            sum_, _, result = shown.partition(" = ")
            python = sum_.replace("−", "-").replace("⌊", "math.floor(").replace("⌈", "math.ceil(")
            python = python.replace("⌋", ")").replace("⌉", ")")
            assert eval(python, {"math": math}) == int(result)


def test_errata_and_renamed_arguments_refer_to_existing_steps():
    steps = {step for article in ARTICLES.values() for step in article.steps}
    assert set(OLD_NAMES) <= steps
    assert all(set(article.errata) <= set(article.steps) for article in ARTICLES.values())
    assert {short for short, article in ARTICLES.items() if article.errata} == {"R2", "R3", "R4", "R5"}


@every_article
def test_the_old_optimizer_name_is_that_of_the_article(article):
    training = article.recipe.experiment.training
    ((then, today),) = list_old_names(article, "compile")
    assert then == f"{training.optimizer.kind}(lr={training.learning_rate})"
    assert f"optimizer=keras.optimizers.{today[:-1]}" in write_step(article, "compile")


@every_article
def test_the_code_has_no_outdated_names(article):
    tree = ast.walk(ast.parse(script(article)))
    names = {getattr(node, "attr", getattr(node, "id", getattr(node, "arg", ""))) for node in tree}
    assert names.isdisjoint({"np_utils", "lr", "predict_classes", "Convolution2D", "nb_epoch", "epoch"})


def test_an_address_opens_the_nearest_existing_step():
    article = find_article("r3")
    assert article is ARTICLES["R3"]
    assert [read_step(article, written) for written in ("4", "0", "-3", "99", "x", "", None)] == [4, 1, 1, 10, 1, 1, 1]
    assert find_article("R9") is None
    assert find_article(None) is None


def test_there_is_one_published_figure_per_epoch():
    for article in ARTICLES.values():
        epochs = published_epochs.get(article.recipe.id)
        assert epochs is None or len(epochs.accuracy) == article.recipe.experiment.training.epochs


@pytest.mark.parametrize("name", ["R1", "R3", "R5"])  # the two input shapes, both scalings, every kind of prediction
def test_all_steps_together_are_a_runnable_script(name, monkeypatch, tmp_path):
    import keras

    article = ARTICLES[name]
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (40, 28, 28), dtype=np.uint8)
    labels = np.arange(40, dtype=np.uint8) % 10
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: ((pictures, labels), (pictures[:20], labels[:20])))
    monkeypatch.chdir(tmp_path)
    code = script(article).replace("[9487]", "[7]").replace("epochs=12", "epochs=1").replace("epochs=5", "epochs=1")
    space = {}
    exec(compile(code, name, "exec"), space)
    assert space["model"].count_params() == sum(article.parameters)
    assert space["y_train"].shape == (40, 10)
    high = 1 if article.recipe.experiment.training.input_scaling == "unit" else 255
    assert space["x_train"].max() == high
    assert 0 <= space["accuracy"] <= 1
    if name == "R3":  # saved and read again: the same network
        x = space["x_test"]
        np.testing.assert_allclose(
            space["again"].predict(x, verbose=0), space["model"].predict(x, verbose=0), rtol=1e-5
        )
