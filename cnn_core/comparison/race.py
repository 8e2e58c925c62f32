"""Races: several experiments on one dataset with several seeds each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cnn_core.architecture.repair import check
from cnn_core.comparison.contenders import Contender
from cnn_core.comparison.facts import watched_accuracies
from cnn_core.data.datasets.catalog import DATASETS, DEFAULT_DATASET, DatasetName
from cnn_core.errors import SpecError
from cnn_core.experiment import Experiment
from cnn_core.runs.store import RunRecord

AT_MOST = 6
SEEDS_AT_MOST = 10


class RaceConfig(BaseModel):
    """What all contenders of a race have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: DatasetName = Field(
        DEFAULT_DATASET, title="Data set", description="All contenders learn from the same pictures."
    )
    seeds: int = Field(
        3,
        ge=1,
        le=SEEDS_AT_MOST,
        title="Seeds each",
        description="Runs of each, with other first weights and another order of the images. Two can tell little of "
        "chance; three are a start; five tell most differences from luck.",
    )


@dataclass(frozen=True)
class Start:
    """One run of a race. `done`: a run with these settings and seed exists, completed or active."""

    experiment: Experiment
    done: RunRecord | None = None


def fit_experiment(experiment: Experiment, dataset: DatasetName, **shared: Any) -> Experiment:
    """The experiment on that dataset with these training fields. Raises `SpecError` if it can't be trained."""
    fitted = experiment.on_dataset(dataset).with_training(**shared)
    try:
        check(fitted.architecture, len(DATASETS[dataset].class_names), fitted.training.loss)
    except SpecError as error:
        raise SpecError("{experiment}: {what}", experiment=experiment.name, what=error) from error
    return fitted


def plan_race(experiments: Sequence[Experiment], seeds: int, runs: Iterable[RunRecord]) -> list[Start]:
    """Orders runs by seed, so that early results are a fair comparison.

    Seeds count up from each experiment's own. Of experiments that are alike only the first one starts.
    """
    there: dict[tuple[str, int], RunRecord] = {}
    for run in runs:
        if run.state == "completed" or run.is_active:
            there.setdefault((run.folder.fingerprint, run.experiment.training.seed), run)
    different = {one.fingerprint: one for one in reversed(experiments)}
    entered = [one for one in experiments if different[one.fingerprint] is one]
    starts = []
    for turn in range(seeds):
        for one in entered:
            repeat = one.with_training(seed=(one.training.seed + turn) % 2**31)
            starts.append(Start(repeat, there.get((repeat.fingerprint, repeat.training.seed))))
    return starts


def find_behind(contenders: Sequence[Contender]) -> list[Contender]:
    """The worse half (of three, one), as far as they still have something to stop; empty before all have an epoch.

    They are compared after the last epoch that every one of them has reached, by watched accuracy. Halving is how
    successive halving (Jamieson and Talwalkar 2016) spends less on what looks bad early.
    """
    reached = [max((len(watched_accuracies(run)) for run in one.runs), default=0) for one in contenders]
    epoch = min(reached, default=0)
    if not epoch or len(contenders) < 2:
        return []
    standings = [_standing(one, epoch) for one in contenders]
    ranked = sorted(zip(standings, contenders, strict=True), key=lambda entry: entry[0])
    behind = [one for standing, one in ranked[: len(ranked) // 2] if standing < ranked[-1][0]]
    return [one for one in behind if one.is_active]


def _standing(contender: Contender, epoch: int) -> float:
    return fmean(shares[epoch - 1] for run in contender.runs if len(shares := watched_accuracies(run)) >= epoch)
