"""Design: every change has its price at once, mistakes have a way out, and every change a way back."""

import pytest
from app_pages import button, go, metric, number, open_app, says

from cnn_core import compute_anatomy, find_recipe
from cnn_core.architecture.layers import LAYER_TYPES
from cnn_core.experiment.starters import STARTERS
from cnn_core.export import decode_link, encode_link
from ui.session.model import SessionState
from ui.text import text

R2, R5 = (find_recipe(name).experiment.architecture for name in ("R2", "R5"))


def total(architecture):
    return f"{compute_anatomy(architecture).parameters:,}"


@pytest.fixture
def design(open_page):
    return open_page("design")


def draft(app):
    state: SessionState = app.session_state["cnn_lab"]
    return state.draft


def select(app, layer):
    """What a click on the layer's row does."""
    draft(app).selected = layer
    return app.run()


def knob(app, layer, field):
    (found,) = [w for w in [*app.slider, *app.number_input, *app.selectbox] if w.key.endswith(f".{layer}.{field}")]
    return found


def turn(app, layer, field, value):
    knob(select(app, layer), layer, field).set_value(value).run()
    assert not app.exception
    return app


def shown_total(app):
    return metric(app, "design.parameters").value


def test_the_initial_design_is_r2_with_its_total(design):
    assert shown_total(design) == total(R2) == "93,322"
    assert not metric(design, "design.parameters").delta


def test_changed_filters_change_the_total_and_show_the_difference(design):
    turn(design, "conv1", "filters", 16)
    assert shown_total(design) == total(R2.replace_layer("conv1", filters=16))
    assert metric(design, "design.parameters").delta.startswith("-")


def test_undo_reverts_and_redo_repeats_a_change(design):
    assert button(design, "design.undo").disabled
    turn(turn(design, "conv1", "filters", 16), "conv1", "filters", 8)
    once, twice = (total(R2.replace_layer("conv1", filters=n)) for n in (16, 8))
    assert shown_total(design) == twice
    assert shown_total(button(design, "design.undo").click().run()) == once
    assert shown_total(button(design, "design.undo").click().run()) == total(R2)
    assert button(design, "design.undo").disabled
    assert knob(design, "conv1", "filters").value == 32
    assert shown_total(button(design, "design.redo").click().run()) == once
    assert shown_total(button(design, "design.redo").click().run()) == twice
    assert button(design, "design.redo").disabled


def test_a_new_change_clears_redo(design):
    button(turn(design, "conv1", "filters", 16), "design.undo").click().run()
    assert button(turn(design, "conv1", "filters", 8), "design.redo").disabled


@pytest.mark.parametrize("starter", STARTERS)
def test_every_starter_can_be_loaded_and_undone(design, starter):
    design.selectbox(key="design.origin").set_value(starter).run()
    button(design, "design.load").click().run()
    assert not design.exception
    assert shown_total(design) == total(STARTERS[starter].architecture)
    assert not metric(design, "design.parameters").delta


def test_a_kernel_that_does_not_fit_is_explained_with_working_repairs(design):
    for index in range(3):
        turn(design, "conv3", "kernel_size", 7)
        assert says(design, "conv3: a 7×7 window does not fit its 5×5 input")
        assert shown_total(design) == "–"
        design.button(key=f"fix-{index}").click().run()
        assert not design.exception
        assert shown_total(design) != "–"
        button(design, "design.undo").click().run()
        button(design, "design.undo").click().run()
        assert shown_total(design) == total(R2)


@pytest.mark.parametrize("kind", LAYER_TYPES)
def test_every_layer_type_can_be_added_and_undone(design, kind):
    select(design, "pool1")
    design.button(key=f"add-{kind}").click().run()
    assert not design.exception
    added = [x for x in draft(design).design.architecture.layers if x not in R2.layers]
    assert [x.kind for x in added] == [kind]
    assert draft(design).selected == added[0].name
    button(design, "design.undo").click().run()
    assert draft(design).design.architecture == R2


def test_r2_can_be_built_from_an_empty_design(design):
    design.selectbox(key="design.origin").set_value("from-nothing").run()
    button(design, "design.load").click().run()
    for kind in ("Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Conv2D", "Dense"):
        design.button(key=f"add-{kind}").click().run()
        if kind == "Conv2D" and len(draft(design).design.architecture.layers) > 3:
            layer = draft(design).selected
            knob(design, layer, "filters").set_value(64).run()
    assert [x.kind for x in draft(design).design.architecture.layers] == [x.kind for x in R2.layers]
    assert shown_total(design) == "93,322"


