"""Compare: a verdict in one sentence, the table behind it, races, and the articles again."""

import json

import pytest
from app_pages import button, go, number, says

from cnn_core import LocalExecutor, RunStore, find_recipe
from cnn_core.comparison import find_contender, group_runs
from cnn_core.comparison.facts import FIRST_FIGURES
from tests.core.many_runs import write_run
from ui.compare import table
from ui.compare.reproduce import ARTICLES
from ui.shared.model_picker import format_accuracy, sign_of
from ui.text import text

R2, R5 = find_recipe("R2").id, find_recipe("R5").id
DIGITS = [find_recipe(name).experiment.on_dataset("digits") for name in ("R2", "R5")]


@pytest.fixture
def written(runs_dir):
    """written(experiment, [0.9, 0.95], seed=3) → a run of one's own with these accuracies by epoch."""

    def write(experiment=DIGITS[0], accuracies=(0.9,), ended=True, **training):
        index = len(own_runs(runs_dir)) if runs_dir.exists() else 0
        return write_run(runs_dir, index, experiment.with_training(**training), list(accuracies), ended=ended)

    return write


@pytest.fixture
def drawn(monkeypatch):
    """What the table of figures was given last."""
    kept = {}
    monkeypatch.setattr(table, "_facts", lambda key, data: kept.update(data))
    return kept


@pytest.fixture
def compare(open_page):
    return open_page("compare")


def choose(app, *ids):
    app.multiselect(key="compare.chosen").set_value(list(ids)).run()
    assert not app.exception
    return app


def open_tab(app, name):
    app.session_state["compare.tab"] = text(f"compare.tab_{name}")
    app.run()
    assert not app.exception
    return app


def unfold(app, panel):
    app.session_state[f"race.{panel}"] = True
    app.run()
    assert not app.exception
    return app


def verdict(app):
    """The only heading that ends in a full stop."""
    (sentence,) = [words.value for words in app.markdown if words.value.startswith("####") and words.value[-1] == "."]
    return sentence


def settings(app):
    return app.table[0].value


def own_runs(runs_dir):
    """Oldest first."""
    return [run for run in RunStore(runs_dir).list_runs().runs if not run.bundled][::-1]


# The choice and the verdict


def test_the_winner_of_the_bundled_pair_is_r2(compare, runs_dir):
    first, second = (RunStore(runs_dir).find(name) for name in ("R2", "R5"))
    lead = (first.history.test_accuracy - second.history.test_accuracy) * 100
    expected = text(
        "compare_verdict.better_images",
        best=f"{sign_of(first)} {first.name}",
        second=f"{sign_of(second)} {second.name}",
        accuracy=format_accuracy(first.history.test_accuracy),
        difference=f"{lead:.2f}",
    )
    assert lead > 0
    assert expected in verdict(compare)
    assert says(compare, text("compare_verdict.other_seeds"))


def test_the_order_of_choice_does_not_change_the_winner(compare):
    before = verdict(compare)
    assert verdict(choose(compare, R5, R2)) == before


@pytest.mark.parametrize("ids", [[], [R2]])
def test_fewer_than_two_show_a_hint_and_offer_a_race(compare, ids):
    choose(compare, *ids)
    assert says(compare, text("compare.too_few"))
    assert not compare.table
    compare.run()
    assert compare.multiselect(key="compare.chosen").value == ids
    button(compare, "compare.to_race").click().run()
    assert button(compare, "compare_race.start", count=6)


def test_the_selection_survives_a_page_change(compare):
    ids = [R5, find_recipe("LeNet-5").id]
    app = go(go(choose(compare, *ids), "design"), "compare")
    assert app.multiselect(key="compare.chosen").value == ids


def test_experiments_on_different_datasets_have_no_winner(written, open_page):
    app = choose(open_page("compare"), R2, written().id)
    assert text("compare_verdict.data") in verdict(app)


def test_repeats_decide_by_seeds_with_a_p_value(written, open_page):
    pairs = zip(DIGITS, (270, 240), strict=True)
    runs = [written(one, [(right + seed) / 297], seed=seed) for one, right in pairs for seed in range(3)]
    app = choose(open_page("compare"), runs[0].id, runs[3].id)
    assert "3 seeds" in verdict(app)
    assert DIGITS[0].name in verdict(app).split("is better")[0]
    assert says(app, text("compare_verdict.enough"))


