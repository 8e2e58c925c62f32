"""What goes visibly wrong in a run, and what to try, in sentences."""

from __future__ import annotations

import streamlit as st

from cnn_core.diagnosis.diagnose import Diagnostic, find_diagnostics
from cnn_core.diagnosis.remedies import find_remedies
from cnn_core.experiment import Experiment
from cnn_core.runs.store import RunRecord
from ui.session.state import session, set_widget
from ui.text import text

_STRIDE = 10  # new points after which it is worth looking again


def render_remarks(run: RunRecord) -> None:
    """At most three; nothing for a run that goes well."""
    for remark in list_remarks(run):
        sentence = text(f"remarks.{remark.code}", **remark.values)
        advice = text(f"remarks.{remark.code}_try", **remark.values)
        st.markdown(f":material/lightbulb: {sentence}  \n{text('remarks.try', advice=advice)}")
        _render_remedies(run, remark)


def _render_remedies(run: RunRecord, remark: Diagnostic) -> None:
    """A button for each change; it prepares the changed setup, which can then be trained."""
    with st.container(horizontal=True, gap="small"):
        for place, remedy in enumerate(find_remedies(remark, run.experiment)):
            is_clicked = st.button(
                text(f"remedies.{remedy.code}", **remedy.values),
                icon=":material/build:",
                help=text("remedies.help"),
                key=f"remedy-{run.id}-{remark.code}-{place}",
                on_click=_prepare,
                args=(remedy.experiment,),
            )
            if is_clicked:
                st.rerun()  # this is a fragment, and the setup stands outside it


def _prepare(experiment: Experiment) -> None:
    """The setup above becomes the changed experiment; the design before it is one undo away in Design."""
    from ui.train.setup import DATASET_KEY, OWN_DESIGN, RECIPE_KEY

    session().draft.load(session().draft.origin, experiment)
    set_widget(RECIPE_KEY, OWN_DESIGN)
    set_widget(DATASET_KEY, experiment.dataset)
    st.toast(text("remedies.prepared"), icon=":material/build:")


def list_remarks(run: RunRecord) -> tuple[Diagnostic, ...]:
    """The same for all who look at a run at one time: found once."""
    history = run.history
    points = len(history.batches) // _STRIDE
    seen = (run.state, points, len(history.epochs), len(history.layer_stats), len(history.interventions))
    return _find(str(run.folder.path), seen, run)


@st.cache_resource(max_entries=16, show_spinner=False)
def _find(path: str, seen: tuple[object, ...], _run: RunRecord) -> tuple[Diagnostic, ...]:
    return find_diagnostics(_run)
