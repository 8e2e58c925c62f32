"""Metrics of a contender over its repeats: accuracy, time, size, each formatted and as a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import fmean, median

from cnn_core.architecture.anatomy import Anatomy, compute_anatomy
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.comparison.contenders import Contender, prefer_own
from cnn_core.comparison.statistics import Interval, compute_mean_interval, compute_share_interval, compute_spread
from cnn_core.formats import MISSING, format_duration, format_percent
from cnn_core.runs.store import RunRecord

GOALS = (97, 98, 99)  # percent
ELSEWHERE = "another machine"


@dataclass(frozen=True)
class Cell:
    """`value` is the sort key and CSV value in base units; `parts` are further CSV columns."""

    shown: str = MISSING
    value: float | None = None
    parts: dict[str, float | str | None] = field(default_factory=dict)


def read_figures(contender: Contender) -> dict[str, Cell]:
    """All metrics by name, in the order of FIGURES."""
    return {name: read(contender) for name, read in FIGURES.items()}


@lru_cache(maxsize=256)
def measure(architecture: ArchitectureSpec) -> Anatomy:
    """Cached anatomy of an architecture, as pages ask for it every second."""
    return compute_anatomy(architecture)


def compute_accuracy_interval(contender: Contender) -> tuple[Interval, str] | None:
    """95% interval and its basis: "seeds" with two repeats or more, "images" with one."""
    shares, images = contender.accuracies, contender.test_images
    interval = compute_mean_interval(shares, 1 / images if images else 0.0)
    if interval:
        return Interval(max(0.0, interval.low), min(1.0, interval.high)), "seeds"
    if len(shares) == 1 and images:
        return compute_share_interval(shares[0], images), "images"
    return None


def find_time_to(run: RunRecord, share: float) -> float | None:
    """Seconds of training, pauses left out, to the end of the first epoch whose watched accuracy is that high."""
    seconds = 0.0
    for epoch in run.history.epochs:
        seconds += epoch.get("seconds") or 0.0
        if (epoch.get("val_accuracy") or 0.0) >= share:
            return seconds
    return None


def watched_accuracies(run: RunRecord) -> list[float]:
    """Accuracy per epoch on the validation set, or on the test set without one."""
    return [epoch["val_accuracy"] for epoch in run.history.epochs if epoch.get("val_accuracy") is not None]


def _repeats(one: Contender) -> Cell:
    done, planned = len(one.finished), len({run.experiment.training.seed for run in one.runs})
    return Cell(str(done) if done == planned else f"{done} / {planned}", done, {"planned": planned})


def _test_accuracy(one: Contender) -> Cell:
    return _spread(one.accuracies, lambda value: f"{value * 100:.2f}", " %")


def _interval(one: Contender) -> Cell:
    found = compute_accuracy_interval(one)
    if found is None:
        return Cell(parts={"high": None, "of": None})
    interval, of = found
    shown = f"{interval.low * 100:.2f} – {format_percent(interval.high, 2)} ({of})"
    return Cell(shown, interval.low, {"high": interval.high, "of": of})


def _test_loss(one: Contender) -> Cell:
    losses = [run.history.result["test_loss"] for run in one.finished if run.history.result]
    return _spread([loss for loss in losses if loss is not None], lambda value: f"{value:.4f}")


def _best_accuracy(one: Contender) -> Cell:
    return _mean_share([max(shares) for shares in map(watched_accuracies, one.runs) if shares])


def _last_accuracy(one: Contender) -> Cell:
    return _mean_share([shares[-1] for shares in map(watched_accuracies, one.runs) if shares])


def _epoch_time(one: Contender) -> Cell:
    runs = prefer_own(run for run in one.runs if run.history.epochs)
    return _median_time([s for run in runs for epoch in run.history.epochs if (s := epoch.get("seconds"))], runs)


def _training_time(one: Contender) -> Cell:
    runs = prefer_own(run for run in one.finished if run.history.seconds)
    return _median_time([run.history.seconds or 0.0 for run in runs], runs)


def _time_to(share: float) -> Callable[[Contender], Cell]:
    def read(one: Contender) -> Cell:
        begun = prefer_own(run for run in one.runs if run.history.epochs)
        times = [time for run in begun if (time := find_time_to(run, share)) is not None]
        cell = _median_time(times, begun)
        some = f" ({len(times)} / {len(begun)})" if 0 < len(times) < len(begun) else ""
        return Cell(cell.shown + some, cell.value, cell.parts | {"reached": len(times)})

    return read


def _parameters(one: Contender) -> Cell:
    return Cell(f"{one.first.parameters:,}", one.first.parameters)


def _macs(one: Contender) -> Cell:
    macs = measure(one.experiment.architecture).macs
    shown = f"{macs / 10**6:.1f} M" if macs >= 10**6 else f"{macs / 10**3:.0f} k"
    return Cell(shown, macs)


def _layers(one: Contender) -> Cell:
    count = len(measure(one.experiment.architecture).rows)
    return Cell(str(count), count)


def _model_size(one: Contender) -> Cell:
    for run in one.runs:
        if run.has_model:
            try:
                size = run.folder.model_path.stat().st_size
            except OSError:  # deleted this moment
                continue
            return Cell(f"{size / 10**6:.2f} MB", size)
    return Cell()


FIGURES: dict[str, Callable[[Contender], Cell]] = {
    "repeats": _repeats,
    "test_accuracy": _test_accuracy,
    "interval": _interval,
    "test_loss": _test_loss,
    "parameters": _parameters,
    "epoch_time": _epoch_time,
    **{f"time_to_{goal}": _time_to(goal / 100) for goal in GOALS},
    "best_accuracy": _best_accuracy,
    "last_accuracy": _last_accuracy,
    "training_time": _training_time,
    "macs": _macs,
    "layers": _layers,
    "model_size": _model_size,
}
FIRST_FIGURES = ("repeats", "test_accuracy", "interval", "test_loss", "parameters", "epoch_time", "time_to_98")


def _spread(values: Sequence[float], show: Callable[[float], str], unit: str = "") -> Cell:
    if not values:
        return Cell(parts={"spread": None})
    if len(values) == 1:
        return Cell(show(values[0]) + unit, values[0], {"spread": None})
    spread = compute_spread(values)
    return Cell(f"{show(fmean(values))} ± {show(spread)}{unit}", fmean(values), {"spread": spread})


def _mean_share(values: Sequence[float]) -> Cell:
    return Cell(format_percent(fmean(values), 2), fmean(values)) if values else Cell()


def _median_time(values: Sequence[float], runs: Sequence[RunRecord]) -> Cell:
    """Measured in these runs, which are either all bundled or all of this machine."""
    if not values:
        return Cell(parts={"machine": None})
    elsewhere = all(run.bundled for run in runs)
    shown = format_duration(median(values), tenths=True) + (f" ({ELSEWHERE})" if elsewhere else "")
    return Cell(shown, median(values), {"machine": ELSEWHERE if elsewhere else "this machine"})


def each_seed(contender: Contender) -> Iterator[int]:
    """Unique seeds in ascending order."""
    yield from sorted({run.experiment.training.seed for run in contender.runs})