def test_a_run_that_finishes_stays_selected(written, open_page):
    run = written()
    lines = run.events_path.read_text().splitlines(keepends=True)
    ending = [line for line in lines if '"result"' in line or '"completed"' in line]
    run.events_path.write_text("".join(line for line in lines if line not in ending))
    with run.lock():  # as the worker that trains it
        app = choose(open_page("compare"), R2, run.id)
        assert text("compare_verdict.pending") in verdict(app)
        run.events_path.write_text("".join(lines))
    app.run()
    assert not app.exception
    assert app.multiselect(key="compare.chosen").value == [R2, run.id]


def test_a_run_and_its_repeat_are_one_experiment(written, open_page):
    first, _ = written(), written(seed=7)
    app = choose(open_page("compare"), R2, first.id)
    labels = [label for label in app.multiselect(key="compare.chosen").options if "digits" in label]
    assert len(labels) == 1
    assert "× 2" in labels[0]


def test_two_repeats_selected_elsewhere_are_grouped(written, open_page):
    first, second = written(), written(seed=7)
    app = open_page("home")
    app.session_state["cnn_lab"].compared = [second.id, first.id, R2]
    go(app, "compare")
    assert app.multiselect(key="compare.chosen").value == [first.id, R2]
    assert [toast.value for toast in app.toast] == [text("compare.repeats")]


def test_a_run_whose_loss_became_nan_can_be_compared(written, open_page):
    diverged, other = written(), written(DIGITS[1])
    lines = [json.loads(line) for line in diverged.events_path.read_text().splitlines()]
    for line in lines:  # as the worker writes what is not a number
        line.update({key: None for key in ("loss", "val_loss", "test_loss") if key in line})
    diverged.events_path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    app = open_tab(choose(open_page("compare"), diverged.id, other.id), "table")
    assert len(settings(app).columns) == 3


def test_a_lead_within_chance_is_not_a_win(written, open_page):
    def said(key):
        heads = (f"{sign_of(run)} {run.name}" for run in (dear, cheap))
        return text(f"compare_costs.{key}", **dict(zip(("name", "better"), heads, strict=True)))

    folders = [written(one, [right / 297]) for one, right in zip(DIGITS, (270, 271), strict=True)]
    app = choose(open_page("compare"), *(folder.id for folder in folders))
    dear, cheap = own_runs(folders[0].path.parent)
    assert "It can't be told" in verdict(app)
    assert says(app, said("ahead"))
    assert not says(app, said("beaten"))


def test_times_of_two_machines_are_not_ranked(written, drawn, open_page):
    run = written(find_recipe("R5").experiment.with_training(epochs=1), [0.9])
    app = open_page("compare")
    app.session_state["compare.cost"] = "seconds"
    choose(app, R2, run.id)
    assert says(app, text("compare_costs.other_machine"))
    open_tab(app, "table")
    at = [column["name"] for column in drawn["columns"]].index("epoch_time")
    cells = [row["cells"][at] for row in drawn["rows"]]
    assert [cell["best"] for cell in cells] == [False, False]
    assert [text("compare_table.elsewhere") in cell["shown"] for cell in cells] == [True, False]


# The table


def test_one_more_experiment_is_one_more_row_and_one_more_column_of_settings(drawn, compare):
    open_tab(compare, "table")
    rows, columns = len(drawn["rows"]), len(settings(compare).columns)
    choose(compare, R2, R5, find_recipe("LeNet-5").id)
    assert (len(drawn["rows"]), len(settings(compare).columns)) == (rows + 1, columns + 1)


def test_equal_settings_are_shown_on_request(drawn, compare):
    open_tab(compare, "table")
    assert all(fact.endswith("≠") for fact in settings(compare)[text("compare.fact")])
    assert "repeats" not in [column["name"] for column in drawn["columns"]]
    compare.toggle(key="table.different").set_value(False).run()
    facts, values = (lambda t: (t[text("compare.fact")], t.drop(columns=text("compare.fact"))))(settings(compare))
    differ = [len(set(row)) > 1 for row in values.itertuples(index=False)]
    assert [fact.endswith("≠") for fact in facts] == differ
    assert set(differ) == {True, False}
    assert [column["name"] for column in drawn["columns"]] == list(FIRST_FIGURES)


