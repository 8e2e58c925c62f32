"""Lessons: their files, their verdicts from pure figures, and every one of ours through the real engine."""

import json
import math
import re

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import LocalExecutor, RunStore, load_probe, train_run
from cnn_core.architecture.repair import check
from cnn_core.cli import main
from cnn_core.errors import CnnLabError, SpecError
from cnn_core.learning.glossary import EXAMPLE_LAYERS, TERMS, build_example, find_term
from cnn_core.learning.glossary_tables import TABLES
from cnn_core.learning.lesson_file import Lesson, read_lesson
from cnn_core.learning.lessons import CARDS_DIR, build_steps, list_lessons, offered, plan_lesson
from cnn_core.learning.lessons_figures import NEVER, Figure, divide, show_figure, show_half_width, subtract
from cnn_core.learning.lessons_looks import drawn, look
from cnn_core.learning.verdicts import expected, fill_in, judge, judge_steps

OURS = [read_lesson(path) for path in sorted(CARDS_DIR.glob("*.toml"))]
TRAINED = [lesson for lesson in OURS if lesson.experiments]
by_id = pytest.mark.parametrize
names = [lesson.id for lesson in OURS]

SMALLEST = {
    "id": "seeds",
    "title": "Two seeds",
    "question": "Does the seed matter?",
    "answers": [{"says": "Hardly.", "low": -0.5, "high": 0.5}, {"says": "Much.", "low": 0.5}],
    "base": {"layers": [{"kind": "Flatten"}, {"kind": "Dense", "units": 10, "activation": "softmax"}]},
    "changes": {"training.epochs": 1, "training.batch_size": 500},
    "experiments": [{"id": "one", "name": "one"}, {"id": "two", "name": "two", "changes": {"training.seed": 2}}],
    "rule": {"measure": "accuracy", "first": "one", "second": "two"},
}


def lesson_with(**changes):
    return Lesson.model_validate(SMALLEST | changes)


def figures(one, two, noise=0.0, measure="accuracy"):
    return {"one": {measure: Figure(one, noise)}, "two": {measure: Figure(two, noise)}}


@pytest.fixture(scope="module")
def lesson_runs(tmp_path_factory):
    """One folder of runs for all lessons: what several of them need is trained once."""
    return RunStore(tmp_path_factory.mktemp("lesson-runs"))


@pytest.fixture
def teacher(monkeypatch, tmp_path):
    """teacher(file, text) writes into the folder that CNN_LAB_LESSONS_DIR names."""
    monkeypatch.setenv("CNN_LAB_LESSONS_DIR", str(tmp_path))

    def write(file, text):
        (tmp_path / file).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return list_lessons()

    return write


# --- our own cards ---


def test_there_are_twelve_lessons_with_unique_ids():
    assert len(set(names)) == len(OURS) == 12


@by_id("lesson", TRAINED, ids=lambda lesson: lesson.id)
def test_every_lesson_experiment_is_trainable_on_its_datasets(lesson):
    assert "digits" in offered(lesson)
    for dataset in offered(lesson):
        for step in build_steps(lesson, dataset):
            check(step.experiment.architecture, 10, step.experiment.training.loss)


@by_id("lesson", OURS, ids=names)
def test_a_lesson_refers_only_to_known_metrics_and_glossary_terms(lesson):
    places = {step.id for step in build_steps(lesson, "digits")} or {"all", *(lesson.look.drawings)}
    for sentence in lesson.sentences():
        for name, measure in re.findall(r"\{([\w-]+)\.(\w+)\}", sentence):
            assert measure in lesson.measures + (("sum",) if lesson.look else ())
            assert (lesson.look and lesson.look.kind == "shift") or name in places
    assert all(find_term(term) for term in lesson.terms)


def test_the_kernel_size_lesson_trains_all_networks_equally_long():
    from cnn_core import compute_anatomy

    steps = build_steps(list_lessons().find("kernel-sizes"), "digits")
    fields = {
        max(row.receptive_field for row in compute_anatomy(step.experiment.architecture).rows if row.receptive_field)
        for step in steps
    }
    assert fields == {14}  # 7 values of an image halved


