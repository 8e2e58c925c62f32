"""The page Learn: every article is walked from its first to its last step, with and without MNIST."""

import gc
import json
import shutil

import numpy as np
import pytest
import streamlit as st
from app_pages import button, go, open_app, says, words_of

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment.recipes import find_recipe
from cnn_core.learning.articles import ARTICLES, STEPS
from cnn_core.runs.calibration import FILE_NAME, Calibration
from cnn_core.runs.store import BUNDLED_DIR, RunStore
from ui.text import text, translate_core

every_article = pytest.mark.parametrize("article", ARTICLES.values(), ids=list(ARTICLES))


@pytest.fixture(autouse=True)
def quick_reruns():
    """Streamlit collects garbage at every rerun: of TensorFlow's objects too, where another test has loaded it."""
    gc.freeze()


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """A stand-in of MNIST's shape: what is asked of it here is only that the steps use it."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (9500, 28, 28), dtype=np.uint8), np.arange(9500) % 10
    np.savez(tmp_path / "mnist.npz", x_train=x, y_train=y, x_test=x[:300], y_test=y[:300])
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(tmp_path))
    st.cache_resource.clear()


def open_step(name, number):
    """The page as a link to this step opens it."""
    app = open_app()
    app.query_params["article"], app.query_params["step"] = name, str(number)
    return go(app, "learn")


def open_at(name, step):
    return open_step(name, ARTICLES[name].steps.index(step) + 1)


def heading(article, number):
    step = text(f"articles.step_{article.steps[number - 1]}")
    return text("articles.place", number=number, count=len(article.steps), step=step)


def walk(article):
    """From the first step to the last by the button Next; what was on each page."""
    app = open_step(article.short, 1)
    for number, step in enumerate(article.steps, start=1):
        assert not app.exception
        assert not app.error
        assert [title.value for title in app.subheader] == [heading(article, number)]
        yield step, app
        if number < len(article.steps):
            app.button(key="learn.next").click().run()


def assert_walked(article):
    for step, app in walk(article):
        code = [block.value for block in app.code]
        assert step == "beside" or any("(" in block for block in code), step
        assert any(b.key and b.key.startswith("learn.to.") for b in app.button), step
        if step in article.errata:
            assert text(f"articles.erratum_{article.short}_{step}") in [box.value for box in app.warning]
    app.button(key="learn.next_article").click().run()
    assert not app.exception
    assert app.session_state["cnn_lab"].reading.article != article.short


@pytest.fixture
def repeated(runs_dir):
    """repeated("R2") → an own run that came out as the bundled one; `dropout` adds a layer, for a variant."""

    def make(short, dropout=False):
        source, name = BUNDLED_DIR / find_recipe(short).id, f"20200101-000000-{short}-{dropout:d}"
        folder = shutil.copytree(source, runs_dir / name)
        facts = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps(facts | {"id": name}))
        if dropout:
            experiment = json.loads((folder / "experiment.json").read_text())
            experiment["architecture"]["layers"].insert(-1, {"kind": "Dropout", "name": "dropout"})
            (folder / "experiment.json").write_text(json.dumps(experiment))
        return name

    return make


@every_article
def test_an_article_can_be_completed_without_mnist(article):
    assert_walked(article)


@pytest.mark.parametrize("name", ["R1", "R3"])
def test_an_article_can_be_completed_with_mnist(mnist, name):
    assert_walked(ARTICLES[name])


def test_without_mnist_digits_is_named_as_a_substitute():
    app = open_at("R1", "load")
    assert says(app, text("articles.stand_in"))
    assert says(app, "60,000")
    assert says(app, "10,000")
    button(app, "data.download", size=11)


def test_with_mnist_there_is_no_substitute(mnist):
    app = open_at("R3", "load")
    assert not says(app, text("articles.stand_in"))
    assert says(app, text("articles.sample", number=9487, label=7))


def test_a_link_opens_its_article_at_its_step():
    app = open_step("r3", 4)
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R3"], 4)]
    assert app.query_params["article"] == "R3"
    assert app.query_params["step"] == "4"


@pytest.mark.parametrize("address", [("R9", "4"), ("R3", "99"), ("R3", "x"), ("", "")])
def test_an_address_with_a_typo_opens_an_article(address):
    app = open_step(*address)
    assert not app.exception
    assert len(app.subheader) == 1


def test_the_url_follows_the_step():
    app = open_step("R2", 1)
    app.button(key="learn.next").click().run()
    assert app.query_params["step"] == "2"
    app.button(key="learn.back").click().run()
    assert app.query_params["step"] == "1"
    assert app.button(key="learn.back").disabled


def test_a_card_on_home_opens_its_article():
    app = open_app()
    app.button(key="read-three-conv-3x3-same").click().run()
    assert not app.exception
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R3"], 1)]


def test_each_article_reopens_at_its_step():
    app = open_step("R2", 3)
    app.segmented_control(key="learn.article").set_value("R5").run()
    app.button(key="learn.next").click().run()
    app = go(go(app, "runs"), "learn")
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R5"], 2)]
    app.segmented_control(key="learn.article").set_value("R2").run()
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R2"], 3)]


def test_the_network_grows_layer_by_layer_with_its_summary():
    app = open_at("R5", "build")
    shown = [app.metric[0].value]
    for _ in range(3):
        app.button(key="learn.add_layer").click().run()
        shown.append(app.metric[0].value)
    assert shown == ["160", "1,320", "1,320", "47,410"]
    assert app.button(key="learn.add_layer").disabled
    assert says(app, text("articles.parameters_agree", counts="160 + 1,160 + 46,090", total="47,410"))
    assert not app.exception


def test_published_and_measured_figures_are_listed_per_epoch():
    app = open_at("R3", "fit")
    table = app.table[0].value
    assert list(table[text("articles.accuracy_published")])[:2] == ["36.52 %", "95.34 %"]
    assert list(table[text("articles.accuracy_here")])[-1] == "99.57 %"
    assert len(table) == 12


def test_each_evaluation_column_names_its_source():
    table = open_at("R3", "evaluate").table[0].value
    assert list(table[text("articles.column_published")]) == ["98.62 %", "0.00214", "99.58 %", "0.000765"]
    assert next(iter(table[text("articles.column_bundled")])) == "98.61 %"
    assert text("articles.column_own") not in table


def test_an_own_run_with_equal_results_is_explained(repeated):
    assert not says(open_at("R2", "evaluate"), text("articles.exactly_equal"))
    repeated("R2")
    app = open_at("R2", "evaluate")
    table = app.table[0].value
    assert list(table[text("articles.column_own")]) == list(table[text("articles.column_bundled")])
    assert says(app, text("articles.exactly_equal"))


def test_the_last_complete_epoch_has_both_accuracies(runs_dir):
    app = open_at("R2", "fit")
    run = RunStore(runs_dir).find("R2")
    last = run.history.epochs[-1]
    train, test = (f"{last[name] * 100:.2f} %" for name in ("accuracy", "val_accuracy"))
    assert says(app, text("articles.last_epoch", epoch=len(run.history.epochs), train=train, test=test))
    assert says(app, text("articles.test_ahead"))


def test_the_training_time_is_unknown_until_the_computer_is_measured(runs_dir):
    said = text("estimates.about", time="5 m")[:16]
    app = open_at("R2", "fit")
    assert not says(app, said)
    assert says(app, text("estimates.unknown"))
    runs_dir.mkdir(exist_ok=True)
    measured = Calibration(per_step=0.01, per_mac=0, per_parameter=0, bfloat16_gain=1)
    (runs_dir / FILE_NAME).write_text(measured.model_dump_json())
    assert says(open_at("R2", "fit"), said)


def test_the_last_step_leads_to_design_and_to_training(runs_dir):
    app = open_at("R2", "predict")
    assert "learn.to.compare_own" not in [b.key for b in app.button]
    button(app, "articles.train_in_step", number=7).click().run()
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R2"], 7)]
    app = open_at("R2", "predict")
    button(app, "articles.to_design_change").click().run()
    assert app.session_state["cnn_lab"].draft.design == find_recipe("R2").experiment


def test_a_changed_network_is_compared_but_its_answers_are_not_shown_as_those_of_the_article(repeated):
    own = {
        "run": find_recipe("R2").experiment.name,
        "dataset": translate_core(DATASETS["mnist"].title),
    }
    variant = repeated("R2", dropout=True)
    app = open_at("R2", "predict")
    assert says(app, text("articles.answers_bundled"))
    button(app, "articles.to_compare_own").click().run()
    assert not app.exception
    assert app.session_state["cnn_lab"].compared == [variant, find_recipe("R2").id]
    repeated("R2")  # the article's own network again: its answers come first
    assert says(open_at("R2", "predict"), text("articles.answers_own", **own))


def test_the_next_button_is_also_at_the_top():
    app = open_step("R2", 8)
    app.button(key="learn.onward").click().run()
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R2"], 9)]
    assert app.button(key="learn.onward").disabled


def test_pixel_rows_before_and_after_scaling_wrap_alike():
    (rows,) = [block.value for block in open_at("R2", "scale").code if "/ 255 =" in block.value]
    raw, scaled = (part.split("\n") for part in rows.split("\n\n/ 255 =\n\n"))
    assert [len(line) for line in raw] == [len(line) for line in scaled]
    np.testing.assert_allclose(
        [float(v) for v in " ".join(scaled).split()], [int(v) / 255 for v in " ".join(raw).split()], atol=0.005
    )


def test_r4_is_shown_next_to_r1():
    table = open_at("R4", "beside").table[0].value
    assert list(table["R1"])[1:3] == ["64", "938"]
    assert list(table["R4"])[1:3] == ["32", "1,875"]


def test_training_from_the_article_starts_its_run_and_shows_it(runs_dir):
    app = open_at("R5", "fit")
    assert any(text("articles.curve_bundled", seconds="42 s") == words for words in words_of(app))
    button(app, "articles.train_on_digits").click().run()
    (run,) = [run for run in RunStore(runs_dir).list_runs().runs if not run.bundled]
    assert run.experiment == find_recipe("R5").experiment.on_dataset("digits")
    assert says(app, text("articles.curve_own", dataset="digits (offline)"))
    assert app.button(key="learn.train").disabled
    assert not app.exception


@pytest.mark.parametrize(
    ("step", "name", "page"),
    [("reshape", "design_format", "design"), ("scale", "train_data", "train"), ("predict", "draw", "draw")],
)
def test_a_step_links_to_its_page_and_back(step, name, page):
    app = open_at("R3", step)
    app.button(key=f"learn.to.{name}").click().run()
    assert not app.exception
    assert [title.value for title in app.title] == [text(f"{page}.title")]
    number = STEPS.index(step) + 1
    way_back = text("articles.way_back", article="R3", number=number, step=text(f"articles.step_{step}"))
    assert [link.label for link in app.get("page_link") if link.label == way_back] == [way_back]
    app = go(app, "learn")
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R3"], number)]
    assert not go(app, "runs").get("page_link") or way_back not in [x.label for x in go(app, "runs").get("page_link")]


def test_the_scaling_step_opens_the_scaling_setting():
    app = open_at("R3", "scale")
    app.button(key="learn.to.train_data").click().run()
    (setting,) = [box for box in app.selectbox if box.key == "setup.three-conv-3x3-same.input_scaling"]
    assert setting.value == "raw"
    assert app.session_state["setup.more"] is True
    assert app.session_state["setup.group"] == text("setup.group_data")


def test_the_step_of_a_layer_opens_it_on_design():
    app = open_at("R3", "build")
    app.button(key="learn.add_layer").click().run()
    app.button(key="learn.to.design_layer").click().run()
    draft = app.session_state["cnn_lab"].draft
    assert draft.design == find_recipe("R3").experiment
    assert draft.selected == "act1"


def test_five_test_images_can_be_redrawn(mnist):
    app = open_at("R3", "predict")
    before = list(app.table[0].value[text("articles.test_picture")])
    app.button(key="learn.more").click().run()
    assert len(before) == 5
    assert list(app.table[0].value[text("articles.test_picture")]) != before


def test_the_first_three_predictions_of_r5_are_raw_vectors(tensorflow_ready):
    app = open_at("R5", "predict")
    vectors = [block.value for block in app.code if block.value.startswith("[")]
    assert len(vectors) == 3
    assert all(vector.count("e") == 10 for vector in vectors)
    assert not app.exception


def test_r3_saves_its_network_as_json_and_weights(tensorflow_ready):
    app = open_at("R3", "save")
    assert not app.exception
    assert not app.error
    assert says(app, "325,282")
    assert any('"class_name"' in block.value for block in app.code)
