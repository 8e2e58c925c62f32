"""Design: every change has its price at once, and a way back."""

import pytest
from app_pages import button, go, metric, number, says

from cnn_core import compute_anatomy, find_recipe
from ui.text import text

R2, R5 = (find_recipe(name).experiment.architecture for name in ("R2", "R5"))


def total(architecture):
    return compute_anatomy(architecture).parameters


@pytest.fixture
def design(open_page):
    return open_page("design")


def set_filters(app, filters, layer="conv1"):
    number(app, f"{layer}.filters").set_value(filters).run()
    assert not app.exception
    return app


def shown_total(app):
    return metric(app, "design.parameters").value


def test_the_first_design_is_a_recipe_with_its_total(design):
    assert shown_total(design) == f"{total(R2):,}"
    assert not metric(design, "design.parameters").delta
    assert metric(design, "design.layers").value == str(len(R2.layers))


def test_changed_filters_change_the_total_and_show_the_difference(design):
    changed = total(R2.replace_layer("conv1", filters=16))
    set_filters(design, 16)
    assert shown_total(design) == f"{changed:,}"
    assert metric(design, "design.parameters").delta == f"{changed - total(R2):+,}"


def test_a_change_moves_the_shapes_of_the_layers_behind_it(design):
    set_filters(design, 16)
    for row in compute_anatomy(R2.replace_layer("conv1", filters=16)).rows[:2]:
        assert says(design, str(row.output_shape))


def test_undo_takes_a_change_back_and_redo_makes_it_again(design):
    assert button(design, "design.undo").disabled
    set_filters(set_filters(design, 16), 8)
    once, twice = (f"{total(R2.replace_layer('conv1', filters=n)):,}" for n in (16, 8))
    assert shown_total(design) == twice
    assert shown_total(button(design, "design.undo").click().run()) == once
    assert shown_total(button(design, "design.undo").click().run()) == f"{total(R2):,}"
    assert button(design, "design.undo").disabled
    assert number(design, "conv1.filters").value == 32
    assert shown_total(button(design, "design.redo").click().run()) == once
    assert shown_total(button(design, "design.redo").click().run()) == twice
    assert button(design, "design.redo").disabled


def test_a_new_change_ends_what_could_be_redone(design):
    button(set_filters(design, 16), "design.undo").click().run()
    assert button(set_filters(design, 8), "design.redo").disabled


def test_loading_a_recipe_replaces_the_design_and_undo_brings_it_back(design):
    set_filters(design, 16)
    design.selectbox(key="design.recipe").select(R5.name).run()
    button(design, "design.load").click().run()
    assert not design.exception
    assert shown_total(design) == f"{total(R5):,}"
    assert not metric(design, "design.parameters").delta
    button(design, "design.undo").click().run()
    assert shown_total(design) == f"{total(R2.replace_layer('conv1', filters=16)):,}"


@pytest.mark.parametrize("recipe", ["R1", "R2", "R3", "R4", "R5", "LeNet-5", "Dense"])
def test_every_recipe_can_be_loaded(design, recipe):
    design.selectbox(key="design.recipe").select(find_recipe(recipe).id).run()
    button(design, "design.load").click().run()
    assert not design.exception
    assert shown_total(design) == f"{total(find_recipe(recipe).experiment.architecture):,}"


def test_a_kernel_that_does_not_fit_is_explained_and_the_design_cannot_be_trained(design):
    number(design, "conv3.kernel_size").set_value(9).run()
    assert not design.exception
    assert any("conv3" in error.value for error in design.error)
    assert button(design, "design.train").disabled
    button(design, "design.undo").click().run()
    assert not design.error
    assert not button(design, "design.train").disabled


def test_the_design_outlasts_a_visit_to_another_page(design):
    set_filters(design, 16)
    app = go(go(design, "compare"), "design")
    assert number(app, "conv1.filters").value == 16


def test_train_this_design_opens_train_with_it(design):
    set_filters(design, 16)
    button(design, "design.train").click().run()
    assert not design.exception
    assert design.title[0].value == text("train.title")
    assert number(design, "conv1.filters").value == 16
    assert not button(design, "train.start").disabled


def test_the_design_that_is_trained_follows_later_changes(design):
    button(set_filters(design, 16), "design.train").click().run()
    go(design, "design")
    button(set_filters(design, 8), "design.train").click().run()
    assert not design.exception
    assert number(design, "conv1.filters").value == 8