@by_id("lesson", TRAINED, ids=lambda lesson: lesson.id)
def test_a_lesson_has_its_expected_outcome_on_digits(lesson, lesson_runs):
    for step in plan_lesson(lesson, "digits", lesson_runs.list_runs().runs):
        if not step.run:
            train_run(lesson_runs.create(step.experiment))
    verdict, measured = judge_steps(lesson, plan_lesson(lesson, "digits", lesson_runs.list_runs().runs))
    assert verdict.outcome == "told", (verdict, measured)
    assert verdict.right == expected(lesson, "digits")
    assert all(figure.value is not None for its in measured.values() for figure in its.values())


@by_id("lesson", [lesson for lesson in OURS if lesson.look], ids=lambda lesson: lesson.id)
def test_a_bundled_model_lesson_has_its_expected_outcome(lesson, store):
    measured = look(lesson.look, load_probe(store.find(lesson.look.run).folder))
    verdict = judge(lesson, measured)
    assert verdict.right == expected(lesson, "digits")
    assert "–" not in fill_in(lesson.answers[verdict.right].why, measured)
    if lesson.look.kind == "drawing":
        assert all(abs(its["sum"].value - 1) < 1e-5 for its in measured.values())


def test_a_drawing_is_centered_ink_of_28_pixels():
    ink = drawn(OURS[-1].look.drawings["X"])
    assert ink.shape == (28, 28)
    rows, columns = np.nonzero(ink > 0.5)
    assert abs(rows.mean() - 13.5) < 1
    assert abs(columns.mean() - 13.5) < 1


# --- verdicts ---


def test_a_difference_within_noise_is_inconclusive():
    assert judge(lesson_with(), figures(0.9, 0.38)).right == 1
    verdict = judge(lesson_with(), figures(0.9, 0.38, noise=0.05))
    assert (verdict.outcome, verdict.right) == ("noise", None)


def test_the_highest_must_lead_by_more_than_chance():
    answers = [{"says": "The first.", "experiment": "one"}, {"says": "The second.", "experiment": "two"}]
    lesson = lesson_with(answers=answers, rule={"measure": "accuracy", "how": "highest"})
    assert judge(lesson, figures(0.7, 0.9, noise=0.05)).right == 1
    assert judge(lesson, figures(0.88, 0.9, noise=0.05)).outcome == "noise"


def test_results_outside_all_answers_or_missing_are_reported():
    assert judge(lesson_with(), figures(0.1, 0.9)).outcome == "outside"
    assert judge(lesson_with(), figures(None, 0.9)).outcome == "missing"


def test_an_accuracy_never_reached_counts_as_after_every_epoch():
    lesson = lesson_with(rule={"measure": "epochs_to", "first": "one", "second": "two"})
    assert judge(lesson, figures(NEVER, 3, measure="epochs_to")).right == 1
    assert judge(lesson, figures(NEVER, NEVER, measure="epochs_to")).outcome == "missing"


def test_predictions_for_the_same_images_are_paired():
    rng = np.random.default_rng(3)
    first, second = rng.random(400) < 0.9, rng.random(400) < 0.8
    found = subtract(Figure(first.mean(), 1.0, first), Figure(second.mean(), 1.0, second))
    d = first.astype(int) - second.astype(int)
    assert found.value == pytest.approx(d.mean())
    assert found.noise == pytest.approx(1.96 * d.std() / math.sqrt(400), rel=1e-3)


def test_equal_predictions_are_not_certainty():
    right = np.ones(100, bool)
    assert subtract(Figure(1.0, 0, right), Figure(1.0, 0, right)).noise > 0


def test_relative_errors_of_a_ratio_add_in_quadrature():
    found = divide(Figure(6.0, 0.6), Figure(3.0, 0.3))
    assert (found.value, found.noise) == (2.0, pytest.approx(2 * math.hypot(0.1, 0.1)))


def test_unknown_metrics_in_sentences_are_dashes():
    shown = fill_in("{one.accuracy} against {two.accuracy}, {other.loss} {not a figure}", figures(0.5, None))
    assert shown == "50.0\N{NO-BREAK SPACE}% against –, – {not a figure}"
    assert show_figure("gap", -0.012) == "-1.2 %"


