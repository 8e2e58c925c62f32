"""A design as a link and as a file, and back."""

from __future__ import annotations

import streamlit as st
from pydantic import ValidationError

from cnn_core.errors import SpecError, explain_validation
from cnn_core.experiment import Experiment
from cnn_core.export import decode_link, encode_link
from ui.session.model import DesignDraft
from ui.text import explain, text

_PARAMETER = "design"


def open_shared_design(draft: DesignDraft) -> None:
    """Loads the design in the URL once; an invalid link shows an error and keeps the draft."""
    packed = st.query_params.get(_PARAMETER)
    if not packed:
        return
    del st.query_params[_PARAMETER]
    try:
        draft.change(decode_link(packed))
        st.toast(text("share.opened"), icon=":material/link:")
    except SpecError as error:
        st.error(explain(error), icon=":material/link_off:")


def render_share(draft: DesignDraft) -> None:
    base = (st.context.url or "").split("?")[0]
    st.caption(text("share.link"))
    st.code(f"{base}?{_PARAMETER}={encode_link(draft.design)}", language=None, wrap_lines=True)
    name = draft.design.architecture.name
    st.download_button(
        text("share.export"),
        draft.design.model_dump_json(indent=2),
        file_name=f"{name}.json",
        mime="application/json",
        icon=":material/download:",
    )
    uploaded = st.file_uploader(text("share.import"), type="json", key=f"import-{draft.version}", max_upload_size=1)
    if uploaded is not None:
        _import(draft, uploaded.getvalue())


def _import(draft: DesignDraft, content: bytes) -> None:
    try:
        draft.change(Experiment.model_validate_json(content))
        st.rerun(scope="fragment")
    except ValidationError as error:
        st.error(text("share.unreadable", reason=explain(explain_validation(error))), icon=":material/error:")