def test_the_best_of_each_column_is_marked_where_it_can_be_compared(drawn, compare):
    open_tab(choose(compare, R2, R5, find_recipe("R3").id), "table")
    best = {}
    for at, column in enumerate(drawn["columns"]):
        best[column["name"]] = [row["id"] for row in drawn["rows"] if row["cells"][at]["best"]]
    assert best["test_accuracy"] == [R2]
    assert best["parameters"] == [R5]
    assert best["test_loss"] == []  # R3 has another loss function


def test_columns_can_be_chosen_and_downloaded(drawn, compare):
    open_tab(compare, "table")
    compare.session_state["table.shown"] = ["macs"]
    compare.run()
    assert [column["name"] for column in drawn["columns"]] == ["macs"]
    labels = [download.label for download in compare.download_button]
    assert {text("compare_table.download_csv"), text("compare_table.download_md")} <= set(labels)


# Races


def test_a_race_starts_by_seed_and_becomes_the_selection(compare, runs_dir):
    app = unfold(compare, "open")
    number(app, "seeds").set_value(2).run()
    button(app, "compare_race.start", count=4).click().run()
    assert not app.exception
    runs = own_runs(runs_dir)
    assert [run.experiment.recipe for run in runs] == [R2, R5, R2, R5]
    assert [run.experiment.training.seed for run in runs] == [1337, 1337, 1338, 1338]
    assert {run.experiment.dataset for run in runs} == {"digits"}  # MNIST is not here
    assert app.multiselect(key="compare.chosen").value == [runs[0].id, runs[1].id]
    assert not app.session_state["race.open"]
    assert [bar.text for bar in app.get("progress")] == [
        text("compare_race.progress", through=0, runs=4, training=0, waiting=4)
    ]


def test_the_verdict_offers_a_race_of_the_compared_pair(written, runs_dir, open_page):
    variant = DIGITS[0].with_training(learning_rate=0.0123, schedule={"kind": "cosine"})
    runs = [written(variant), written(DIGITS[1].with_training(epochs=3))]
    app = choose(unfold(open_page("compare"), "open"), runs[0].id, R5)
    app.session_state["race.entrants"] = ["starter:two-conv-no-pooling"]  # the reader's own choice
    app.session_state["race.shared"] = ["epochs"]
    choose(app, *(run.id for run in runs))
    assert app.multiselect(key="race.entrants").value == ["starter:two-conv-no-pooling"]
    button(app, "compare_verdict.rematch_two", seeds=3).click().run()
    assert not app.exception
    button(app, "compare_race.start", count=4).click().run()  # the first of each is there
    kinds = [run.experiment.training for run in own_runs(runs_dir)]
    assert [(one.seed, one.learning_rate, one.epochs) for one in kinds if one.schedule.kind == "cosine"] == [
        (1337 + turn, 0.0123, variant.training.epochs) for turn in range(3)
    ]
    assert [one.epochs for one in kinds if one.schedule.kind != "cosine"] == [3, 3, 3]


def test_the_race_panel_starts_with_the_compared_experiments(written, open_page):
    runs = [written(DIGITS[0].with_training(epochs=epochs)) for epochs in (2, 3)]
    app = unfold(choose(open_page("compare"), *(run.id for run in runs)), "open")
    assert app.multiselect(key="race.entrants").value == [f"run:{run.id}" for run in runs]
    choose(app, R2, runs[0].id)
    assert app.multiselect(key="race.entrants").value == [f"starter:{R2}", f"run:{runs[0].id}"]


def test_a_race_shows_curves_without_recommending_a_race(written, open_page):
    written(), written(DIGITS[1])
    app = unfold(open_tab(open_page("compare"), "disagreements"), "open")
    button(app, "compare_race.start", count=4).click().run()
    assert app.session_state["compare.tab"] == text("compare.tab_curves")
    assert says(app, text("compare_verdict.pending"))
    assert "compare.rematch" not in [one.key for one in app.button]