# --- plans ---


def test_a_run_with_the_same_settings_and_seed_is_reused(lesson_runs):
    lesson = lesson_with()
    first = build_steps(lesson, "digits")[0]
    train_run(lesson_runs.create(first.experiment))
    there = plan_lesson(lesson, "digits", lesson_runs.list_runs().runs)
    assert [step.is_done for step in there] == [True, False]


def test_queued_runs_are_reused_and_removed_ones_are_not(store, monkeypatch):
    monkeypatch.setattr(LocalExecutor, "start_waiting", lambda self: None)
    executor, lesson = LocalExecutor(store), lesson_with()
    run_id = executor.submit(build_steps(lesson, "digits")[0].experiment).id
    assert plan_lesson(lesson, "digits", store.list_runs().runs)[0].run.id == run_id
    executor.stop(run_id)
    assert plan_lesson(lesson, "digits", store.list_runs().runs)[0].run is None


def test_the_number_of_images_is_exact_on_every_dataset():
    lesson = next(lesson for lesson in OURS if lesson.id == "overfitting")
    for dataset, images in (("digits", 1_500), ("mnist", 60_000)):
        (step,) = build_steps(lesson, dataset)
        assert step.experiment.training.count_used(images) == 100


# --- a teacher's files ---


def test_a_teachers_lessons_come_after_the_bundled_ones(teacher):
    found = teacher("seeds.json", {key: value for key, value in SMALLEST.items() if key != "id"})
    assert [lesson.id for lesson in found.lessons] == [*names, "seeds"]
    assert found.problems == ()


@by_id(
    ("file", "content", "words"),
    [
        ("a.toml", "title = ", ["a.toml"]),
        ("a.json", SMALLEST | {"title": ""}, ["a.json", "title"]),
        ("a.json", SMALLEST | {"answers": SMALLEST["answers"][:1]}, ["a.json", "answers"]),
        ("a.json", SMALLEST | {"rule": {"measure": "accuracy", "first": "one", "second": "three"}}, ["a.json", "rule"]),
        ("a.json", SMALLEST | {"base": {"recipe": "R9"}}, ["a.json", "experiment one", "R9"]),
        ("a.json", SMALLEST | {"changes": {"training.colour": 1}}, ["a.json", "experiment one", "colour"]),
        ("a.json", SMALLEST | {"changes": {"training.epochs": -1}}, ["a.json", "experiment one", "epochs"]),
        ("a.json", SMALLEST | {"changes": {"nonsense": 1}}, ["a.json", "experiment one", "nonsense"]),
        ("a.json", SMALLEST | {"id": "dense"}, ["a.json", "dense"]),
        ("a.toml", "a = " + "[" * 3000, ["a.toml", "brackets"]),
        ("a.json", "[" * 100_000, ["a.json", "brackets"]),
        ("a.toml", "# " + "x" * 300_000, ["a.toml", "256 kB"]),
        ("a.toml", ".".join("a" * 2000) + " = 1", ["a.toml"]),
        ("a.json", [1], ["a.json", "table"]),
    ],
)
def test_an_invalid_lesson_file_is_one_sentence_with_file_and_field(teacher, file, content, words):
    found = teacher(file, content)
    assert len(found.lessons) == len(OURS)
    (problem,) = found.problems
    assert all(word in str(problem) for word in words), str(problem)
    assert "\n" not in str(problem)


def test_a_bad_lesson_file_leaves_the_others_as_they_are(teacher):
    teacher("bad.toml", "[" * 3000)
    found = teacher("seeds.json", SMALLEST)
    assert [lesson.id for lesson in found.lessons] == [*names, "seeds"]
    assert len(found.problems) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(SMALLEST)), inner, max_size=3),
    ),
    st.sampled_from(list(SMALLEST)),
)
def test_any_value_in_any_field_is_a_lesson_or_one_sentence(tmp_path_factory, value, field):
    path = tmp_path_factory.mktemp("lessons") / "a.json"
    path.write_text(json.dumps(SMALLEST | {field: value}))
    problem = "a.json"
    try:
        read_lesson(path)
    except CnnLabError as error:
        problem = str(error)
    assert problem.startswith("a.json")
    assert "\n" not in problem


