"""Design, "How this layer works": each layer has the images that explain it, and they are of this very design."""

import numpy as np
import pytest
from app_pages import says

from cnn_core import ArchitectureSpec, Experiment, compute_anatomy, find_recipe
from cnn_core.architecture.layers import LAYER_TYPES
from cnn_core.data.handwriting.sample_image import draw_colour_scene
from cnn_core.experiment.starters import STARTERS
from ui.design.concept_demo import describe_concept
from ui.design.demo_inputs import build_channels
from ui.design.sliding_demo import describe_sliding
from ui.design.window_demo import SLIDING, list_views
from ui.session.model import Drawing
from ui.text import text

R2 = find_recipe("R2").experiment
TAIL = ({"kind": "GlobalAveragePooling2D"}, {"kind": "Dense", "units": 10, "activation": "softmax"})


def design_of(*layers, dataset="mnist", data_format="channels_last"):
    shape = (32, 32, 3) if dataset == "cifar10" else (28, 28, 1)
    spec = {"layers": [*layers, *TAIL], "input_shape": shape, "data_format": data_format}
    return Experiment(architecture=ArchitectureSpec.model_validate(spec), dataset=dataset)


def views_of(design):
    architecture = design.architecture
    rows = compute_anatomy(architecture).rows
    return {x.name: list_views(design, x, row) for x, row in zip(architecture.layers, rows, strict=True)}


def sliding(design, index, view="window"):
    architecture = design.architecture
    return describe_sliding(design, architecture.layers[index], compute_anatomy(architecture).rows[index], view)


def concept(design, index, view):
    architecture = design.architecture
    return describe_concept(design, architecture.layers[index], compute_anatomy(architecture).rows[index], view)


@pytest.fixture
def design(open_page):
    return open_page("design")


def draft(app):
    return app.session_state["cnn_lab"].draft


def show(app, layer, view=""):
    draft(app).selected = layer
    app.run()
    if view:
        chooser(app).set_value(view).run()
    assert not app.exception
    return app


def chooser(app):
    (found,) = [w for w in app.segmented_control if w.key.startswith("design.view.")]
    return found


# ---- which images a layer has


def test_the_layers_of_r2_have_their_concept_demos():
    views = views_of(R2)
    assert views["conv1"] == ["window", "whole", "activation", "parameters", "channels"]
    assert views["conv2"] == ["window", "whole", "activation", "parameters"]
    assert views["pool1"] == ["window", "whole"]
    assert views["flatten1"] == ["flatten", "channels"]
    assert views["dense1"] == ["dense", "activation", "parameters"]
    assert views["dense2"] == ["dense", "softmax", "label", "step", "parameters"]


@pytest.mark.parametrize(("kind", "whole"), [("Dropout", False), ("SpatialDropout2D", True)])
def test_dropout_is_shown_with_its_rate(kind, whole):
    design = design_of({"kind": kind, "rate": 0.35})
    assert "dropout" in next(iter(views_of(design).values()))
    shown = concept(design, 0, "dropout")
    assert (shown["rate"], shown["whole_channels"]) == (0.35, whole)


def test_a_final_activation_explains_the_prediction():
    views = views_of(STARTERS["all-convolutional"])
    assert list(views.values())[-1] == ["softmax", "label", "step"]


def test_every_concept_of_the_articles_occurs_in_every_recipe():
    for short in ("R1", "R2", "R3", "R4", "R5"):
        there = {name for views in views_of(find_recipe(short).experiment).values() for name in views}
        taught = {"window", "whole", "activation", "parameters", "channels", "flatten", "softmax", "label", "step"}
        assert taught <= there, short


@pytest.mark.parametrize("starter", STARTERS)
def test_every_concept_demo_has_a_name_and_a_description(starter):
    design = STARTERS[starter]
    for index, (name, views) in enumerate(views_of(design).items()):
        for view in views:
            assert text(f"concept.view_{view}")
            if view in SLIDING:
                data = sliding(design, index, view)
                assert len({np.shape(channel["pixels"]) for channel in data["channels"]}) == 1, name
            else:
                assert text(f"concept.about_{view}")
                assert concept(design, index, view)["demo"] == view


# ---- on the page


@pytest.mark.parametrize("layer", ["conv1", "conv2", "pool1", "flatten1", "dense1", "dense2"])
def test_each_concept_demo_can_be_chosen(design, layer):
    show(design, layer)
    for view in views_of(R2)[layer]:
        show(design, layer, view)
        assert chooser(design).value == view


def test_the_first_demo_is_that_of_the_layer_type(design):
    for layer, view in {"conv1": "window", "dense1": "activation", "dense2": "softmax", "pool1": "window"}.items():
        assert chooser(show(design, layer)).value == view


def test_the_chosen_demo_stays_for_layers_of_the_same_type(design):
    show(design, "conv2", "parameters")
    assert chooser(show(design, "conv3")).value == "parameters"
    assert chooser(show(design, "pool1")).value == "window"


@pytest.mark.parametrize("kind", LAYER_TYPES)
def test_every_layer_type_has_a_demo_or_a_reason(design, kind):
    there = kind in {x["kind"] for x in TAIL} or kind == "Flatten"
    draft(design).change((R2 if kind != TAIL[0]["kind"] else design_of()) if there else design_of({"kind": kind}))
    name = next(x.name for x in draft(design).design.architecture.layers if x.kind == kind)
    show(design, name)
    views = views_of(draft(design).design)[name]
    assert bool(views) != says(design, text("concept.none"))


def test_a_layer_that_does_not_fit_asks_for_a_repair_first(design):
    draft(design).change(design_of({"kind": "Conv2D", "kernel_size": 31}))
    show(design, "conv1")
    assert says(design, text("window.mend_first"))


