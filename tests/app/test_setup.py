"""The setup form of the Train page: what a choice brings along, what shows outside, what is said before training."""

import numpy as np
import pytest
from app_pages import button, go, says

from cnn_core import TrainingConfig, find_recipe
from cnn_core.architecture.augmentation import Augmentation, read_augmentation
from cnn_core.data.datasets.digits import load_digits_28x28
from cnn_core.experiment.optimizers import OPTIMIZERS
from cnn_core.runs.calibration import Calibration
from cnn_core.training.arrays import add_label_noise
from ui.text import text
from ui.train import augmentation, data_preview, learning_rate, setup
from ui.train.data_preview import choose_examples

R1, R2, R3 = (find_recipe(short) for short in ("R1", "R2", "R3"))
PREFIX = f"setup.{R2.id}"


@pytest.fixture
def built(monkeypatch):
    """What `render_setup` returned last, as the page got it."""
    seen = {}
    original = setup.build_experiment
    monkeypatch.setattr(
        setup, "build_experiment", lambda *given: seen.setdefault("all", []).append(original(*given)) or seen["all"][-1]
    )
    return lambda: seen["all"][-1]


@pytest.fixture
def strips(monkeypatch):
    """The images of each strip that was drawn last, by key."""
    drawn = {}
    for module in (data_preview, augmentation):
        monkeypatch.setattr(module, "render_strip", lambda title, pictures, key: drawn.update({key: pictures}))
    return drawn


@pytest.fixture
def train(open_page):
    return open_page("train")


def field(app, name, prefix=PREFIX):
    widgets = [*app.selectbox, *app.number_input, *app.slider, *app.toggle]
    (found,) = [widget for widget in widgets if widget.key == f"{prefix}.{name}"]
    return found


def put(app, name, value, prefix=PREFIX):
    field(app, name, prefix).set_value(value).run()
    assert not app.exception
    return app


def unfold(app, group="learning"):
    app.session_state["setup.more"] = True
    app.session_state["setup.group"] = text(f"setup.group_{group}")
    return app.run()


def chips(app):
    return {chip.label: chip for chip in app.button if (chip.key or "").startswith("chip-")}


def chip(name, value, default, sentence="setup.chip"):
    return text(sentence, name=name, value=value, default=default)


def start_is_off(app):
    return button(app, "train.start").disabled


# ---- first sight


def test_seven_controls_are_visible_and_others_collapsed(train):
    in_sight = [
        widget.key
        for widget in [*train.main.selectbox, *train.main.number_input]
        if "." not in widget.key[len(PREFIX) + 1 :]
    ]
    assert {f"{PREFIX}.{name}" for name in learning_rate.MAIN} <= set(in_sight)
    assert train.selectbox(key="setup.recipe").value == R2.id
    assert [expander.label for expander in train.expander][:2] == [text("setup.tweak"), text("setup.more")]
    assert not start_is_off(train)


def test_every_field_of_the_training_config_is_on_the_page(train):
    keys = {widget.key for widget in [*train.selectbox, *train.number_input, *train.slider, *train.toggle]}
    left_out = {"version", "precision"}  # precision only where it pays
    assert {name for name in TrainingConfig.model_fields if f"{PREFIX}.{name}" not in keys} == left_out


def test_unchanged_settings_equal_the_recipe(train, built):
    for recipe in (R1, R2, R3):
        train.selectbox(key="setup.recipe").select(recipe.id).run()
        assert built() == recipe.experiment.on_dataset("digits")


# ---- the learning rate follows the optimizer


def test_another_optimizer_uses_its_default_learning_rate(train, built):
    for kind in OPTIMIZERS:
        put(train, "optimizer", kind.__name__)
        assert built().training.optimizer == kind()
        assert built().training.learning_rate == field(train, "learning_rate").value == kind.default_rate


def test_the_recipe_optimizer_restores_the_recipe_rate(train):
    train.selectbox(key="setup.recipe").select(R1.id).run()
    prefix = f"setup.{R1.id}"
    assert field(train, "learning_rate", prefix).value == 1e-4
    put(train, "optimizer", "SGD", prefix)
    assert field(train, "learning_rate", prefix).value == 0.01
    put(train, "optimizer", "Adam", prefix)
    assert field(train, "learning_rate", prefix).value == 1e-4
    assert not chips(train)


def test_a_chip_restores_the_recipe_rate(train):
    put(train, "optimizer", "SGD")
    moved = text("setup.rate_moved", kind="SGD", rate="0.01", back="0.001")
    chips(train)[moved].click().run()
    assert field(train, "learning_rate").value == 0.001
    put(train, "optimizer", "Adagrad")
    assert field(train, "learning_rate").value == 0.001


