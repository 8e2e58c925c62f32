"""One training step on this input, for one weight of the selected cell."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.architecture.layers import traits_of
from cnn_core.inspection.microscope.explain import Explanation
from cnn_core.inspection.microscope.stages import Terms, Windows
from cnn_core.inspection.training_step.step import LearningStep, explain_step
from ui.layers.subject import Subject
from ui.shared.expanders import remembered_expander
from ui.text import enumerate_words, text

_CHOICES = 8


def render_step(subject: Subject, explanation: Explanation) -> None:
    fold = remembered_expander(text("step.title"), "layers.step.open", icon=":material/school:")
    with fold:
        if not fold.open:
            return
        if len(subject.probabilities) != len(subject.class_names):
            st.caption(text("step.no_classes"))
            return
        weights = list_weights(explanation)
        if not weights:
            st.caption(text("step.no_weight"))
            return
        label = _choose_label(subject)
        chosen = st.selectbox(
            text("step.weight"),
            weights,
            format_func=lambda index: text("step.weight_name", layer=explanation.layer, place=_place(index)),
            key=f"layers.step.weight.{explanation.layer}.{explanation.cell}",
            help=text("step.weight_help"),
        )
        with subject.opened() as probe:
            training = subject.run.experiment.training
            step = explain_step(probe, training, subject.inputs, label, explanation.layer, chosen)
        _render(subject, step)


def list_weights(explanation: Explanation) -> list[tuple[int, ...]]:
    """Indices into the layer's kernel: the weights with the largest products in this cell's sum, largest first."""
    stage, unit = explanation.stages[0], explanation.cell[-1]
    traits = traits_of(explanation.kind)
    if not traits.has_weighted_sum or traits.depthwise:  # a depthwise kernel has other axes
        return []
    if isinstance(stage, Terms):
        return [(term.index, unit) for term in stage.terms[:_CHOICES]]
    assert isinstance(stage, Windows)
    products = []
    for window in stage.windows:
        assert window.kernel is not None
        sizes = np.abs(window.values * window.kernel)
        for row, column in np.ndindex(sizes.shape):
            products.append((float(sizes[row, column]), (row, column, window.channel)))
    products.sort(key=lambda product: -product[0])
    return [(*place, unit) for _, place in products[:_CHOICES]]


def _choose_label(subject: Subject) -> int:
    if subject.label is not None:
        return subject.label
    return st.selectbox(
        text("step.label"),
        range(len(subject.class_names)),
        index=int(subject.probabilities.argmax()),
        format_func=subject.class_names.__getitem__,
        key=f"layers.step.label.{subject.source}",
    )


def _render(subject: Subject, step: LearningStep) -> None:
    columns = {"target": step.target, "probability": step.probabilities, "part": step.terms}
    table = {text(f"step.{name}"): [f"{float(value):.6g}" for value in column] for name, column in columns.items()}
    st.dataframe({text("step.class"): list(subject.class_names), **table}, hide_index=True, height="content")
    loss = subject.run.experiment.training.loss
    st.markdown(text("step.loss", name=loss, loss=f"{step.loss:.6g}"), help=text("step.loss_help"))
    st.markdown(
        text(
            "step.sum",
            before=f"{step.before:.8g}",
            rate=f"{step.rate:g}",
            gradient=f"{step.gradient:.6g}",
            after=f"{step.after:.8g}",
        )
    )
    if step.scale < 1:
        st.caption(text("step.clipped", scale=f"{step.scale:.4g}"))
    if step.is_exact:
        st.caption(text("step.exact"))
    else:
        why = enumerate_words(text(f"step.differs_{name}", optimizer=step.optimizer) for name in step.differences)
        st.caption(text("step.differs", why=why))


def _place(index: tuple[int, ...]) -> str:
    return ", ".join(str(number + 1) for number in index)
