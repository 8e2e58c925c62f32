"""Which contender is better, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import streamlit as st

from cnn_core.comparison import Contender
from ui.bar import format_accuracy
from ui.compare.labels import head_contenders
from ui.text import text


def render_verdict(contenders: Sequence[Contender]) -> None:
    st.markdown(f"#### {summarise(contenders)}")
    st.caption(text("compare.caveat"))


def summarise(contenders: Sequence[Contender]) -> str:
    """The answer in one sentence."""
    heads = dict(zip((one.id for one in contenders), head_contenders(contenders), strict=True))
    judged = sorted((one for one in contenders if one.accuracies), key=lambda one: -fmean(one.accuracies))
    if len(judged) < 2:
        return text("compare.undecided")
    if len({one.experiment.dataset for one in judged}) > 1:
        return text("compare.different_data")
    best, second = judged[0], judged[1]
    difference = (fmean(best.accuracies) - fmean(second.accuracies)) * 100
    key = "compare.tie" if difference < 0.005 else "compare.winner"
    return text(
        key,
        best=heads[best.id],
        second=heads[second.id],
        accuracy=format_accuracy(fmean(best.accuracies)),
        difference=f"{difference:.2f}",
    )
