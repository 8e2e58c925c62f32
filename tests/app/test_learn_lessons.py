"""The tabs Lessons and Glossary of the page Learn."""

import json
import shutil

import pytest
from app_pages import button, go, says

from cnn_core import LocalExecutor, RunStore, train_run
from cnn_core.learning.glossary import TERMS
from cnn_core.learning.lesson_file import Lesson
from cnn_core.learning.lessons import LESSONS_DIR_VARIABLE, build_steps, list_lessons
from ui.learn.lesson_links import HIDEABLE, read_hidden, write_link
from ui.text import text

TINY = {
    "title": "Two seeds",
    "question": "Does the seed matter?",
    "about": "A seed is where chance begins.",
    "answers": [
        {"says": "Hardly at all.", "low": -0.6, "high": 0.6, "why": "It was {one.accuracy}."},
        {"says": "Very much.", "low": 0.6},
    ],
    "base": {"layers": [{"kind": "Flatten"}, {"kind": "Dense", "units": 10, "activation": "softmax"}]},
    "changes": {"training.epochs": 1, "training.batch_size": 500},
    "on": {"digits": {}},
    "experiments": [{"id": "one", "name": "seed 1"}, {"id": "two", "name": "seed 2", "changes": {"training.seed": 2}}],
    "rule": {"measure": "accuracy", "first": "one", "second": "two"},
}


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """A teacher's lesson of two runs that take a moment."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    (folder / "tiny.json").write_text(json.dumps(TINY), encoding="utf-8")
    (folder / "wrong.json").write_text(json.dumps(TINY | {"title": ""}), encoding="utf-8")
    monkeypatch.setenv(LESSONS_DIR_VARIABLE, str(folder))
    return list_lessons().find("tiny")


@pytest.fixture
def open_lesson(open_page):
    """open_lesson("tiny", hide="guess") → the page Learn as a link opens it."""

    def make(lesson_id, **parameters):
        app = open_page()
        for name, value in {"lesson": lesson_id, **parameters}.items():
            app.query_params[name] = value
        return go(app, "learn")

    return make


@pytest.fixture(scope="session")
def _tiny_runs(tmp_path_factory):
    store = RunStore(tmp_path_factory.mktemp("tiny-runs"))
    for step in build_steps(Lesson.model_validate(TINY | {"id": "tiny"}), "digits"):
        train_run(store.create(step.experiment))
    return store.runs_dir


@pytest.fixture
def both_trained(tiny, _tiny_runs, runs_dir):
    """The runs of the teacher's lesson lie in the runs folder."""
    shutil.copytree(_tiny_runs, runs_dir)


def labels(app):
    return [one.label for one in app.button]


def test_all_lessons_are_listed_and_an_invalid_file_is_reported(tiny, open_page):
    app = open_page("learn")
    app.session_state["learn.tab"] = text("learn.tab_lessons")
    app.run()
    assert not app.exception
    assert labels(app).count(text("lessons.open")) == 13
    assert says(app, "wrong.json")
    app.button(key="lessons.open.tiny").click().run()
    assert [heading.value for heading in app.subheader] == ["Two seeds"]


def test_nothing_runs_before_a_prediction_is_made(tiny, open_lesson, runs_dir):
    app = open_lesson("tiny")
    assert not app.exception
    run = button(app, "lessons.run", count=2)
    assert run.disabled
    app.radio(key="lessons.guess.tiny").set_value(1).run()
    button(app, "lessons.run", count=2).click().run()
    assert not app.exception
    waiting = [run for run in RunStore(runs_dir).list_runs().runs if run.state == "queued"]
    assert len(waiting) == 2
    assert app.radio(key="lessons.guess.tiny").disabled


def test_existing_runs_are_used_and_named_in_the_outcome(both_trained, open_lesson, runs_dir, monkeypatch):
    monkeypatch.setattr(LocalExecutor, "submit", lambda *a, **k: pytest.fail("it is there already"))
    app = open_lesson("tiny")
    app.radio(key="lessons.guess.tiny").set_value(0).run()
    button(app, "lessons.show").click().run()
    assert not app.exception
    assert says(app, text("lessons.guessed", says="Hardly at all."))
    accuracy = RunStore(runs_dir).list_runs().runs[1].history.test_accuracy
    assert says(app, f"It was {accuracy * 100:.1f}\N{NO-BREAK SPACE}%.")
    assert says(app, TINY["about"])