def test_the_documented_example_is_a_valid_lesson(teacher):
    from cnn_core.learning.lessons import CARDS_DIR

    text = (CARDS_DIR.parents[2] / "docs" / "lessons.md").read_text(encoding="utf-8")
    found = teacher("half-the-images.toml", re.search(r"```toml\n(.*?)```", text, re.S).group(1))
    assert found.problems == ()
    assert found.lessons[-1].id == "half-the-images"


def test_an_unknown_lesson_is_an_error_that_lists_the_lessons():
    with pytest.raises(SpecError, match="batch-size"):
        list_lessons().find("no-such")


# --- the terminal ---


def test_the_terminal_lists_lessons_and_runs_one(teacher, tmp_path):
    teacher("seeds.json", SMALLEST)
    listed = CliRunner().invoke(main, ["lessons"])
    assert all(name in listed.output for name in [*names, "seeds"])
    runs = str(tmp_path / "runs")
    told = CliRunner().invoke(main, ["lessons", "seeds", "--runs-dir", runs, "--json"])
    outcome = json.loads(told.stdout.splitlines()[-1])
    assert (outcome["outcome"], outcome["answer"], set(outcome["figures"])) == ("told", 1, {"one", "two"})
    again = CliRunner().invoke(main, ["lessons", "seeds", "--runs-dir", runs])
    assert "Right: Hardly." in again.stdout
    assert len(RunStore(tmp_path / "runs").list_runs().runs) == 2 + len(RunStore(tmp_path / "none").list_runs().runs)


# --- the glossary ---


def test_every_glossary_term_has_an_example_and_valid_links():
    for term in TERMS:
        assert term.layer or term.picture or term.table in TABLES, term.id
        assert all(find_term(other) for other in term.see), term.id
        assert not term.lesson or term.lesson in names, term.id


@by_id("name", [row["name"] for row in EXAMPLE_LAYERS])
def test_a_glossary_example_is_a_network_with_its_layer(name):
    design = build_example(name)
    assert name in [layer.name for layer in design.architecture.layers]
    check(design.architecture, 10, design.training.loss)


def test_glossary_tables_are_computed():
    assert TABLES["crossentropy"]().rows[1] == ("50 %", "0.69")
    assert TABLES["steps"]().rows[1] == ("60,000", "64", "938")
    assert [row[1] for row in TABLES["norm"]().rows] == ["-1.07", "-0.53", "+0.00", "+1.60"]
    assert TABLES["field"]().rows[0] == ("conv1", "3 × 3")
    for make in TABLES.values():
        table = make()
        assert all(len(row) == len(table.columns) for row in table.rows)


@by_id("measure", ["accuracy", "gap", "change", "loss", "seconds"])
def test_a_half_width_has_no_sign(measure):
    assert show_half_width(measure, 0.051)[0] in "0123456789"


@by_id(
    ("change", "words"),
    [
        ({"why": "It has {nope.accuracy}."}, ("nope", "one, two")),
        ({"why": "It has {one.gap}."}, ("gap", "accuracy, parameters, seconds")),
        ({"says": "It has {one.accuracy}."}, ("{one.accuracy}", "why")),
    ],
    ids=["experiment", "measure", "field"],
)
def test_a_figure_that_can_not_be_filled_in_is_reported_with_what_there_is(teacher, change, words):
    lessons = teacher("seeds.json", SMALLEST | {"answers": [SMALLEST["answers"][0] | change, SMALLEST["answers"][1]]})
    assert [lesson.id for lesson in lessons.lessons] == names
    [problem] = lessons.problems
    assert all(word in str(problem) for word in ("seeds.json", *words))


def test_a_lesson_that_looks_at_a_model_names_only_what_is_looked_at(teacher):
    lesson = json.loads(Lesson.model_dump_json(next(one for one in OURS if one.look and one.look.kind == "shift")))
    lesson["answers"][0]["why"] = "It is {conv99.change}."
    [problem] = teacher("shift.json", lesson | {"id": "shift"}).problems
    assert "conv99" in str(problem)
    assert "conv1" in str(problem)
