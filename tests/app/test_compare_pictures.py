"""Compare's images: cost, classes, disagreements, and one input through two networks."""

import json
import time

import pytest
from app_pages import PATIENCE_S, button, says, words_of

from cnn_core import RunStore, find_recipe
from cnn_core.comparison.disagreement import Split
from cnn_core.evaluation.predictions import read_predictions
from ui.shared.model_picker import sign_of
from ui.text import text

R1, R2, R5, LENET = (find_recipe(short).id for short in ("R1", "R2", "R5", "LeNet-5"))


@pytest.fixture
def bundled(runs_dir):
    return RunStore(runs_dir).find


@pytest.fixture
def rival(own_run, damage):
    """Another experiment's run on the same digits: its optimizer is said to be another one."""
    experiment = own_run.experiment.with_training(optimizer={"kind": "SGD"}).model_copy(update={"name": "rival"})
    folder = damage("experiment.json", experiment.model_dump_json().encode(), name="19991231-235959-rival-0000")
    facts = own_run.folder.facts.model_copy(update={"id": folder.name, "style": own_run.style + 1})
    (folder / "run.json").write_text(facts.model_dump_json())
    return RunStore(folder.parent).find(folder.name)


@pytest.fixture
def show(open_page):
    """show("disagreements", R2, R5) → Compare with these chosen and this tab open."""

    def open_tab(tab, *ids):
        app = open_page("compare")
        app.session_state["compare.tab"] = text(f"compare.tab_{tab}")
        app.multiselect(key="compare.chosen").set_value(list(ids)).run()
        assert not app.exception
        return app

    return open_tab


def head(run):
    return f"{sign_of(run)} {run.name}"


def hide_answers(run):
    run.folder.predictions_path.unlink()


def test_the_pareto_front_and_dominated_contenders_are_named(show, bundled):
    app = show("curves", R2, R5, R1)
    front = f" {text('compare_costs.or')} ".join(f"**{head(bundled(run))}**" for run in (R5, R2))
    assert says(app, text("compare_costs.front", names=front))
    assert says(app, text("compare_costs.beaten", name=head(bundled(R1)), better=head(bundled(R2))))


def test_the_front_depends_on_the_cost(show, bundled):
    app = show("curves", R2, R5, LENET)
    app.segmented_control(key="compare.cost").set_value("seconds").run()
    assert not app.exception
    assert says(app, text("compare_costs.note_seconds"))
    assert says(app, text("compare_costs.ahead", name=head(bundled(R5)), better=head(bundled(LENET))))


def test_contenders_on_different_datasets_have_no_front(show, own_run):
    app = show("curves", R2, own_run.id)
    assert says(app, text("compare_costs.other_data"))
    assert says(app, text("compare_answers.other_test_set", names=head(own_run)))


def test_curves_can_be_plotted_by_step_and_by_time(show):
    app = show("curves", R2, R5)
    for axis in ("step", "time"):
        app.segmented_control(key="compare.axis").set_value(axis).run()
        assert not app.exception


def test_a_contender_without_predictions_is_named_and_others_compared(show, bundled):
    app = show("curves", R2, R1, R5)
    assert says(app, text("compare_answers.nothing", name=head(bundled(R1))))
    difference = text("compare_answers.difference", first=head(bundled(R2)), second=head(bundled(R5)))
    assert says(app, difference)


def test_missing_predictions_are_computed_by_the_model(tensorflow_ready, show, own_run, rival):
    hide_answers(rival)
    app = show("disagreements", own_run.id, rival.id)
    assert says(app, text("compare_answers.unasked", name=head(rival)))
    assert says(app, text("disagreements.too_few"))
    button(app, "compare_answers.ask").click().run()
    end = time.monotonic() + PATIENCE_S
    while says(app, text("disagreements.too_few")) and time.monotonic() < end:
        time.sleep(0.1)
        app.run()
    assert not app.exception
    assert says(app, summary(read_predictions(own_run.folder), read_predictions(own_run.folder), own_run, rival))


def test_without_model_or_images_the_page_names_what_is_missing(show, own_run, rival):
    hide_answers(rival)
    changed = json.loads((rival.folder.path / "experiment.json").read_text()) | {"dataset": "mnist"}
    (rival.folder.path / "experiment.json").write_text(json.dumps(changed))
    app = show("disagreements", own_run.id, rival.id)
    assert says(app, text("compare_answers.no_images", name=head(rival)))
    assert says(app, text("data.missing", name="MNIST"))


def summary(first, second, one, other):
    split = Split(first, second)
    counts = {name: f"{split.count(part):,}" for name, part in (("only_first", "first"), ("only_second", "second"))}
    numbers = {"differing": f"{split.differing:,}", "total": f"{split.total:,}"} | counts
    return text("disagreements.summary", first=head(one), second=head(other), **numbers)


def test_disagreements_of_r2_and_r5_are_shown_without_the_images(show, bundled):
    app = show("disagreements", R2, R5)
    runs = bundled(R2), bundled(R5)
    assert says(app, summary(*(read_predictions(run.folder) for run in runs), *runs))
    assert says(app, text("data.missing", name="MNIST"))
    ways = [one for one in app.button if one.label in (text("disagreements.to_layers"), text("disagreements.to_draw"))]
    assert len(ways) == 4
    assert all(way.disabled for way in ways)  # they need the image


