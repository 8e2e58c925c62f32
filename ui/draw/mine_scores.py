"""Draw, Mine: accuracy of every run on the saved drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.own_scores import OwnScore, predict_once, score_answers
from cnn_core.runs.fine_tuning import read_own_settings
from cnn_core.runs.own_drawings import OwnDrawing
from cnn_core.runs.store import RunRecord
from ui.draw.mine_answers import own_answers
from ui.server.waiting import is_ready, render_wait
from ui.shared.formats import format_percent
from ui.shared.model_picker import list_models, origin_of, sign_of
from ui.shared.probability_bars import format_share
from ui.text import explain, join_sentences, text
from ui.text.plain import plain

_FEW = 30  # below so many drawings, chance decides most differences


@dataclass(frozen=True)
class _Line:
    run: RunRecord
    score: OwnScore
    learned: int  # of these drawings, how many the run has learned from
    unseen: OwnScore | None  # on the others, where there are some and it has learned from some


def render_scores(drawings: Sequence[OwnDrawing]) -> None:
    """The button while some answer is missing, and the table of those that are known."""
    if not is_ready():
        render_wait(0)
        return
    models = list_models()
    able = [run for run in models if DATASETS[run.experiment.dataset].holds_digits]
    waiting = [run for run in able if own_answers().find_new(run.folder, drawings)]
    problems: list[str] = []
    place = st.empty()
    if waiting and _is_asked(place, len(waiting)):
        place.empty()
        problems = _ask_all(waiting, drawings)
        waiting = [run for run in waiting if own_answers().find_new(run.folder, drawings)]
    for problem in problems:
        st.warning(problem, icon=":material/error:")
    lines = [_measure(run, drawings) for run in able if run not in waiting]
    if lines:
        _render_table(sorted(lines, key=lambda line: (-line.score.right, -line.score.true_share)), len(drawings))
    if len(models) > len(able):
        st.caption(text("mine.left_out", count=len(models) - len(able)))


def _is_asked(place: DeltaGenerator, count: int) -> bool:
    with place.container():
        st.caption(text("mine.score_what"))
        label = text("mine.score_all", count=count)
        return st.button(label, icon=":material/leaderboard:", type="primary", key="draw.mine.score")


def _ask_all(runs: Sequence[RunRecord], drawings: Sequence[OwnDrawing]) -> list[str]:
    """One model after another, each forgotten before the next; a sentence for each that can't be opened."""
    problems = []
    bar = st.progress(0.0)
    for place, run in enumerate(runs):
        bar.progress(place / len(runs), text("mine.scoring", place=place + 1, count=len(runs), model=plain(run.name)))
        try:
            own_answers().ask(run.folder, drawings, predict_once(run.folder))
        except CnnLabError as error:
            problems.append(explain(error))
    bar.empty()
    return problems


def _measure(run: RunRecord, drawings: Sequence[OwnDrawing]) -> _Line:
    probabilities = own_answers().ask(run.folder, drawings, predict_once(run.folder))
    labels = np.array([drawing.label for drawing in drawings])
    seen = np.isin([drawing.id for drawing in drawings], _list_learned(run))
    mixed = seen.any() and not seen.all()
    unseen = score_answers(probabilities[~seen], labels[~seen]) if mixed else None
    return _Line(run, score_answers(probabilities, labels), int(seen.sum()), unseen)


def _list_learned(run: RunRecord) -> list[str]:
    try:
        settings = read_own_settings(run.folder)
    except CnnLabError:
        return []
    return list(settings.learned) if settings else []


def _render_table(lines: Sequence[_Line], count: int) -> None:
    heads = ["model", "right", "interval", "sure"]
    rows = [
        "| " + " | ".join(text(f"mine.table_{name}") for name in heads) + " |",
        "| :-- | --: | --: | --: |",
    ]
    rows += [_row(line) for line in lines]
    st.markdown("\n".join(rows))
    notes = [text("mine.few", count=count)] if count < _FEW else []
    notes += [text("mine.learned_note")] if any(line.learned for line in lines) else []
    if notes:
        st.caption(join_sentences(notes))


def _row(line: _Line) -> str:
    run, score = line.run, line.score
    name = f"{sign_of(run)} {plain(run.name)} · {origin_of(run)}"
    if line.unseen:
        name += " " + text("mine.unseen", learned=line.learned, right=line.unseen.right, count=line.unseen.count)
    elif line.learned:
        name += " " + text("mine.all_learned")
    cells = [
        name,
        text("mine.right", right=score.right, count=score.count),
        f"{score.low * 100:.0f}–{format_percent(score.high, 0)}".replace(" ", "\u00a0"),
        format_share(score.true_share).replace(" ", "\u00a0"),
    ]
    return "| " + " | ".join(cells) + " |"