def test_a_custom_rate_is_kept_and_a_chip_offers_the_default(train):
    put(train, "learning_rate", 0.3)
    put(train, "optimizer", "SGD")
    assert field(train, "learning_rate").value == 0.3
    chips(train)[text("setup.rate_usual", kind="SGD", rate="0.01")].click().run()
    assert field(train, "learning_rate").value == 0.01
    put(train, "optimizer", "Adam")  # from now on it follows again
    assert field(train, "learning_rate").value == 0.001


# ---- what is folded away and differs shows outside


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"optimizer.RMSprop.momentum": 0.9}, chip("RMSprop momentum", "0.9", "0")),
        ({"optimizer.RMSprop.centered": True}, chip("RMSprop centered", text("setup.on"), text("setup.off"))),
        ({"optimizer": "Adam", "optimizer.Adam.beta_1": 0.5}, chip("Adam β₁", "0.5", "0.9", "setup.chip_default")),
        ({"schedule": "one_cycle"}, chip("schedule", "one cycle", "constant")),
        (
            {"schedule": "cosine", "schedule.cosine.final_share": 0.25},
            chip("Cosine final share", "0.25", "0", "setup.chip_default"),
        ),
        ({"label_smoothing": 0.1}, chip("label smoothing", "0.1", "0")),
        ({"loss": "kl_divergence"}, chip("loss", "kl_divergence", "categorical_crossentropy")),
        ({"augmentation.rotation": 0.05}, chip("rotation", "0.05", "0")),
        ({"augmentation.flip": "vertical"}, chip("flip", "vertical", "none")),
        ({"restore_best": True}, chip("restore the best epoch", text("setup.on"), text("setup.off"))),
        ({"conv2.filters": 8}, chip("conv2 filters", "8", "64")),
    ],
    ids=str,
)
def test_a_hidden_changed_setting_has_a_chip_that_resets_it(train, built, changes, label):
    for name, value in changes.items():
        put(train, name, value)
    assert label in chips(train)
    changed = built()
    chips(train)[label].click().run()
    assert not train.exception
    assert label not in chips(train)
    assert built() != changed
    assert field(train, list(changes)[-1]).value != list(changes.values())[-1]


def test_arguments_of_unselected_optimizers_have_no_chips(train):
    put(train, "schedule", "cosine")
    put(train, "schedule.cosine.final_share", 0.25)
    put(train, "schedule", "constant")
    assert not chips(train)


def test_label_smoothing_is_shown_only_for_its_loss(train, built):
    put(train, "label_smoothing", 0.1)
    put(train, "loss", "mse")
    assert built().training.label_smoothing == 0
    assert f"{PREFIX}.label_smoothing" not in [box.key for box in train.number_input]
    assert list(chips(train)) == [chip("loss", "mse", "categorical_crossentropy")]
    put(train, "loss", "categorical_crossentropy")
    assert built().training.label_smoothing == 0.1


# ---- what can't be is said, with the way back


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"optimizer.RMSprop.momentum": 3.0}, "**RMSprop momentum** (`momentum`) should be less than 1; it is 3."),
        ({"schedule": "step", "schedule.step.factor": 0.0}, "**Step factor** (`factor`) should be greater than 0"),
        ({"augmentation.zoom": 4.0}, "**Zoom** (`zoom`) should be less than or equal to 1; it is 4."),
        ({"conv2.filters": 5000}, "**Conv2 filters** (`filters`) should be less than or equal to 1024; it is 5000."),
        ({"epochs": 0}, "**Epochs** (`epochs`) should be greater than or equal to 1; it is 0."),
    ],
    ids=str,
)
def test_a_value_out_of_range_disables_start_and_has_a_repair(train, changes, said):
    for name, value in changes.items():
        put(train, name, value)
    assert says(train, said)
    assert start_is_off(train)
    (mend,) = [button for button in train.button if (button.key or "").startswith("refused-")]
    mend.click().run()
    assert not train.error
    assert not start_is_off(train)


def test_several_invalid_values_have_several_messages(train):
    put(put(put(train, "epochs", 0), "augmentation.shift", -1.0), "conv1.filters", 0)
    assert len(train.error) == 3


def test_a_fraction_without_validation_images_is_an_error(train):
    put(put(train, "validation_split", 0.5), "train_share", 0.0005)  # one of 1,500 digits
    assert says(train, text("setup.holds_none_out"))
    assert start_is_off(train)


# ---- learning: images of the schedule and of the label


