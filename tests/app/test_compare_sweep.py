"""The tab Sweep: setting one up, watching it, and taking its best away. Nothing is trained: trials are written."""

import pytest
from app_pages import button, says

from cnn_core import RunStore, find_recipe
from cnn_core.sweeps import Base, Knob, SweepService, SweepSpec, create_sweep, list_sweeps, read_sweep
from cnn_core.sweeps import bayesian as bayesian_module
from ui.compare import sweep_setup, sweep_view
from ui.shared.model_picker import format_accuracy
from ui.text import text

RATE, FILTERS = "training.learning_rate", "architecture.layers.conv1.filters"
BASE = find_recipe("R5").experiment.on_dataset("digits")
SPEC = SweepSpec(
    base=Base(experiment=BASE),
    knobs=(Knob(path=RATE, low=1e-4, high=0.1, log=True), Knob(path=FILTERS, choices=(4, 8, 16))),
    trials=6,
)
SCORES = (0.8, 0.7, 0.9, 0.6, 0.5, None)


@pytest.fixture
def tab(open_page):
    """tab() → Compare with its last tab open."""

    def open_tab():
        app = open_page("compare")
        app.session_state["compare.tab"] = text("compare.tab_sweep")
        app.run()
        assert not app.exception
        return app

    return open_tab


@pytest.fixture
def sweep(runs_dir):
    """Six trials: five went to their end, one was refused."""
    folder = create_sweep(runs_dir, SPEC)
    store = RunStore(runs_dir)
    for number, score in enumerate(SCORES):
        values = {RATE: 0.001 * (number + 1), FILTERS: (16, 8, 4)[number % 3]}
        trial = {"trial": number, "values": values, "base": number == 0}
        if score is None:
            folder.append(**trial, state="skipped", reason="conv1: no room for it.")
        else:
            run = store.create(BASE.with_training(learning_rate=values[RATE]), sweep=folder.id)
            folder.append(**trial, state="done", run=run.id, score=score, curve=[score], test_accuracy=0.77)
    folder.append(sweep="completed", reason="")
    return folder


def choose(app, sweep_id):
    app.selectbox(key=sweep_setup.SHOWN).set_value(sweep_id).run()
    assert not app.exception
    return app


def test_without_a_sweep_the_tab_explains_and_offers_one(tab):
    app = tab()
    assert says(app, text("sweep.empty"))
    assert says(app, text("sweep.plan", runs=20))
    assert not button(app, "sweep.start").disabled


def test_a_grid_states_its_number_of_runs_and_exclusions_in_advance(tab):
    app = tab()
    app.segmented_control(key="sweep.method").set_value("grid").run()
    assert says(app, text("sweep.plan_grid", arithmetic="3 × 3", runs=9))
    (values,) = [box for box in app.text_input if box.key.endswith(FILTERS)]
    values.set_value("8, 16, 2000000").run()
    assert button(app, "sweep.start").disabled
    values.set_value("8, many").run()
    assert says(app, text("sweep.no_whole_numbers"))
    assert button(app, "sweep.start").disabled
    values.set_value("2, 4").run()
    assert says(app, text("sweep.plan_grid_base", arithmetic="2 × 3", runs=7))


def test_an_invalid_range_is_reported_and_cannot_be_started(tab):
    app = tab()
    (low,) = [box for box in app.number_input if box.key.endswith(f"{RATE}.low")]
    low.set_value(0.5).run()
    assert any("is no range" in error.value for error in app.error)
    assert button(app, "sweep.start").disabled


def test_selecting_on_the_test_set_gives_a_warning(tab):
    app = tab()
    app.selectbox(key="sweep.metric").set_value("test").run()
    assert says(app, text("sweep.by_test"))


def test_without_optuna_the_install_command_is_shown_and_random_is_default(tab, monkeypatch):
    monkeypatch.setattr(bayesian_module, "find_spec", lambda name: None)
    app = tab()
    assert app.segmented_control(key="sweep.method").value == "random"
    app.segmented_control(key="sweep.method").set_value("bayesian").run()
    assert any("pip install -r requirements-sweep.txt" in warning.value for warning in app.warning)
    assert button(app, "sweep.start").disabled