def test_existing_runs_are_named_and_not_repeated(written, runs_dir, open_page):
    written()
    app = unfold(open_page("compare"), "open")
    assert says(app, text("compare_race.done_one"))
    button(app, "compare_race.start", count=5).click().run()
    assert len(own_runs(runs_dir)) == 6


def test_settings_can_be_shared(compare, runs_dir):
    app = unfold(compare, "open")
    app.session_state["race.shared"] = ["epochs", "optimizer"]
    app.run()
    number(app, "epochs").set_value(2).run()
    button(app, "compare_race.start", count=6).click().run()
    told = {
        (run.experiment.training.epochs, run.experiment.training.optimizer.kind, run.experiment.training.batch_size)
        for run in own_runs(runs_dir)
    }
    assert told == {(2, "Adam", 64), (2, "Adam", 32)}


def test_a_limit_error_includes_the_queued_runs(compare, runs_dir, monkeypatch):
    monkeypatch.setenv("CNN_LAB_MAX_WAITING", "2")
    app = button(unfold(compare, "open"), "compare_race.start", count=6).click().run()
    assert len(own_runs(runs_dir)) == 2
    (told,) = [toast.value for toast in app.toast]
    assert told.startswith("2 runs are in the line, 4 are not. ")


def test_an_untrainable_network_is_an_error_with_its_name(compare):
    app = unfold(compare, "open")
    broken = DIGITS[0].architecture.layers[-1].model_copy(update={"units": 3})
    architecture = DIGITS[0].architecture.with_layers([*DIGITS[0].architecture.layers[:-1], broken])
    app.session_state["cnn_lab"].draft.design = DIGITS[0].model_copy(
        update={"architecture": architecture, "name": "Odd"}
    )
    app.session_state["race.entrants"] = ["design", "starter:two-conv-no-pooling"]
    app.run()
    assert [error.value for error in app.error if error.value.startswith("Odd: ")]


def test_contenders_behind_are_named_and_can_be_stopped(written, open_page, monkeypatch):
    stopped = []
    monkeypatch.setattr(LocalExecutor, "stop", lambda self, run_id: stopped.append(run_id))
    good, bad = written(DIGITS[0], [0.9, 0.95], ended=False), written(DIGITS[1], [0.8], ended=False)
    with good.lock(), bad.lock():
        app = choose(open_page("compare"), good.id, bad.id)
        button(app, "compare_race.stop_behind", names=DIGITS[1].name).click().run()
        assert stopped == [bad.id]
        button(app, "compare_race.stop_all").click().run()
    assert sorted(stopped[1:]) == [good.id, bad.id]


# The articles again


def test_the_article_table_names_its_source(compare, runs_dir):
    app = unfold(compare, "reproduce")
    shown = app.table[0].value
    assert list(shown[text("reproduce.by")]) == [text("reproduce.by_us")] * len(ARTICLES)
    bundled = find_contender(group_runs(RunStore(runs_dir).list_runs().runs), R2)
    assert shown[text("reproduce.measured")][1] == format_accuracy(bundled.accuracies[0])


def test_an_own_result_replaces_the_bundled_one(written, open_page):
    written(find_recipe("R2").experiment, [0.9876])
    shown = unfold(open_page("compare"), "reproduce").table[0].value
    assert shown[text("reproduce.measured")][1] == "98.76 %"
    assert shown[text("reproduce.by")][1] == text("reproduce.by_you")


def test_without_mnist_the_articles_table_is_disabled(compare):
    app = unfold(compare, "reproduce")
    assert button(app, "reproduce.start", count=5).disabled
    assert says(app, text("data.missing", name="MNIST"))


def test_all_articles_start_exactly_as_published(compare, runs_dir, monkeypatch):
    monkeypatch.setattr("ui.compare.reproduce.is_available", lambda name: True)
    monkeypatch.setattr("ui.shared.datasets.is_available", lambda name: True)
    app = button(unfold(compare, "reproduce"), "reproduce.start", count=5).click().run()
    assert not app.exception
    assert [run.experiment for run in own_runs(runs_dir)] == [recipe.experiment for recipe in ARTICLES]