def test_the_schedule_is_plotted_over_the_planned_epochs(train, monkeypatch):
    drawn = []
    monkeypatch.setattr("ui.train.setup_pictures.render_figure", lambda figure, key: drawn.append(figure))
    put(train, "schedule", "step")
    assert not drawn
    unfold(train)
    (line,) = drawn[-1].data
    assert max(line.y) == 0.001
    assert line.y[-1] == pytest.approx(0.00025)  # two drops by half in five epochs
    assert 4.9 < line.x[-1] < 5
    put(train, "schedule", "reduce_on_plateau")
    assert len(drawn) == 1
    assert says(train, text("setup.rate_unforeseen"))


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({}, "[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]"),
        ({"label_smoothing": 0.1}, "[0.91, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]"),
        ({"loss": "mse"}, "[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]"),
        ({"loss": "sparse_categorical_crossentropy"}, "0"),
    ],
    ids=str,
)
def test_the_label_is_shown_as_passed_to_the_loss(train, changes, target):
    assert load_digits_28x28()[1][0] == 0
    for name, value in changes.items():
        put(train, name, value)
    assert says(unfold(train), text("data_preview.target", label="0", target=target))


# ---- data: what is watched, which labels are wrong, what augmentation does


def test_the_monitored_set_is_named_test_without_validation(train):
    unfold(train, "data")
    assert says(train, text("setup.test_watched", samples="1,500", steps="24"))
    put(train, "validation_split", 0.1)
    assert says(train, text("setup.validation_watched", samples="1,350", steps="22", held_out="150"))


def test_the_preview_shows_training_images_with_their_labels(train, strips):
    put(unfold(train, "data"), "label_noise", 0.3)
    x, truth = load_digits_28x28()[:2]
    told = add_label_noise(truth, TrainingConfig(label_noise=0.3), 10)
    shown = strips["setup-data-preview"]
    assert len(shown) == data_preview.SHOWN
    for picture, index in zip(shown, choose_examples(truth, told), strict=True):
        assert np.array_equal(picture.pixels, x[index])
        assert picture.label == str(told[index])
        assert picture.wrong == (told[index] != truth[index])
        assert picture.note == (text("data_preview.truth", label=truth[index]) if picture.wrong else "")
    wrong = f"{(told != truth).sum():,}"
    assert says(train, text("data_preview.noisy", wrong=wrong, images="1,500"))


