"""Beside the settings of the Train page: what they will do, drawn for the group that can be seen."""

from __future__ import annotations

import streamlit as st

from cnn_core.experiment import Experiment
from cnn_core.figures.rates import plot_rates
from ui.shared.plot import render_figure
from ui.text import text
from ui.train.augmentation import render_augmentation_preview
from ui.train.data_preview import count_images, describe_target, render_data_preview
from ui.train.setup_groups import Form


def render_pictures(form: Form, experiment: Experiment) -> None:
    """`experiment` is the validated experiment of the form."""
    if form.shown == "learning":
        with form.places["schedule"]:
            _render_schedule(experiment)
        with form.places["target"]:
            st.markdown(describe_target(experiment))
    elif form.shown == "data":
        with form.places["counts"]:
            st.caption(_describe_counts(experiment))
        with form.places["data"]:
            render_data_preview(experiment)
        with form.places["augmentation"]:
            render_augmentation_preview(experiment)


def count_held_out(experiment: Experiment, images: int) -> int:
    """How many of so many training images are watched and not trained on."""
    training = experiment.training
    return training.model_copy(update={"validation_split": 0.0}).count_samples(images) - training.count_samples(images)


def _render_schedule(experiment: Experiment) -> None:
    training = experiment.training
    if training.schedule.is_constant:
        return
    if not training.schedule.is_planned:
        st.caption(text("setup.rate_unforeseen"))
        return
    figure = plot_rates(training, count_images(experiment), text("setup.rate_title"), text("curves.epoch"))
    render_figure(figure, key="setup-rates")


def _describe_counts(experiment: Experiment) -> str:
    training, images = experiment.training, count_images(experiment)
    held_out = count_held_out(experiment, images)
    counts = {"samples": f"{training.count_samples(images):,}", "steps": f"{training.steps_per_epoch(images):,}"}
    if held_out:
        return text("setup.validation_watched", held_out=f"{held_out:,}", **counts)
    return text("setup.test_watched", **counts)
