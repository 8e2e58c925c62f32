"""Train: what is set up, what differs from the recipe, and what happens at Start."""

import pytest
from app_pages import button, go, number, says, words_of

from cnn_core import RunStore, find_recipe
from cnn_core.data.datasets.catalog import DATASETS
from ui.text import text

R2, R5 = find_recipe("R2"), find_recipe("R5")


@pytest.fixture
def train(open_page):
    return open_page("train")


def choose(app, key, value):
    return app.selectbox(key=f"setup.{key}").select(value).run()


def training_field(app, recipe, field):
    return app.number_input(key=f"setup.{recipe.id}.{field}")


def start(app):
    return button(app, "train.start")


def chip_label(name, value, default):
    return text("setup.chip", name=name, value=value, default=default)


def labels(app):
    return [button.label for button in app.button]


def test_digits_is_the_default_where_mnist_is_missing(train):
    assert train.selectbox(key="setup.dataset").value == "digits"
    assert not start(train).disabled


def test_mnist_is_the_default_where_it_is_available(monkeypatch, tmp_path, open_page):
    (tmp_path / "mnist.npz").write_bytes(b"only its presence counts here")
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(tmp_path))
    assert open_page("train").selectbox(key="setup.dataset").value == "mnist"


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_a_missing_dataset_offers_download_digits_and_upload(train, name):
    app = choose(train, "dataset", name)
    assert not app.exception
    assert says(app, text("data.missing", name=DATASETS[name].title))
    assert text("data.download", size=DATASETS[name].download_mb) in labels(app)
    assert text("data.use_digits") in labels(app)
    is_recognized = bool(DATASETS[name].content_sha256)  # a file of unknown content would be for all visitors
    offered = [text("data.file", file=DATASETS[name].files[0])] if is_recognized else []
    assert [uploader.label for uploader in app.file_uploader] == offered


def test_use_digits_selects_an_available_dataset(train):
    app = button(choose(train, "dataset", "mnist"), "data.use_digits").click().run()
    assert not app.exception
    assert app.selectbox(key="setup.dataset").value == "digits"
    assert not says(app, text("data.missing", name="MNIST"))


def test_a_file_that_is_not_the_dataset_is_an_error_with_its_name(train):
    app = choose(train, "dataset", "mnist")
    app.file_uploader[0].upload("holiday.npz", b"not an archive").run()
    assert not app.exception
    assert any("holiday.npz" in error.value and "MNIST" in error.value for error in app.error)


def test_at_first_no_setting_differs_from_the_recipe(train):
    assert not [button for button in train.button if (button.key or "").startswith("chip-")]


def test_a_changed_seed_shows_as_a_chip_and_its_click_restores_the_recipe(train):
    default = R2.experiment.training.seed
    training_field(train, R2, "seed").set_value(7).run()
    chip = chip_label("seed", 7, default)
    assert chip in labels(train)
    next(button for button in train.button if button.label == chip).click().run()
    assert not train.exception
    assert training_field(train, R2, "seed").value == default
    assert chip not in labels(train)


def test_changed_filters_show_as_a_chip_and_its_click_restores_the_recipe(train):
    number(train, "conv1.filters").set_value(8).run()
    chip = chip_label("conv1 filters", 8, 32)
    assert chip in labels(train)
    next(button for button in train.button if button.label == chip).click().run()
    assert number(train, "conv1.filters").value == 32
    assert chip not in labels(train)


def test_a_visible_setting_has_no_chip(train):
    training_field(train, R2, "epochs").set_value(9).run()
    assert not [button for button in train.button if (button.key or "").startswith("chip-")]


def test_a_kernel_that_does_not_fit_disables_start(train):
    number(train, "conv1.kernel_size").set_value(31).run()
    assert not train.exception
    (sentence,) = [error.value for error in train.error]
    assert "conv1" in sentence
    assert "31×31" in sentence
    assert start(train).disabled
    number(train, "conv1.kernel_size").set_value(3).run()
    assert not train.error
    assert not start(train).disabled


def test_each_recipe_keeps_its_own_edits(train):
    training_field(train, R2, "epochs").set_value(9).run()
    choose(train, "recipe", R5.id)
    assert training_field(train, R5, "epochs").value == R5.experiment.training.epochs
    training_field(train, R5, "epochs").set_value(2).run()
    choose(train, "recipe", R2.id)
    assert training_field(train, R2, "epochs").value == 9
    choose(train, "recipe", R5.id)
    assert training_field(train, R5, "epochs").value == 2


def test_edits_survive_a_page_change(train):
    training_field(train, R2, "seed").set_value(7).run()
    app = go(go(train, "runs"), "train")
    assert training_field(app, R2, "seed").value == 7
    assert chip_label("seed", 7, R2.experiment.training.seed) in labels(app)


def test_an_article_on_home_opens_train_with_its_recipe(open_page):
    app = open_page("home")
    app.button(key=f"article-{R5.id}").click().run()
    assert not app.exception
    assert app.title[0].value == text("train.title")
    assert app.selectbox(key="setup.recipe").value == R5.id