def test_the_step_demo_names_the_optimizer_and_rate_of_the_design(design):
    draft(design).change(R2.with_training(optimizer="sgd", learning_rate=0.05))
    show(design, "dense2", "step")
    assert says(design, "Your design uses SGD with 0.05")


HUGE = (
    [{"kind": "DepthwiseConv2D", "depth_multiplier": 16, "padding": "same"}] * 4,
    [{"kind": "Conv2D", "filters": 1024, "padding": "same"}] * 7,
)


@pytest.mark.parametrize(
    ("layers", "sentence"), zip(HUGE, ("a run here can hold 32,000,000", "50 million"), strict=True)
)
def test_a_network_over_the_limits_is_explained_with_working_repairs(design, layers, sentence):
    huge = design_of(*layers)
    for index in range(10):
        draft(design).change(huge)
        design.run()
        assert says(design, sentence)
        fixes = [x for x in design.button if x.key == f"fix-{index}"]
        if not fixes:
            break
        fixes[0].click().run()
        assert not design.exception
        assert not says(design, sentence)
        assert compute_anatomy(draft(design).design.architecture)
    assert index >= 3


# ---- what they are made of


def test_a_color_design_shows_three_channels():
    data = sliding(design_of({"kind": "Conv2D"}, dataset="cifar10"), 0)
    assert [(c["title"], c["role"]) for c in data["channels"]] == [("R", "red"), ("G", "green"), ("B", "blue")]
    scene = draw_colour_scene(32, 32) / 255
    for index, channel in enumerate(data["channels"]):
        assert np.allclose(channel["picture"], scene[:, :, index], atol=0.006)
        blocks = scene[:, :, index].reshape(8, 4, 8, 4).mean(axis=(1, 3))
        assert np.allclose(channel["pixels"], blocks, atol=0.006)


def test_a_color_design_shows_the_first_test_image_if_available(monkeypatch, tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    np.savez(tmp_path / "cifar10.npz", x_test=picture)
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(tmp_path))
    data = sliding(design_of({"kind": "Conv2D"}, dataset="cifar10"), 0)
    assert np.allclose([c["picture"] for c in data["channels"]], np.moveaxis(picture[0] / 255, 2, 0), atol=0.006)


def test_a_deep_layer_shows_some_channels_and_their_total():
    data = sliding(R2, 2)
    assert [c["title"] for c in data["channels"]] == ["vertical edges", "horizontal edges", "blur"]
    assert data["layer"]["all"] == 32
    assert np.min([c["picture"] for c in data["channels"]]) == 0  # behind a relu nothing is below zero
    linear = design_of({"kind": "Conv2D"}, {"kind": "Conv2D"})
    assert np.min(sliding(linear, 1)["channels"][0]["picture"]) < 0


def test_no_more_channels_are_shown_than_exist():
    data = sliding(design_of({"kind": "Conv2D", "filters": 2}, {"kind": "Conv2D"}), 1)
    assert len(data["channels"]) == data["layer"]["all"] == 2


@pytest.mark.parametrize(
    ("kind", "channels"), [("Conv2D", "added"), ("DepthwiseConv2D", "apart"), ("SeparableConv2D", "weighed")]
)
def test_channels_are_combined_as_in_the_layer(kind, channels):
    assert sliding(design_of({"kind": kind}, dataset="cifar10"), 0)["layer"]["channels"] == channels


def test_the_window_has_the_settings_of_the_layer():
    design = design_of({"kind": "Conv2D", "kernel_size": 5, "dilation_rate": 2, "padding": "same"})
    layer = sliding(design, 0)["layer"]
    assert (layer["size"], layer["strides"], layer["dilation"], layer["padding"]) == (5, 1, 2, "same")


def test_global_pooling_is_one_window_over_the_map():
    layer = sliding(STARTERS["small-resnet"], 4)["layer"]
    assert (layer["op"], layer["size"], layer["padding"]) == ("mean", 0, "valid")


@pytest.mark.parametrize("kernel_size", [1, 3, 7, 15, 28])
def test_the_input_is_always_large_enough_for_the_window(kernel_size):
    data = sliding(design_of({"kind": "Conv2D", "kernel_size": kernel_size}), 0)
    assert len(data["channels"][0]["pixels"]) >= kernel_size
    assert all(np.shape(kernel["values"]) == (kernel_size, kernel_size) for kernel in data["kernels"])


def test_the_window_moves_over_the_drawing(design):
    ink = np.zeros((280, 280), np.uint8)
    ink[40:240, 130:150] = 255  # a one
    design.session_state["cnn_lab"].sheet.add(Drawing({}, ink))
    seen = []

    def watch(*arguments):
        channels = build_channels(*arguments)
        seen.extend(channels)
        return channels

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.design.sliding_demo.build_channels", watch)
        show(design, "conv1")
    picture = seen[0].picture
    assert picture.shape == (28, 28)
    assert picture[14, 13:15].max() > 0.9
    assert picture[:, :8].max() == 0


def test_the_parameter_demo_starts_with_the_numbers_of_the_design():
    data = concept(R2, 2, "parameters")
    assert data["quantities"] == {"channels": 32, "kernel_size": 3, "filters": 64}
    assert [part["name"] for part in data["parts"]] == ["filter"]


def test_the_channel_demo_starts_with_the_format_of_the_design():
    design = design_of({"kind": "Conv2D"}, dataset="cifar10", data_format="channels_first")
    data = concept(design, 0, "channels")
    assert data["first"]
    assert data["shape"] == [32, 32, 3]
    assert np.allclose(data["picture"], draw_colour_scene(32, 32) / 255, atol=0.006)
