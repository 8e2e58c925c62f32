"""Draw, Mine: fine-tuning on the saved drawings, and its results."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from pydantic import ValidationError

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import CnnLabError, explain_validation
from cnn_core.execution.fine_tune import explain_refusal, split_drawings
from cnn_core.runs.fine_tuning import FineTuning, read_own_settings
from cnn_core.runs.own_drawings import OwnDrawing
from cnn_core.runs.store import RunRecord
from ui.results.fine_tuning import render_results
from ui.server.resources import get_executor
from ui.session.state import remembered, session, start_widget, widget_value
from ui.shared.datasets import render_dataset_offer
from ui.shared.field_widget import render_field
from ui.shared.model_picker import label_runs, list_models
from ui.text import explain, text, translate_core

_KEY = "draw.tune"
_FIELDS = ("epochs", "learning_rate", "copies", "vary")


def render_fine_tune(run: RunRecord, drawings: Sequence[OwnDrawing]) -> None:
    """The form, and below it the runs that were begun so, newest first."""
    st.caption(text("tune.what"))
    chosen = _choose_run(run)
    with st.container(border=True):
        try:
            _render_form(chosen, drawings)
        except CnnLabError as error:
            st.error(explain(error), icon=":material/error:")
    render_results()


def _choose_run(run: RunRecord) -> RunRecord:
    """Starts at the model of this page, and follows it until another one is chosen here."""
    able = {other.id: other for other in list_models() if DATASETS[other.experiment.dataset].holds_digits}
    labels, key = label_runs(able.values()), f"{_KEY}.run-{run.id}"
    start_widget(key, run.id if run.id in able else next(iter(able)))
    if widget_value(key) not in able:  # deleted meanwhile
        key += "-anew"
    chosen = st.selectbox(
        text("tune.run"), list(able), format_func=labels.__getitem__, key=key, help=text("tune.run_help")
    )
    return able[chosen]


def _render_form(run: RunRecord, drawings: Sequence[OwnDrawing]) -> None:
    values = {}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for name in _FIELDS:
            with st.container(width=190):
                values[name] = render_field(FineTuning, name, FineTuning.model_fields[name].default, f"{_KEY}.{name}")
    values["rehearsal"] = _render_rehearsal(run)
    refusal = explain_refusal(run, drawings)
    try:
        settings = FineTuning.model_validate(values)
    except ValidationError as error:
        refusal = refusal or str(explain_validation(error))
    if refusal:
        st.info(explain(refusal), icon=":material/info:")
    else:
        _describe(run, drawings, settings)
    missing = bool(values["rehearsal"]) and not is_available(run.experiment.dataset)
    if st.button(
        text("tune.start"),
        icon=":material/school:",
        type="primary",
        disabled=bool(refusal) or missing,
        key=f"{_KEY}.start",
    ):
        _start(run, drawings, settings)


def _render_rehearsal(run: RunRecord) -> int:
    """How many original images are mixed in; 0 where the toggle is off."""
    name = run.experiment.dataset
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        with st.container(width=190):
            rehearse = st.toggle(
                text("tune.rehearse"),
                True,
                key=remembered(f"{_KEY}.rehearse"),
                help=translate_core(FineTuning.model_fields["rehearsal"].description),
                persist_state="session",
            )
        if rehearse:
            with st.container(width=190):
                default = FineTuning.model_fields["rehearsal"].default
                wanted = int(render_field(FineTuning, "rehearsal", default, f"{_KEY}.rehearsal"))
    if not rehearse:
        here = "tune.forgets" if is_available(name) else "tune.forgets_unseen"
        st.warning(text(here, name=translate_core(DATASETS[name].title)), icon=":material/psychology_alt:")
        return 0
    if not is_available(name):
        st.caption(text("tune.no_dataset", name=translate_core(DATASETS[name].title)))
        render_dataset_offer(name, "")
    return wanted


def _describe(run: RunRecord, drawings: Sequence[OwnDrawing], settings: FineTuning) -> None:
    """The training set in one sentence."""
    before = read_own_settings(run.folder)
    learned, judges = split_drawings(drawings, before.learned if before else ())
    rehearsed = min(settings.rehearsal, DATASETS[run.experiment.dataset].train_count)
    st.caption(
        text(
            "tune.plan",
            learned=len(learned),
            copies=settings.copies,
            own=f"{len(learned) * settings.copies:,}",
            rehearsed=f"{rehearsed:,}",
            judges=len(judges),
        )
    )


def _start(run: RunRecord, drawings: Sequence[OwnDrawing], settings: FineTuning) -> None:
    """Begins it; a refusal is for the form to tell."""
    session().watched_run = get_executor().fine_tune(run.id, drawings, settings, session().owner).id