def test_the_image_of_largest_disagreement_is_shown_first(show, bundled):
    app = show("disagreements", R2, R5)
    split = Split(*(read_predictions(bundled(run).folder) for run in (R2, R5)))
    for part in ("first", "second", "neither", "both"):
        app.session_state["compare.part"] = part
        app.run()
        index = int(split.find(part)[0])
        assert says(app, text("disagreements.one", index=index, truth=split.first.labels[index]))


def test_with_more_than_two_a_pair_can_be_chosen(show, bundled):
    app = show("disagreements", R2, R5, LENET)
    assert says(app, text("disagreements.agreement"))
    app.selectbox(key="compare.pair.first").set_value(LENET).run()
    assert not app.exception
    runs = bundled(LENET), bundled(R2)
    app.selectbox(key="compare.pair.second").set_value(R2).run()
    assert says(app, summary(*(read_predictions(run.folder) for run in runs), *runs))


def test_one_of_several_repeats_can_be_chosen(show, own_run, damage):
    experiment = own_run.experiment.with_training(seed=own_run.experiment.training.seed + 1)
    again = damage("experiment.json", experiment.model_dump_json().encode(), name="29991231-235959-again-0000")
    facts = own_run.folder.facts.model_copy(update={"id": again.name, "created": own_run.created + 1})
    (again / "run.json").write_text(facts.model_dump_json())
    app = show("layers", own_run.id, R2)
    repeats = app.selectbox(key=f"compare.repeat.{own_run.id}")
    assert len(repeats.options) == 2
    repeats.set_value(again.name).run()
    assert not app.exception


def test_predictions_for_different_test_sets_are_not_compared(show, own_run):
    app = show("disagreements", R2, own_run.id)
    assert says(app, text("disagreements.other_test_set"))


@pytest.mark.parametrize("place", [0, 1])
def test_an_image_opens_on_layers_and_on_draw_with_the_chosen_network(show, own_run, rival, place):
    app = show("disagreements", own_run.id, rival.id)
    run, index = (own_run, rival)[place], app.session_state["compare.image"]
    key = "compare.layers" if place else "compare.draw"
    app.button(key=f"{key}.{run.id}").click().run()
    assert not app.exception
    assert app.session_state["cnn_lab"].run_id == run.id
    if place:
        assert app.title[0].value == text("layers.title")
        assert app.session_state["layers.index.test"] == index
    else:
        assert app.title[0].value == text("draw.title")
        assert app.session_state["cnn_lab"].ink.max() > 0.9


def test_networks_on_different_datasets_are_an_error_message(show, own_run):
    app = show("layers", R2, own_run.id)
    assert says(app, text("same_input.other_data", first="MNIST", second="digits (offline)"))


def test_runs_without_a_model_are_omitted(show, bundled):
    app = show("layers", R2, R1)
    assert says(app, text("same_input.no_model", names=head(bundled(R1))))
    assert says(app, text("same_input.too_few"))


def test_while_tensorflow_loads_a_message_replaces_the_maps(show):
    assert says(show("layers", R2, R5), text("waiting.tensorflow"))


def test_one_drawing_is_shown_in_both_networks_layer_by_layer(tensorflow_ready, show, bundled):
    app = show("layers", R2, R5)
    answers = [words.value for words in app.markdown if "says **" in words.value]
    assert [bundled(run).name in words for run, words in zip((R2, R5), answers, strict=True)] == [True, True]
    gaps = [text("same_input.gap", name=head(bundled(R5)), size=f"{side}×{side}") for side in (13, 11, 5, 3)]
    gaps += [text("same_input.gap", name=head(bundled(R2)), size="24×24")]
    assert all(says(app, gap) for gap in gaps)
    assert says(app, text("same_input.gap_units", name=head(bundled(R5))))
    assert says(app, text("same_input.scaled"))  # raw pixels against scaled ones
    app.segmented_control(key="compare.range.other").set_value("all").run()
    app.segmented_control(key="compare.maps").set_value(0).run()
    assert not app.exception
    assert says(app, text("same_input.note_all"))


def test_a_picked_cell_of_a_confusion_matrix_shows_its_images_in_both_networks(show, own_run, rival):
    app = show("curves", own_run.id, rival.id)
    assert says(app, text("compare_answers.pick_cell"))
    matrix = read_predictions(own_run.folder).matrix
    app.session_state["compare.cell.kept"] = "3,3"
    app.run()
    assert not app.exception
    assert says(app, text("compare_answers.in_cell", true="3", called="3"))
    assert sum(text("compare_answers.images", count=int(matrix[3, 3])) in words for words in words_of(app)) == 2


def test_a_cell_that_is_not_there_is_ignored(show, own_run, rival):
    app = show("curves", own_run.id, rival.id)
    app.session_state["compare.cell.kept"] = "99,x"
    app.run()
    assert not app.exception
    assert says(app, text("compare_answers.pick_cell"))