@pytest.mark.parametrize("share", [0.0, 0.002, 0.01, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_preview_includes_images_with_wrong_labels(share, seed):
    truth = np.random.default_rng(seed).integers(0, 10, 1_500)
    told = add_label_noise(truth, TrainingConfig(label_noise=share, seed=seed), 10)
    chosen = choose_examples(truth, told)
    assert len(set(chosen)) == len(chosen) == data_preview.SHOWN
    assert chosen[:6] == list(range(6))
    assert sum(told[i] != truth[i] for i in chosen) >= min(2, (told != truth).sum())


def test_a_missing_dataset_has_a_message_instead_of_a_preview(train, strips):
    train.selectbox(key="setup.dataset").select("cifar10").run()
    unfold(train, "data")
    assert says(train, text("data_preview.missing"))
    assert not strips


def test_augmentation_settings_add_keras_layers_at_the_front(train, built):
    put(put(train, "augmentation.shift", 0.1), "augmentation.flip", "horizontal")
    architecture = built().architecture
    assert [layer.kind for layer in architecture.layers[:2]] == ["RandomTranslation", "RandomFlip"]
    assert architecture.layers[2:] == R2.experiment.architecture.layers
    assert read_augmentation(architecture) == Augmentation(shift=0.1, flip="horizontal")


def test_flipping_digits_gives_a_warning_and_photographs_none(train):
    put(train, "augmentation.flip", "horizontal")
    assert says(train, text("augmentation.flip_caution"))
    train.selectbox(key="setup.dataset").select("cifar10").run()
    assert not says(train, text("augmentation.flip_caution"))


def test_the_augmentation_preview_waits_for_tensorflow(train, strips):
    put(unfold(train, "data"), "augmentation.rotation", 0.1)
    assert says(train, text("waiting.tensorflow"))
    assert "setup-augmented" not in strips


@pytest.mark.usefixtures("tensorflow_ready")
def test_the_augmentation_preview_shows_eight_images(train, strips):
    put(unfold(train, "data"), "augmentation.rotation", 0.1)
    first = np.stack([picture.pixels for picture in strips["setup-augmented"]])
    images = load_digits_28x28()[0][:8]
    assert first.shape == images.shape
    assert not np.array_equal(first, images)
    assert np.abs(first.mean(axis=(1, 2, 3)) - images.mean(axis=(1, 2, 3))).max() < 15  # the same ink, turned
    button(train, "augmentation.again").click().run()
    second = np.stack([picture.pixels for picture in strips["setup-augmented"]])
    assert not np.array_equal(first, second)


@pytest.mark.usefixtures("tensorflow_ready")
def test_without_the_dataset_the_preview_uses_digits(train, strips):
    train.selectbox(key="setup.dataset").select("mnist").run()
    put(unfold(train, "data"), "augmentation.rotation", 0.1)
    assert says(train, text("augmentation.seen_examples", name="MNIST"))
    assert len(strips["setup-augmented"]) == 8


# ---- stopping and machine


@pytest.mark.parametrize(("name", "value"), [("early_stopping", 3), ("restore_best", True)])
def test_selecting_an_epoch_on_the_test_set_gives_a_warning_with_a_remedy(train, built, name, value):
    assert not says(train, text("setup.chosen_by_test"))
    put(train, name, value)
    assert says(train, text("setup.chosen_by_test"))
    button(train, "setup.hold_out", share="10%").click().run()
    assert not says(train, text("setup.chosen_by_test"))
    assert says(train, text("setup.chosen_by_validation"))
    assert built().training.validation_split == 0.1


def measured(gain):
    return Calibration(per_step=0.001, per_mac=1e-10, per_parameter=1e-9, bfloat16_gain=gain)


@pytest.mark.parametrize(("gain", "sentence"), [(None, "setup.precision_unknown"), (1.1, "setup.precision_useless")])
def test_half_precision_is_not_offered_where_it_is_slower(monkeypatch, open_page, gain, sentence):
    monkeypatch.setattr(setup, "read_calibration", lambda _: gain and measured(gain))
    app = open_page("train")
    assert says(app, text(sentence))
    assert f"{PREFIX}.precision" not in [box.key for box in app.selectbox]


@pytest.mark.parametrize(("gain", "precision"), [(None, "float32"), (1.1, "float32"), (1.42, "mixed_bfloat16")])
def test_only_the_speed_recipe_uses_the_fastest_precision(monkeypatch, open_page, built, gain, precision):
    monkeypatch.setattr(setup, "read_calibration", lambda _: gain and measured(gain))
    app = open_page("train")
    assert built().training.precision == "float32"
    app.selectbox(key=setup.RECIPE_KEY).set_value("speed-99").run()
    assert built().training.precision == precision


def test_half_precision_is_offered_with_its_speedup_where_faster(monkeypatch, open_page, built):
    monkeypatch.setattr(setup, "read_calibration", lambda _: measured(1.42))
    app = open_page("train")
    assert text("setup.precision_gain", gain="1.4") in field(app, "precision").help
    put(app, "precision", "mixed_bfloat16")
    assert built().training.precision == "mixed_bfloat16"
    assert chip("precision", "mixed_bfloat16", "float32") in chips(app)


# ---- the form stays as it was left


def test_expanded_groups_survive_a_page_change(train):
    app = go(unfold(train, "stopping"), "runs")
    app.session_state["setup.more.kept"] = True  # what the browser's click on the fold does
    app.session_state["setup.group.kept"] = text("setup.group_stopping")
    app = go(app, "train")
    assert app.session_state["setup.more"] is True
    assert app.session_state["setup.group"] == text("setup.group_stopping")


def test_each_recipe_keeps_its_optimizer(train):
    put(train, "optimizer", "SGD")
    train.selectbox(key="setup.recipe").select(R1.id).run()
    assert field(train, "optimizer", f"setup.{R1.id}").value == "Adam"
    train.selectbox(key="setup.recipe").select(R2.id).run()
    assert field(train, "optimizer").value == "SGD"


def test_an_own_design_keeps_its_optimizer_schedule_and_augmentation(open_page, built):
    app = open_page("design")
    mine = R2.experiment.with_training(
        optimizer={"kind": "SGD", "momentum": 0.9}, schedule={"kind": "cosine", "final_share": 0.1}
    )
    flipped = mine.architecture.insert_layer(0, "RandomFlip", mode="vertical")
    app.session_state["cnn_lab"].draft.change(mine.model_copy(update={"architecture": flipped}))
    app.session_state["setup.recipe"] = "own-design"
    app = go(app, "train")
    assert not app.exception
    assert built().training == mine.training
    assert built().architecture == flipped
    assert not chips(app)
    (knob,) = [box for box in app.number_input if box.key.endswith("optimizer.SGD.momentum")]
    assert knob.value == 0.9
