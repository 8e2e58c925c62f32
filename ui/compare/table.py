"""Settings, cost and figures of each contender."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.architecture import compute_anatomy
from cnn_core.comparison import Contender
from ui.bar import format_accuracy
from ui.compare.labels import head_contenders
from ui.formats import format_duration, format_number
from ui.text import text


def render_table(contenders: Sequence[Contender]) -> None:
    st.table(tabulate(contenders))


def tabulate(contenders: Sequence[Contender]) -> dict[str, list[str]]:
    """One row per fact, one column per contender; facts on which they differ are marked."""
    rows: dict[str, list[str]] = {}
    for run in (one.first for one in contenders):
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
    for index, heading in enumerate(head_contenders(contenders)):
        table[heading] = [values[index] for values in rows.values()]
    return table
