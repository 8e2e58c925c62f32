"""Compare: two or more runs side by side."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.architecture import compute_anatomy
from cnn_core.figures.curves import Metric, plot_compared_curves
from cnn_core.runs.store import RunRecord
from ui.bar import format_accuracy, label_runs, origin_of, sign_of
from ui.formats import format_duration, format_number
from ui.live_charts import curve_labels
from ui.plot import render_figure
from ui.server import get_store
from ui.state import lab
from ui.text import text

_FIRST = ("three-conv-3x3-valid", "two-conv-no-pooling")
_AT_MOST = 6
_POLL_S = 1.0


def render_comparison() -> None:
    runs = {run.id: run for run in get_store().list_runs().runs if run.history.plan is not None}
    wanted = [run_id for run_id in lab().compared if run_id in runs] or [i for i in _FIRST if i in runs]
    lab().compared = st.multiselect(
        text("compare.choose"),
        list(runs),
        default=wanted,
        format_func=label_runs(runs.values()).__getitem__,
        max_selections=_AT_MOST,
        key=f"compare-{len(runs)}",
        help=text("compare.choose_help"),
    )
    chosen = [runs[run_id] for run_id in lab().compared]
    if len(chosen) < 2:
        st.info(text("compare.too_few"), icon=":material/compare_arrows:")
        return
    live = any(run.is_active for run in chosen)
    st.fragment(_render_chosen, run_every=_POLL_S if live else None)([run.id for run in chosen], live)


def _render_chosen(ids: list[str], was_live: bool) -> None:
    runs = [get_store().find(run_id) for run_id in ids]
    if was_live and not any(run.is_active for run in runs):
        st.rerun()
    st.markdown(f"#### {summarise(runs)}")
    st.caption(text("compare.caveat"))
    metrics: tuple[Metric, ...] = ("accuracy", "loss")
    for metric, column in zip(metrics, st.columns(2), strict=True):
        with column:
            figure = plot_compared_curves(runs, _names(runs), metric, curve_labels(runs[0], metric))
            render_figure(figure, key=f"compare-{metric}")
    st.table(tabulate(runs))


def _names(runs: Sequence[RunRecord]) -> list[str]:
    """What tells the runs in a picture apart: the data set and the time where the names are alike."""
    alike = {run.name for run in runs if sum(other.name == run.name for other in runs) > 1}
    return [
        f"{run.name} · {run.experiment.dataset} · {origin_of(run)}" if run.name in alike else run.name for run in runs
    ]


def summarise(runs: Sequence[RunRecord]) -> str:
    """The answer in one sentence."""
    judged = sorted(
        (run for run in runs if run.history.test_accuracy is not None), key=lambda r: -(r.history.test_accuracy or 0)
    )
    if len(judged) < 2:
        return text("compare.undecided")
    datasets = {run.experiment.dataset for run in judged}
    if len(datasets) > 1:
        return text("compare.different_data")
    best, second = judged[0], judged[1]
    difference = ((best.history.test_accuracy or 0) - (second.history.test_accuracy or 0)) * 100
    key = "compare.tie" if difference < 0.005 else "compare.winner"
    return text(
        key,
        best=f"{sign_of(best)} {best.name}",
        second=f"{sign_of(second)} {second.name}",
        accuracy=format_accuracy(best.history.test_accuracy or 0),
        difference=f"{difference:.2f}",
    )


def tabulate(runs: Sequence[RunRecord]) -> dict[str, list[str]]:
    """One row per fact, one column per run; facts on which the runs differ are marked."""
    rows: dict[str, list[str]] = {}
    for run in runs:
        training, history = run.experiment.training, run.history
        facts = {
            "architecture": run.experiment.architecture.name,
            "dataset": run.experiment.dataset,
            "optimizer": f"{training.optimizer.kind}, {training.learning_rate:g}",
            "loss": training.loss,
            "batch_size": str(training.batch_size),
            "epochs": f"{len(history.epochs)} / {training.epochs}",
            "input_scaling": training.input_scaling,
            "seed": str(training.seed),
            "layers": str(len(compute_anatomy(run.experiment.architecture).rows)),
            "parameters": f"{run.parameters:,}",
            "seconds": format_duration(history.seconds) if history.seconds is not None else "–",
            "test_loss": format_number(history.result["test_loss"] if history.result else None),
            "test_accuracy": format_accuracy(history.test_accuracy) if history.test_accuracy is not None else "–",
        }
        for fact, value in facts.items():
            rows.setdefault(fact, []).append(value)
    table: dict[str, list[str]] = {
        text("compare.fact"): [text(f"facts.{k}") + (" ≠" if len(set(v)) > 1 else "") for k, v in rows.items()]
    }
    for index, (run, name) in enumerate(zip(runs, _names(runs), strict=True)):
        heading = f"{sign_of(run)} {name}"
        while heading in table:  # repeats of one experiment share its sign and name
            heading += " ′"
        table[heading] = [values[index] for values in rows.values()]
    return table