def test_start_submits_exactly_what_is_set_up(train, runs_dir):
    choose(train, "recipe", R5.id)
    training_field(train, R5, "epochs").set_value(2).run()
    training_field(train, R5, "seed").set_value(7).run()
    start(train).click().run()
    assert not train.exception
    (run,) = [run for run in RunStore(runs_dir).list_runs().runs if not run.bundled]
    assert run.state == "queued"
    wanted = R5.experiment.on_dataset("digits").with_training(epochs=2, seed=7)
    assert run.experiment == wanted.model_copy(update={"name": "R5, 2 epochs"})
    assert says(train, run.name)


def test_stop_removes_a_queued_run(train, runs_dir):
    start(train).click().run()
    button(train, "steer.stop").click().run()
    train.run()  # as the live view does by itself
    assert not train.exception
    (run,) = [run for run in RunStore(runs_dir).list_runs().runs if not run.bundled]
    assert run.state == "stopped"
    assert says(train, run.reason)
    assert text("steer.stop") not in labels(train)


def test_an_unwritable_runs_folder_is_an_error_message(monkeypatch, tmp_path, open_page):
    (tmp_path / "a-file").write_text("in the way")
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path / "a-file" / "runs"))
    app = open_page("train")
    start(app).click().run()
    assert not app.exception
    assert any("CNN_LAB_RUNS_DIR" in error.value for error in app.error)


def test_the_bundled_run_is_shown_until_there_is_an_own_run(train):
    assert says(train, text("train.bundled_shown"))
    assert any(R2.experiment.name in words for words in words_of(train))
    app = choose(train, "recipe", R5.id)
    assert any(R5.experiment.name in words for words in words_of(app))


def test_a_started_run_is_shown_live_from_any_tab(own_run, open_page):
    app = open_page("train")
    app.session_state["live.tab"] = text("live.tab_results")
    app.run()
    start(app).click().run()
    assert not app.exception
    assert app.session_state["live.tab"] == text("live.tab_live")
    app.session_state["live.tab"] = text("live.tab_inside")  # from then on it is the reader's
    assert app.run().session_state["live.tab"] == text("live.tab_inside")


def test_a_design_without_a_run_offers_earlier_runs(own_run, open_page):
    app = open_page("design")
    app.selectbox(key="design.origin").select("small-vgg").run()
    app = button(button(app, "design.load").click().run(), "design.train").click().run()
    app = go(app, "train")  # where the next click counts
    assert not app.exception
    assert says(app, text("train.nothing_yet"))
    assert not any(own_run.name in words for words in words_of(app))
    (earlier,) = [choice for choice in app.selectbox if choice.label == text("train.shown")]
    earlier.select(own_run.id).run()
    assert any(own_run.name in words for words in words_of(app))
    start(app).click().run()
    assert not says(app, text("train.nothing_yet"))


def test_a_design_that_has_a_run_is_shown_with_it(own_run, open_page):
    app = open_page("design")
    app.selectbox(key="design.origin").select("dense-baseline").run()
    app = button(button(app, "design.load").click().run(), "design.train").click().run()
    assert any(own_run.name in words for words in words_of(app))


def test_an_own_run_is_shown_with_next_steps(own_run, open_page):
    app = open_page("train")
    assert not says(app, text("train.bundled_shown"))
    assert any(own_run.name in words for words in words_of(app))
    for key in ("live.to_draw", "live.to_layers", "live.to_compare"):
        assert text(key) in labels(app)


def test_open_its_layers_leads_to_the_run_on_the_layers_page(own_run, open_page):
    app = button(open_page("train"), "live.to_layers").click().run()
    assert not app.exception
    assert app.title[0].value == text("layers.title")
    assert app.selectbox(key="model-layers").value == own_run.id


def test_compare_it_selects_the_run_and_an_opponent_on_compare(own_run, open_page):
    app = button(open_page("train"), "live.to_compare").click().run()
    assert not app.exception
    assert app.title[0].value == text("compare.title")
    chosen = app.multiselect[0].value
    assert own_run.id in chosen
    assert len(chosen) >= 2


@pytest.mark.parametrize(("field", "value"), [("epochs", 99_999_999), ("learning_rate", 0.0), ("batch_size", 0)])
def test_a_number_out_of_range_disables_start(train, field, value):
    training_field(train, R2, field).set_value(value).run()
    assert not train.exception
    assert any(field in error.value and "should be" in error.value for error in train.error)
    assert button(train, "train.start").disabled


def test_one_click_resets_all_settings(train):
    before = R2.experiment.training
    training_field(train, R2, "seed").set_value(7).run()
    assert text("setup.reset", count=1) not in labels(train)
    training_field(train, R2, "epochs").set_value(9).run()
    button(train, "setup.reset", count=2).click().run()
    assert not train.exception
    assert (training_field(train, R2, "seed").value, training_field(train, R2, "epochs").value) == (
        before.seed,
        before.epochs,
    )
    assert not [button for button in train.button if (button.key or "").startswith(("chip-", "reset-"))]


@pytest.mark.parametrize(("epochs", "warned"), [(10, False), (40, True)])
def test_a_schedule_that_lets_the_rate_vanish_is_warned_about(train, epochs, warned):
    app = train
    app.selectbox(key=f"setup.{R2.id}.schedule").select("step").run()
    training_field(app, R2, "epochs").set_value(epochs).run()
    last = f"{R2.experiment.training.learning_rate * 0.5 ** ((epochs - 1) // 2):.2g}"
    shown = [warning.value for warning in app.warning]
    assert (text("setup.rate_vanishes", last=last, epochs=epochs) in shown) == warned