def test_layers_can_be_moved_copied_and_removed(design):
    select(design, "pool1")
    names = lambda: [x.name for x in draft(design).design.architecture.layers]  # noqa: E731
    design.button(key="place-up").click().run()
    assert names()[:2] == ["pool1", "conv1"]
    design.button(key="place-down").click().run()
    assert names() == [x.name for x in R2.layers]
    design.button(key="place-duplicate").click().run()
    assert len(names()) == len(R2.layers) + 1
    design.button(key="place-remove").click().run()
    assert "pool1" not in names()


def test_channels_first_changes_every_shape(design):
    switch = next(w for w in design.segmented_control if w.key.startswith("design.format"))
    switch.set_value("channels_first").run()
    assert not design.exception
    assert draft(design).design.architecture.data_format == "channels_first"
    assert says(select(design, "conv1"), "(1, 28, 28) → (32, 26, 26)")


def test_the_design_survives_a_page_change(design):
    turn(design, "conv1", "filters", 16)
    app = go(go(design, "compare"), "design")
    assert shown_total(app) == total(R2.replace_layer("conv1", filters=16))


def test_train_this_design_opens_train_with_the_design(design):
    turn(design, "conv1", "filters", 16)
    app = go(design, "train")
    app.selectbox(key="setup.recipe").set_value("own-design").run()
    assert not app.exception
    assert number(app, "conv1.filters").value == 16


def test_a_link_loads_its_design_and_undo_restores_the_previous_one():
    app = open_app()
    app.query_params["design"] = encode_link(find_recipe("R5").experiment)
    go(app, "design")
    assert not app.exception
    assert shown_total(app) == total(R5)
    assert shown_total(button(app, "design.undo").click().run()) == total(R2)


@pytest.mark.parametrize("link", ["", "1.", "2.abc", "1.AAAA", "x" * 5000, "1." + "é" * 30])
def test_an_invalid_link_keeps_the_current_design(link):
    app = open_app()
    app.query_params["design"] = link
    go(app, "design")
    assert not app.exception
    assert shown_total(app) == total(R2)
    assert bool(app.error) == bool(link)


def test_the_shown_link_opens_this_design(design):
    turn(design, "conv1", "filters", 16)
    design.session_state["design.tabs"] = text("design.tab_share")
    design.run()
    link = next(code.value for code in design.code if "?design=" in code.value)
    assert decode_link(link.split("?design=")[1]) == draft(design).design


def test_the_code_tab_holds_the_script_of_this_design(design):
    design.session_state["design.tabs"] = text("design.tab_code")
    design.run()
    assert not design.exception
    assert any("layers.Conv2D(64, 3" in code.value for code in design.code)


def test_a_color_design_changes_the_input_shape_and_undo_restores_it(open_page):
    design = open_page("design")
    design.session_state["design.input"] = True
    design.run()
    design.radio(key="design.dataset.0").set_value("cifar10").run()
    assert not design.exception
    assert draft(design).design.architecture.input_shape == (32, 32, 3)
    assert shown_total(design) == total(R2.with_input((32, 32, 3)))
    button(design, "design.undo").click().run()
    assert (draft(design).design.dataset, shown_total(design)) == ("mnist", total(R2))


def test_training_a_color_design_selects_its_dataset(design):
    draft(design).change(draft(design).design.on_dataset("cifar10"))
    button(design.run(), "design.train").click().run()
    train = go(design, "train")
    assert train.selectbox(key="setup.dataset").value == "cifar10"


def test_a_double_softmax_is_a_warning_with_a_repair_and_does_not_forbid_training(design):
    turn(design, "dense1", "activation", "softmax")
    assert says(design, "dense1: its softmax comes before the softmax of dense2")
    assert not button(design, "design.train").disabled
    design.button(key="advice-dense1-0").click().run()
    assert not design.exception
    assert not says(design, "dense1: its softmax comes before the softmax of dense2")
    assert design.session_state["cnn_lab"].draft.design.architecture.layers[-2].activation in ("relu", "linear")


def test_a_number_out_of_range_goes_back_and_the_message_names_field_and_rule(design):
    select(design, "conv1")
    knob(design, "conv1", "filters").set_value(99999).run()
    assert not design.exception
    assert knob(design, "conv1", "filters").value == 32
    assert draft(design).design.architecture == R2
    message = design.toast[0].value
    assert "Filters" in message
    assert "1024" in message
    assert "layers." not in message


def test_the_layer_after_a_removed_one_is_selected(design):
    select(design, "pool1")
    after = R2.layers[[layer.name for layer in R2.layers].index("pool1") + 1].name
    design.button(key="place-remove").click().run()
    assert draft(design).selected == after


def test_a_file_that_is_not_json_is_an_error_without_a_validator_dump(design):
    design.session_state["design.tabs"] = text("design.tab_share")
    design.run()
    design.file_uploader[0].upload("design.json", b"{ not json").run()
    assert [error.value for error in design.error] == [
        text("share.unreadable", reason="The file is not valid JSON; it may be cut off or of another kind")
    ]
