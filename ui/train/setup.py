"""Setting up an experiment: recipe or own design, dataset, and every knob, each with its field's default."""

from __future__ import annotations

import streamlit as st

from cnn_core.architecture.augmentation import Augmentation, read_augmentation
from cnn_core.data.datasets.catalog import DATASETS, OFFLINE_DATASET, DatasetName, choose_dataset
from cnn_core.data.datasets.load import is_available
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import RECIPES, find_recipe
from cnn_core.experiment.starters import STARTERS
from cnn_core.runs import default_runs_dir
from cnn_core.runs.calibration import Calibration, read_calibration
from ui.server.resources import get_store
from ui.session.model import FIRST_DESIGN
from ui.session.state import remembered, session, set_widget, start_widget, widget_value
from ui.shared.expanders import is_unfolded, leave_as, remembered_expander
from ui.text import text, translate_core
from ui.train.knobs import Knob, field_knob, render_chips, training_knobs
from ui.train.learning_rate import MAIN, render_main_row, render_rate_chip, render_reset
from ui.train.runs_shown import show_run_of
from ui.train.setup_check import build_experiment
from ui.train.setup_groups import Form, hidden_fields, render_groups
from ui.train.setup_pictures import render_pictures
from ui.train.tweaks import render_tweaks, tweak_knobs

OWN_DESIGN = "own-design"
RECIPE_KEY = "setup.recipe"
DATASET_KEY = "setup.dataset"
_MORE_KEY, _TWEAK_KEY = "setup.more", "setup.tweak"
_LEFT_AT_LEAST = 1e-4  # of the learning rate: below it, the last epochs change nothing
_FOLD_KEY = "setup.fold"
_RECIPE_IDS = {recipe.id for recipe in RECIPES}


def choose_recipe(recipe_id: str, dataset: DatasetName | None = None) -> None:
    """Makes the Train page open with this recipe; not while its own recipe widget is on the page.

    With images that are not here yet it opens with those chosen before, unless they have another shape.
    """
    set_widget(RECIPE_KEY, recipe_id)
    show_run_of(session().draft.design if recipe_id == OWN_DESIGN else find_recipe(recipe_id).experiment)
    if dataset and (is_available(dataset) or DATASETS[dataset].image_shape != DATASETS[OFFLINE_DATASET].image_shape):
        set_widget(DATASET_KEY, dataset)


def fold_setup() -> None:
    """Closes what is unfolded, from the next time that the page is drawn."""
    set_widget(_FOLD_KEY, True)


def render_setup() -> Experiment | None:
    """The controls in sight and what is folded away; None after saying what can't be trained."""
    if widget_value(_FOLD_KEY):
        set_widget(_FOLD_KEY, False)
        for key in (_MORE_KEY, _TWEAK_KEY):
            leave_as(key, False)
    recipe_id, dataset = _render_choice()
    calibration = read_calibration(default_runs_dir())
    base = _base_experiment(recipe_id, calibration).on_dataset(dataset)
    prefix = f"setup.{recipe_id}"
    if recipe_id == OWN_DESIGN:
        prefix += f".{session().draft.design.fingerprint}"  # another design starts with its own values
    form = Form(base, prefix, calibration)
    render_main_row(form)
    tweak, more = st.columns(_share_width())
    with tweak, remembered_expander(text("setup.tweak"), _TWEAK_KEY, icon=":material/tune:"):
        tweaks = render_tweaks(form)
    with more:
        groups = remembered_expander(text("setup.more"), _MORE_KEY, icon=":material/settings:")
    with groups:
        render_groups(form)
    knobs = _list_knobs(form)
    with st.container(horizontal=True):
        render_rate_chip(form)
        render_chips(knob for knob in knobs if knob.key not in map(form.key, MAIN))
        render_reset(form, knobs)
    experiment = build_experiment(form, tweaks, knobs)
    if experiment is not None:
        _warn_of_vanishing_rate(experiment)
    if experiment is not None and groups.open:
        render_pictures(form, experiment)
    return experiment


def _warn_of_vanishing_rate(experiment: Experiment) -> None:
    training = experiment.training
    share = training.schedule.share_left(training.epochs)
    if share is not None and share < _LEFT_AT_LEAST:
        last = f"{training.learning_rate * share:.2g}"
        st.warning(text("setup.rate_vanishes", last=last, epochs=training.epochs), icon=":material/trending_down:")


def _share_width() -> tuple[int, int]:
    """What is unfolded gets the room."""
    if not is_unfolded(_MORE_KEY):
        return 1, 1
    return (2, 3) if is_unfolded(_TWEAK_KEY) else (1, 3)


def _render_choice() -> tuple[str, DatasetName]:
    names = {recipe.id: f"{recipe.short} · {translate_core(recipe.title)}" for recipe in RECIPES}
    if _has_own_design():
        names = {OWN_DESIGN: text("setup.own_design"), **names}
    if widget_value(RECIPE_KEY) is None:  # only once: looking through the runs has its price
        start_widget(RECIPE_KEY, _recipe_under_way() or FIRST_DESIGN)
    if widget_value(RECIPE_KEY) not in names:  # "my design", which is none of one's own any more
        set_widget(RECIPE_KEY, FIRST_DESIGN)
    start_widget(DATASET_KEY, choose_dataset())
    left, right = st.columns(2)
    with left:
        recipe_id = st.selectbox(
            text("setup.recipe"),
            list(names),
            format_func=names.__getitem__,
            key=remembered(RECIPE_KEY),
            help=text("setup.recipe_help"),
            persist_state="session",
        )
    with right:
        options: list[DatasetName] = list(DATASETS)
        dataset = st.selectbox(
            text("setup.dataset"),
            options,
            format_func=lambda name: translate_core(DATASETS[name].title),
            key=remembered(DATASET_KEY),
            help=text("setup.dataset_help"),
            persist_state="session",
        )
    return recipe_id, dataset


def _recipe_under_way() -> str | None:
    """After a reload the page opens with the recipe that is being trained, not with another one above its curves."""
    active = (run for run in get_store().list_runs().runs if run.is_active)
    return next((run.experiment.recipe for run in active if run.experiment.recipe in _RECIPE_IDS), None)


def _base_experiment(recipe_id: str, calibration: Calibration | None) -> Experiment:
    if recipe_id == OWN_DESIGN:
        return session().draft.design
    return find_recipe(recipe_id).suited_to(calibration.fastest if calibration else "float32")


def _has_own_design() -> bool:
    return session().draft.design not in STARTERS.values() or widget_value(RECIPE_KEY) == OWN_DESIGN


def _list_knobs(form: Form) -> list[Knob]:
    knobs = list(training_knobs(form.base.training, (*MAIN, *hidden_fields(form)), form.prefix))
    augmentation = read_augmentation(form.base.architecture)
    for name in Augmentation.model_fields:
        knobs.append(field_knob(Augmentation, name, getattr(augmentation, name), form.key("augmentation")))
    return [*knobs, *tweak_knobs(form)]