def test_start_creates_and_shows_the_sweep(tab, runs_dir, monkeypatch):
    monkeypatch.setattr(SweepService, "_drive", lambda self, folder: None)
    app = tab()
    app.number_input(key="sweep.trials").set_value(7).run()
    button(app, "sweep.start").click().run()
    assert not app.exception
    ((made,), _) = list_sweeps(runs_dir)
    assert (made.spec.trials, made.spec.epochs, made.spec.metric) == (7, 2, "validation")
    assert [knob.path for knob in made.spec.knobs] == [FILTERS, RATE]
    assert app.selectbox(key=sweep_setup.SHOWN).value == made.id
    assert says(app, text("sweep.interrupted"))  # no one drives it here


def test_the_best_trial_is_shown_with_baseline_and_test_accuracy(tab, sweep):
    app = choose(tab(), sweep.id)
    assert says(app, text("sweep.base_has", accuracy=format_accuracy(0.8)))
    assert says(app, format_accuracy(0.9))
    assert says(app, "images to choose by, the accuracy of the best lies between")
    table = app.dataframe[0].value
    assert list(table[text("sweep.column_accuracy")][:3]) == pytest.approx([90, 80, 70])
    assert len(table) == 6
    assert any("1 × conv1: no room for it." in words.value for words in app.markdown)


def test_the_importance_method_is_named(tab, sweep, monkeypatch):
    app = choose(tab(), sweep.id)
    assert says(app, text("sweep.importance_fanova", trials=5))
    monkeypatch.setattr(sweep_view, "compute_importance", lambda space, trials: None)
    sweep_view._importance.clear()
    app.run()
    assert says(app, text("sweep.importance_later"))


def test_the_best_trial_opens_in_design(tab, sweep):
    app = choose(tab(), sweep.id)
    button(app, "sweep.open_best").click().run()
    assert not app.exception
    design = app.session_state["cnn_lab"].draft.design
    best = read_sweep(sweep).best
    assert design.training.learning_rate == best.values[RATE]
    assert design.architecture.layers[0].filters == best.values[FILTERS]
    assert (design.training.epochs, design.training.validation_split) == (BASE.training.epochs, 0)


def test_best_and_baseline_open_on_compare(tab, sweep):
    app = choose(tab(), sweep.id)
    button(app, "sweep.compare_best").click().run()
    assert not app.exception
    record = read_sweep(sweep)
    assert app.session_state["cnn_lab"].compared == [record.best.run, record.base_trial.run]
    assert app.session_state["compare.tab"] == text("compare.tab_curves")


def test_a_sweep_without_its_runs_is_shown_without_comparison(tab, sweep, runs_dir):
    for trial in read_sweep(sweep).trials:
        if trial.run:
            (runs_dir / trial.run).rename(runs_dir / f"_{trial.run}")
    app = choose(tab(), sweep.id)
    assert button(app, "sweep.compare_best").disabled
    assert not button(app, "sweep.open_best").disabled


def test_an_interrupted_or_failed_sweep_offers_resume(tab, sweep, monkeypatch):
    gone_on = []
    monkeypatch.setattr(SweepService, "go_on", lambda self, sweep_id: gone_on.append(sweep_id))
    sweep.append(sweep="failed", reason="The disk is full.")
    app = choose(tab(), sweep.id)
    assert says(app, "The disk is full.")
    button(app, "sweep.go_on").click().run()
    assert gone_on == [sweep.id]


def test_an_active_sweep_is_shown_first_with_a_stop_button(tab, sweep):
    with sweep.lock():
        app = tab()
        assert app.selectbox(key=sweep_setup.SHOWN).value == sweep.id
        button(app, "sweep.stop").click().run()
        assert sweep.is_asked_to_stop()
        assert button(app, "sweep.stopping").disabled


def test_a_damaged_sweep_is_a_message_and_others_are_listed(tab, sweep, runs_dir):
    other = create_sweep(runs_dir, SPEC)
    (other.path / "sweep.json").write_text("{}")
    app = tab()
    assert any(other.id in warning.value for warning in app.warning)
    choose(app, sweep.id)


def test_stopping_the_sweep_of_another_visitor_needs_confirmation(tab, runs_dir):
    own, foreign = create_sweep(runs_dir, SPEC), create_sweep(runs_dir, SPEC, owner="you")
    for folder, behind in ((own, set()), (foreign, {"sweep.stop"})):
        with folder.lock():
            app = choose(tab(), folder.id)
            assert {button.key for popover in app.get("popover") for button in popover.get("button")} == behind
            app.button(key="sweep.stop").click().run()
        assert folder.is_asked_to_stop()
