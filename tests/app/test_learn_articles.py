"""The page Learn: every article is walked from its first to its last step, with and without MNIST."""

import gc

import numpy as np
import pytest
import streamlit as st
from app_pages import button, go, open_app, says, words_of

from cnn_core.learning.articles import ARTICLES, STEPS
from cnn_core.recipes import find_recipe
from cnn_core.runs.store import RunStore
from ui.text import text

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


@every_article
def test_an_article_is_walked_without_mnist(article):
    assert_walked(article)


@pytest.mark.parametrize("name", ["R1", "R3"])
def test_an_article_is_walked_with_mnist(mnist, name):
    assert_walked(ARTICLES[name])


def test_without_mnist_the_stand_in_is_named_and_mnist_is_offered():
    app = open_at("R1", "load")
    assert says(app, text("articles.stand_in"))
    assert says(app, "60,000")
    assert says(app, "10,000")
    button(app, "data.download", size=11)


def test_with_mnist_nothing_stands_in(mnist):
    app = open_at("R3", "load")
    assert not says(app, text("articles.stand_in"))
    assert says(app, text("articles.sample", number=9487, label=7))


def test_a_link_opens_its_article_at_its_step():
    app = open_step("r3", 4)
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R3"], 4)]
    assert app.query_params["article"] == "R3"
    assert app.query_params["step"] == "4"


@pytest.mark.parametrize("address", [("R9", "4"), ("R3", "99"), ("R3", "x"), ("", "")])
def test_an_address_with_a_slip_opens_something(address):
    app = open_step(*address)
    assert not app.exception
    assert len(app.subheader) == 1


def test_the_address_follows_the_reader():
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


def test_each_article_is_left_and_found_again_at_its_step():
    app = open_step("R2", 3)
    app.segmented_control(key="learn.article").set_value("R5").run()
    app.button(key="learn.next").click().run()
    app = go(go(app, "runs"), "learn")
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R5"], 2)]
    app.segmented_control(key="learn.article").set_value("R2").run()
    assert [title.value for title in app.subheader] == [heading(ARTICLES["R2"], 3)]


def test_the_network_grows_layer_by_layer_with_its_sum():
    app = open_at("R5", "build")
    shown = [app.metric[0].value]
    for _ in range(3):
        app.button(key="learn.add_layer").click().run()
        shown.append(app.metric[0].value)
    assert shown == ["160", "1,320", "1,320", "47,410"]
    assert app.button(key="learn.add_layer").disabled
    assert says(app, text("articles.parameters_agree", counts="160 + 1,160 + 46,090", total="47,410"))
    assert not app.exception


def test_published_figures_stand_beside_the_measured_ones_epoch_by_epoch():
    app = open_at("R3", "fit")
    table = app.table[0].value
    assert list(table[text("articles.accuracy_published")])[:2] == ["36.52 %", "95.34 %"]
    assert list(table[text("articles.accuracy_here")])[-1] == "99.57 %"
    assert len(table) == 12


def test_each_column_of_the_evaluation_says_whose_figures_it_holds():
    table = open_at("R3", "evaluate").table[0].value
    assert list(table[text("articles.column_published")]) == ["98.62 %", "0.00214", "99.58 %", "0.000765"]
    assert next(iter(table[text("articles.column_bundled")])) == "98.61 %"
    assert text("articles.column_own") not in table


def test_r4_stands_beside_r1():
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
def test_a_step_opens_the_page_that_does_it_and_that_page_leads_back(step, name, page):
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


def test_the_step_that_scales_opens_the_very_setting():
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
    bench = app.session_state["cnn_lab"].bench
    assert bench.design == find_recipe("R3").experiment
    assert bench.selected == "act1"


def test_five_test_pictures_are_drawn_anew_when_asked(mnist):
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
