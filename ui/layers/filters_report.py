"""Report of dead and duplicate filters."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from pydantic import ValidationError

from cnn_core.errors import explain_validation
from cnn_core.inspection.filters.report import FilterReport, ReportSettings, report_filters
from cnn_core.inspection.model.walk import Progress
from ui.layers.filters_shown import choose, kernels_of, moment_stamp, read_test_inputs, remember
from ui.layers.subject import Subject
from ui.session.state import set_widget, widget_value
from ui.shared.field_widget import render_field
from ui.text import text

LOOKED_AT = 1_000  # test images
_LISTED = 24


def render_report(subject: Subject) -> None:
    st.subheader(text("filters.report"), help=text("filters.report_help"))
    if read_test_inputs(subject, 1) is None:
        st.caption(text("filters.needs_images"))
        return
    asked = f"filters.report.{subject.run.id}"
    if not widget_value(asked):
        st.button(text("filters.look"), icon=":material/search:", on_click=set_widget, args=(asked, True))
        return
    above = st.container()
    settings = _render_settings()
    with above:
        _show(subject, _find(subject, settings))


def _render_settings() -> ReportSettings:
    """Raises `SpecError`."""
    start, values = ReportSettings(), {}
    with st.expander(text("filters.settings"), icon=":material/tune:"), st.container(horizontal=True):
        for name in ("similarity", "correlation"):
            values[name] = render_field(ReportSettings, name, getattr(start, name), f"filters.report_{name}")
    try:
        return ReportSettings.model_validate(values)
    except ValidationError as error:
        raise explain_validation(error) from error


def _find(subject: Subject, settings: ReportSettings) -> FilterReport:
    def compute(progress: Progress) -> FilterReport:
        given = read_test_inputs(subject, LOOKED_AT)
        with subject.opened() as probe:
            return report_filters(probe, given[0] if given else subject.inputs, settings, progress)

    key = ("report", *moment_stamp(subject), settings.model_dump_json())
    return remember(key, text("filters.looking", count=f"{LOOKED_AT:,}"), compute)


def _show(subject: Subject, report: FilterReport) -> None:
    ids = {kernels.layer: kernels.id for kernels in kernels_of(subject) if kernels.maps}
    if not report.dead and not report.twins:
        st.success(
            text("filters.all_well", filters=report.filters, images=f"{report.images:,}"), icon=":material/check:"
        )
        return
    left, right = st.columns(2, gap="large")
    with left:
        _show_dead(subject, report, ids)
    with right:
        _show_twins(subject, report, ids)


def _show_dead(subject: Subject, report: FilterReport, ids: dict[str, str]) -> None:
    st.markdown(text("filters.dead", count=len(report.dead), filters=report.filters))
    for reason in ("silent", "constant"):
        found = [dead for dead in report.dead if dead.reason == reason]
        if found:
            st.caption(text(f"filters.dead_{reason}"))
            lines = [(text("filters.chip", layer=d.layer, number=d.filter + 1), ids[d.layer], d.filter) for d in found]
            _render_choices(subject, lines, reason)
    if report.dead:
        st.caption(text("filters.try_dead"))


def _show_twins(subject: Subject, report: FilterReport, ids: dict[str, str]) -> None:
    st.markdown(text("filters.twins", count=len(report.twins)))
    if not report.twins:
        return
    st.caption(text("filters.twins_legend"))
    lines = []
    for pair in report.twins:
        alike = {"similarity": f"{pair.similarity:.2f}", "correlation": f"{pair.correlation:.2f}"}
        label = text("filters.twin", layer=pair.layer, first=pair.first + 1, second=pair.second + 1, **alike)
        lines.append((label, ids[pair.layer], pair.first))
    _render_choices(subject, lines, "twin")
    st.caption(text("filters.try_twins"))


def _render_choices(subject: Subject, lines: Sequence[tuple[str, str, int]], kind: str) -> None:
    """A button for each; it selects the filter of the convolution with that id."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for index, (label, kernels_id, number) in enumerate(lines[:_LISTED]):
            args = (subject.run, kernels_id, number)
            st.button(label, key=f"filters.{kind}.{index}", on_click=choose, args=args)
        if len(lines) > _LISTED:
            st.caption(text("filters.more", count=len(lines) - _LISTED))
