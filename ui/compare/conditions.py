"""Settings shared by all contenders of a race: dataset, number of seeds, training fields."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnn_core.comparison.race import RaceConfig
from cnn_core.data.datasets.catalog import DATASETS, DatasetName, choose_dataset
from cnn_core.experiment.optimizers import OPTIMIZERS_BY_KIND
from cnn_core.experiment.training import TrainingConfig
from ui.session.state import remembered, start_widget
from ui.shared.field_widget import render_field, render_kind
from ui.text import text, translate_core

DATASET_KEY, SEEDS_KEY, SHARED_KEY = "race.dataset", "race.seeds", "race.shared"
_CAN_BE_SHARED = ("epochs", "batch_size", "optimizer")
_USUAL = TrainingConfig()


def render_conditions() -> tuple[DatasetName, int, dict[str, Any]]:
    """The dataset, how many seeds each, and the training fields that are the same for all."""
    start_widget(DATASET_KEY, choose_dataset())
    left, right = st.columns(2)
    options: list[DatasetName] = list(DATASETS)
    with left:
        dataset = st.selectbox(
            text("setup.dataset"),
            options,
            format_func=lambda name: translate_core(DATASETS[name].title),
            key=remembered(DATASET_KEY),
            persist_state="session",
            help=translate_core(RaceConfig.model_fields["dataset"].description),
        )
    with right:
        seeds = render_field(RaceConfig, "seeds", RaceConfig().seeds, SEEDS_KEY)
    names = st.pills(
        text("compare_race.shared"),
        _CAN_BE_SHARED,
        selection_mode="multi",
        format_func=lambda name: text(f"compare_race.shared_{name}"),
        key=remembered(SHARED_KEY),
        persist_state="session",
        help=text("compare_race.shared_help"),
    )
    shared: dict[str, Any] = {}
    if names:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for name in names:
                shared |= _render_shared(name)
    return dataset, int(seeds), shared


def _render_shared(name: str) -> dict[str, Any]:
    """An optimizer is listed with its learning rate, as neither is meaningful alone."""
    if name != "optimizer":
        return {name: render_field(TrainingConfig, name, getattr(_USUAL, name), f"race.{name}")}
    kind = render_kind(TrainingConfig, "optimizer", _USUAL.optimizer, "race.optimizer")
    rate = OPTIMIZERS_BY_KIND[kind].default_rate
    return {
        "optimizer": {"kind": kind},
        "learning_rate": render_field(TrainingConfig, "learning_rate", rate, f"race.learning_rate.{kind}"),
    }
