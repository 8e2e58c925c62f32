"""A sweep's trials → parallel coordinates, the importance of its knobs, and the best so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnn_core.figures.plotly_text import escape_name
from cnn_core.palette import STYLES

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from cnn_core.sweeps.importance import Importance
    from cnn_core.sweeps.record import Trial
    from cnn_core.sweeps.space import Dimension, Space

# Low to high, both ends to be seen on white and on dark: blue over violet to orange.
_SCORES = ((0.0, "#2f7fc2"), (0.5, "#c2569b"), (1.0, "#e08214"))
_TICKS_AT_MOST = 8
_BAR_HEIGHT = 30


@dataclass(frozen=True)
class SweepWords:
    """The words on the figures, in the reader's language."""

    accuracy: str
    trial: str
    best: str
    done: str
    pruned: str
    importance: str


@dataclass(frozen=True)
class Axis:
    """One axis of parallel coordinates: where each trial crosses it, and what stands beside it."""

    label: str
    values: tuple[float, ...]
    span: tuple[float, float]
    ticks: tuple[tuple[float, str], ...] = ()


def compute_axis(dimension: Dimension, trials: Sequence[Trial]) -> Axis:
    """Logarithmic ranges by their logarithm with plain numbers beside them, choices by their place."""
    values = [trial.values.get(dimension.path) for trial in trials]
    if not dimension.is_range:
        ladder = list(dimension.ladder)
        ladder += [value for value in dict.fromkeys(values) if value not in ladder]  # the base's own
        places = tuple(float(ladder.index(value)) for value in values)
        return Axis(
            escape_name(dimension.info.label),
            places,
            (0, max(1, len(ladder) - 1)),
            tuple(enumerate(map(format_value, ladder))),
        )
    low, high = dimension.bounds
    numbers = [float(value) if isinstance(value, (int, float)) else low for value in values]
    low, high = min([low, *numbers]), max([high, *numbers])
    if not (dimension.knob.log and low > 0):
        return Axis(escape_name(dimension.info.label), tuple(numbers), (low, high), _even_ticks(dimension, low, high))
    places = tuple(math.log10(number) for number in numbers)
    return Axis(escape_name(dimension.info.label), places, (math.log10(low), math.log10(high)), _log_ticks(low, high))


def plot_trials(space: Space, trials: Sequence[Trial], words: SweepWords, sweep_id: str) -> go.Figure:
    """One line through all knobs for each trial, colored by its accuracy, which is the last axis."""
    import plotly.graph_objects as go

    scored = [trial for trial in trials if trial.score is not None]
    scores = [trial.score or 0.0 for trial in scored]
    axes = [compute_axis(dimension, scored) for dimension in space]
    low, high = (min(scores), max(scores)) if scores else (0.0, 1.0)
    if high - low < 1e-6:
        low, high = low - 0.005, high + 0.005
    dimensions = [_parallel(axis) for axis in axes]
    dimensions.append({"label": words.accuracy, "values": scores, "range": [low, high], "tickformat": ".3~p"})
    figure = go.Figure()
    figure.add_parcoords(
        dimensions=dimensions,
        line={"color": scores, "colorscale": _SCORES, "cmin": low, "cmax": high},
        labelside="top",
        labelangle=-14 if len(dimensions) > 4 else 0,
        uid=sweep_id,
        labelfont={"size": 13},
        tickfont={"size": 12},
        rangefont={"size": 1, "color": "rgba(0,0,0,0)"},
    )
    figure.update_layout(height=380, margin={"l": 70, "r": 60, "t": 76, "b": 22}, uirevision=sweep_id)
    return figure


