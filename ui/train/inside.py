"""Inside a network while it learns: its first kernels, what it makes of one image, and how its layers fare."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.figures.layer_curves import VITALS, compute_layer_curves, layer_names, plot_layer_curves
from cnn_core.inspection.model.live import LiveOutputs
from cnn_core.palette import style_of
from cnn_core.runs.store import RunRecord
from ui.server.waiting import is_ready, render_wait
from ui.session.state import session, widget_value
from ui.shared.maps import Picture, picture_of, render_maps
from ui.shared.plot import Chart, LegendEntry, render_charts
from ui.text import explain, text, words
from ui.train.live_model import look_into
from ui.train.shared_model import View

_CHANNELS, _KERNELS = 12, 32
_HEIGHT = 300  # pixels, about, that kernels and maps will take
_CHOICE = "inside.picture"


def chosen_picture() -> int:
    """Whose feature maps are shown: its place among the images."""
    return widget_value(_CHOICE) or 0


def render_inside(run: RunRecord) -> None:
    view = look_into(run, session().ink, chosen_picture())
    if not is_ready() or view is None:
        render_wait(height=_HEIGHT)
    elif view.problem or not view.has_weights:
        st.caption(explain(view.problem) or text("inside.not_yet" if run.is_active else "inside.no_weights"))
    elif view.glimpse is None or not view.glimpse.outputs:
        st.skeleton(height=_HEIGHT)
    else:
        render_kernels(view.glimpse)
        _render_maps(run, view)
    _render_vitals(run)


def render_kernels(glimpse: LiveOutputs) -> None:
    """The kernels of the first convolution as tiles."""
    if glimpse.kernels is None:
        st.caption(text("inside.no_convolution"))
        return
    height, width, channels, filters = glimpse.kernels.shape
    shown = glimpse.kernels.mean(axis=2)[:, :, :_KERNELS]  # (height, width, in, out) → (height, width, out)
    shape = text("inside.kernels_shape", filters=filters, shape=f"{height}×{width}×{channels}")
    render_maps([Picture(text("inside.kernels"), shape, shown)], key="inside-kernels", tile=40)
    if channels > 1:
        st.caption(text("inside.kernels_mean", channels=channels))


def _render_maps(run: RunRecord, view: View) -> None:
    names = words(DATASETS[run.experiment.dataset].class_names)
    labels = [names[label] for label in view.samples.labels] if view.samples else []
    if view.ink is not None:
        labels.append(text("inside.drawing"))
    st.segmented_control(
        text("inside.choice"),
        range(len(labels)),
        format_func=labels.__getitem__,
        default=0,
        key=_CHOICE,
        required=True,
        help=text("glossary.feature_map"),
    )
    assert view.glimpse
    pictures = [_first_channels(picture_of(output)) for output in view.glimpse.outputs if output.traits.slides]
    if pictures and all(np.isfinite(picture.values).all() for picture in pictures):
        render_maps(pictures, key="inside-maps", tile=46)
    else:
        st.caption(text("inside.no_maps"))


def _first_channels(picture: Picture) -> Picture:
    """Always the same ones: tiles that trade places could not be followed."""
    return replace(picture, values=picture.values[:, :, :_CHANNELS])


def _render_vitals(run: RunRecord) -> None:
    """Three charts by layer, where the run wrote such figures down."""
    names = layer_names(run)
    if not names:
        st.caption(text("inside.no_vitals"))
        return
    charts = [
        Chart(text(f"inside.{vital}"), plot_layer_curves(run, vital, text("curves.epoch")))
        for vital in VITALS
        if compute_layer_curves(run, vital)
    ]
    styles = [style_of(index) for index in range(len(names))]
    legend = [LegendEntry(name, name, s.color, sign=s.sign) for name, s in zip(names, styles, strict=True)]
    render_charts(charts, legend, key="inside-vitals")
    st.caption(text("inside.vitals_note"), help=text("inside.vitals_help"))