def test_a_wrong_guess_is_explained(both_trained, open_lesson):
    app = open_lesson("tiny")
    app.radio(key="lessons.guess.tiny").set_value(1).run()
    button(app, "lessons.show").click().run()
    assert says(app, text("lessons.surprise", says="Hardly at all."))


def test_parts_hidden_by_a_link_are_shown_on_request(both_trained, open_lesson):
    app = open_lesson("tiny", hide="guess,others,why,design,train,compare,curves,nonsense")
    assert not app.radio
    assert text("lessons.all") not in labels(app)
    button(app, "lessons.show").click().run()
    assert says(app, text("lessons.came_out", says="Hardly at all."))
    assert not says(app, TINY["about"])
    assert not [label for label in labels(app) if label in (text("lessons.to_design"), text("lessons.to_train"))]
    app.button(key="lessons.show_all").click().run()
    assert text("lessons.all") in labels(app)
    assert says(app, TINY["about"])


def test_an_experiment_opens_in_design_and_all_of_them_on_compare(tiny, both_trained, open_lesson):
    app = open_lesson("tiny", hide="guess")
    button(app, "lessons.show").click().run()
    app.button(key="lessons.compare").click().run()
    assert [title.value for title in app.title] == [text("compare.title")]
    app = go(app, "learn")
    app.button(key="lessons.train.two").click().run()
    assert [title.value for title in app.title] == [text("train.title")]
    assert app.session_state["cnn_lab"].draft.design == build_steps(tiny, "digits")[1].experiment


def test_hidden_parts_round_trip_through_a_link():
    link = write_link("http://lab/learn", "dense", {"guess", "design"})
    assert link == "http://lab/learn?lesson=dense&hide=guess,design"
    assert read_hidden("design, guess,other") == ("guess", "design")
    assert read_hidden(",".join(HIDEABLE)) == HIDEABLE
    assert write_link("http://lab/learn", "dense", ()) == "http://lab/learn?lesson=dense"


def test_an_unknown_lesson_in_a_link_is_a_message_with_the_list(open_lesson):
    app = open_lesson("no-such")
    assert not app.exception
    assert any("no-such" in error.value for error in app.error)
    assert labels(app).count(text("lessons.open")) == 12


def test_a_model_inspection_lesson_needs_no_training(tensorflow_ready, open_lesson):
    app = open_lesson("a-letter", hide="guess")
    button(app, "lessons.look").click().run()
    assert not app.exception
    assert says(app, "sum to 1.000")


@pytest.mark.parametrize("term", [term.id for term in TERMS])
def test_every_glossary_term_opens_with_its_definition(open_page, term):
    app = open_page("learn")
    app.session_state["learn.tab"] = text("learn.tab_glossary")
    app.session_state["glossary.chosen"] = term
    app.run()
    assert not app.exception
    assert [heading.value for heading in app.subheader] == [text(f"glossary_terms.{term}")]
    assert says(app, text(f"glossary.{term}"))


def test_a_glossary_search_without_results_shows_no_term_and_can_be_cleared(open_page):
    app = open_page("learn")
    app.session_state["learn.tab"] = text("learn.tab_glossary")
    app.run()
    app.text_input(key="glossary.search").set_value("zzz").run()
    assert says(app, text("glossary_view.nothing", searched="zzz"))
    assert not app.subheader
    app.button(key="glossary.clear").click().run()
    assert app.text_input(key="glossary.search").value == ""
    assert [heading.value for heading in app.subheader] == [text(f"glossary_terms.{TERMS[0].id}")]


def test_the_glossary_search_includes_definitions(open_page):
    app = open_page("learn")
    app.session_state["learn.tab"] = text("learn.tab_glossary")
    app.run()
    app.text_input(key="glossary.search").set_value("by heart").run()
    found = [one.key for one in app.button if one.key.startswith("glossary.term.")]
    assert sorted(found) == ["glossary.term.augmentation", "glossary.term.overfitting"]
    app.button(key="glossary.lesson").click().run()
    assert [heading.value for heading in app.subheader] == ["Learning 100 images by heart"]