def plot_importance(importance: Importance, space: Space, words: SweepWords, sweep_id: str) -> go.Figure:
    """A bar for each knob, the largest on top."""
    import plotly.graph_objects as go

    labels = {dimension.path: escape_name(dimension.info.label) for dimension in space}
    shares = dict(reversed(importance.shares.items()))
    figure = go.Figure()
    figure.add_bar(
        x=list(shares.values()),
        y=[labels[path] for path in shares],
        orientation="h",
        marker={"color": STYLES[0].color},
        text=[f"{share:.0%}" for share in shares.values()],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure.update_layout(
        height=90 + _BAR_HEIGHT * len(shares),
        margin={"l": 8, "r": 40, "t": 34, "b": 36},
        title={"text": words.importance, "x": 0, "xanchor": "left", "font": {"size": 15}},
        showlegend=False,
        uirevision=sweep_id,
    )
    figure.update_xaxes(tickformat=".0%", range=[0, max(shares.values()) * 1.15], fixedrange=True)
    figure.update_yaxes(automargin=True, fixedrange=True)
    return figure


def plot_best_so_far(trials: Sequence[Trial], words: SweepWords, sweep_id: str) -> go.Figure:
    """Each trial's accuracy in the order of their numbers, and the best finished one up to there as a line."""
    import plotly.graph_objects as go

    scored = [trial for trial in trials if trial.score is not None]
    figure = go.Figure()
    best = compute_best_so_far(scored)
    line = {"color": STYLES[1].color, "width": 2.5, "shape": "hv"}
    figure.add_scatter(x=list(best), y=list(best.values()), mode="lines", name=words.best, line=line)
    line_of_markers = {"width": 2, "color": STYLES[0].color}
    for state, name, symbol in (("done", words.done, "circle"), ("pruned", words.pruned, "x-thin-open")):
        chosen = [trial for trial in scored if trial.state == state]
        figure.add_scatter(
            x=[trial.number for trial in chosen],
            y=[trial.score for trial in chosen],
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 9, "color": STYLES[0].color, "line": line_of_markers},
        )
    figure.update_layout(
        title={"text": words.best, "x": 0, "xanchor": "left", "font": {"size": 15}},
        height=280,
        margin={"l": 52, "r": 8, "t": 34, "b": 74},
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.24, "x": 0, "yanchor": "top", "font": {"size": 12}},
        uirevision=sweep_id,
    )
    figure.update_xaxes(title={"text": words.trial, "standoff": 2, "font": {"size": 12}}, rangemode="tozero")
    figure.update_yaxes(tickformat=".3~p", hoverformat=".2%")
    return figure


def compute_best_so_far(trials: Sequence[Trial]) -> dict[int, float]:
    """By trial number, from the first finished one on; stopped ones never become the best."""
    best: dict[int, float] = {}
    highest: float | None = None
    for trial in trials:
        if trial.state == "done" and trial.score is not None:
            highest = trial.score if highest is None else max(highest, trial.score)
        if highest is not None:
            best[trial.number] = highest
    return best


def format_value(value: object) -> str:
    """A knob's value as a person reads it."""
    if isinstance(value, bool) or value is None:
        return {True: "✓", False: "✗", None: "–"}[value]
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _parallel(axis: Axis) -> dict[str, Any]:
    ticks = {"tickvals": [t for t, _ in axis.ticks], "ticktext": [t for _, t in axis.ticks]} if axis.ticks else {}
    return {"label": axis.label, "values": list(axis.values), "range": list(axis.span), **ticks}


def _even_ticks(dimension: Dimension, low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Plotly's own, but for few whole numbers, which are all named."""
    if not dimension.info.whole or high - low >= _TICKS_AT_MOST:
        return ()
    return tuple((float(n), str(n)) for n in range(math.ceil(low), math.floor(high) + 1))


def _log_ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """1, 2 and 5 of every power of ten within the range, or the powers alone where those are many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1,)):
        numbers = [step * 10.0**power for power in powers for step in steps]
        within = [number for number in numbers if low * (1 - 1e-9) <= number <= high * (1 + 1e-9)]
        if len(within) <= _TICKS_AT_MOST:
            break
    if len(within) < 2:
        within = [low, high]
    return tuple((math.log10(number), f"{number:.4g}") for number in within)
