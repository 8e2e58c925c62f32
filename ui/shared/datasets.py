"""Notice of a missing dataset with offers to get it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from cnn_core.data.datasets.background import BackgroundDownload
from cnn_core.data.datasets.base import Dataset
from cnn_core.data.datasets.catalog import DATASETS, OFFLINE_DATASET, DatasetName
from cnn_core.data.datasets.download import import_dataset_file
from cnn_core.data.datasets.load import is_available, load_dataset
from cnn_core.errors import DataError
from ui.session.state import set_widget
from ui.shared.watches import rerun_on_change
from ui.text import describe, explain, text, translate_core
from ui.text.plain import plain

_POLL_S = 0.5


@st.cache_resource(max_entries=4, show_spinner=False)
def cached_dataset(name: DatasetName) -> Dataset:
    """A dataset shared by all sessions; raises `DataError`."""
    return load_dataset(name)


@st.cache_resource(show_spinner=False)
def _downloads() -> dict[str, BackgroundDownload]:
    return {}  # one per dataset and server: two visitors who ask share one


def render_dataset_offer(name: DatasetName, dataset_key: str) -> None:
    """Nothing where the dataset is there; else download, use digits, or point to a file."""
    if is_available(name):
        return
    _render_offer(name, dataset_key)


@st.fragment
def _render_offer(name: DatasetName, dataset_key: str) -> None:
    info, job = DATASETS[name], _downloads().get(name)
    if is_available(name):
        st.rerun()  # the whole page
    if job and not job.finished:
        rerun_on_change("download", _describe_progress(job), partial(_describe_progress, job), _POLL_S)
    if job and not job.finished:
        share = min(1.0, job.done / job.total)
        st.progress(
            share,
            text=text(
                "data.downloading", name=translate_core(info.title), done=job.done // 10**6, total=job.total // 10**6
            ),
        )
        st.button(text("data.cancel"), on_click=job.cancel)
        return
    if job:
        st.warning(
            explain(job.error) or text("data.missing", name=translate_core(info.title)), icon=":material/cloud_off:"
        )
    else:
        st.info(text("data.missing", name=translate_core(info.title)), icon=":material/cloud_download:")
    with st.container(horizontal=True):
        if st.button(text("data.download", size=info.download_mb), icon=":material/download:"):
            _downloads()[name] = BackgroundDownload(name)
            st.rerun()
        if dataset_key and st.button(
            text("data.use_digits"),
            icon=":material/offline_pin:",
            on_click=set_widget,
            args=(dataset_key, OFFLINE_DATASET),
        ):
            st.rerun()  # the whole page: a click in a fragment redraws only the fragment
        if info.content_sha256:  # only a file that holds the published images is for all visitors
            with st.popover(text("data.point"), icon=":material/folder_open:"):
                _render_upload(name)


def _describe_progress(job: BackgroundDownload) -> tuple[int, bool]:
    return job.done // 10**6, job.finished


def _render_upload(name: DatasetName) -> None:
    uploaded = st.file_uploader(text("data.file", file=DATASETS[name].files[0]), type="npz", key=f"upload-{name}")
    if uploaded is None:
        return
    with TemporaryDirectory() as folder:
        source = Path(folder) / "upload.npz"
        source.write_bytes(uploaded.getbuffer())
        try:
            import_dataset_file(DATASETS[name], source)
        except DataError as error:
            st.error(plain(describe(error).replace(source.name, uploaded.name)), icon=":material/error:")
            return
    st.rerun()
