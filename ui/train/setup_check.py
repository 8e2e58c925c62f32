"""From what the Train page's widgets say to an experiment, or to the reason why it can't be trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st
from pydantic import BaseModel, ValidationError

from cnn_core.architecture.augmentation import Augmentation, with_augmentation
from cnn_core.architecture.layers import Layer
from cnn_core.architecture.repair import check
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import SpecError
from cnn_core.experiment import Experiment
from cnn_core.experiment.training import TrainingConfig
from cnn_core.experiment.variant_name import name_variant
from ui.text import explain, text
from ui.train.knobs import Knob, render_refusals
from ui.train.setup_groups import Form
from ui.train.setup_pictures import count_held_out
from ui.train.tweaks import Tweaks

Checked = TypeVar("Checked", bound=BaseModel)


def build_experiment(form: Form, tweaks: Tweaks, knobs: Sequence[Knob]) -> Experiment | None:
    """None after showing each problem with its fix."""
    base = form.base
    training = _check(TrainingConfig, base.training.model_dump() | form.changes, knobs, form.prefix)
    augmentation = _check(Augmentation, form.augmentation, knobs, form.key("augmentation"))
    layers: list[Layer] = []
    for layer in base.architecture.layers:
        values = layer.model_dump() | tweaks.get(layer.name, {})
        checked = _check(type(layer), values, knobs, form.key(layer.name))
        layers += [checked] if checked else []
    if training is None or augmentation is None or len(layers) < len(base.architecture.layers):
        return None
    try:
        architecture = with_augmentation(base.architecture.with_layers(layers), augmentation)
        check(architecture, len(DATASETS[base.dataset].class_names), training.loss)
    except SpecError as error:
        st.error(explain(error), icon=":material/build:")
        return None
    experiment = base.model_copy(update={"architecture": architecture, "training": training})
    images = DATASETS[base.dataset].train_count
    if training.validation_split and not count_held_out(experiment, images):
        st.error(text("setup.holds_none_out"), icon=":material/build:")
        return None
    return name_variant(experiment)


def _check(model: type[Checked], values: dict[str, Any], knobs: Sequence[Knob], prefix: str) -> Checked | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        render_refusals(error, knobs, prefix)
        return None
