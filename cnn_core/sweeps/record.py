"""State of a sweep, read from its folder: trials, best trial, progress."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnn_core.comparison.statistics import Interval, compute_share_interval
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import CnnLabError
from cnn_core.experiment import Experiment
from cnn_core.sweeps.folder import SweepFacts, SweepFolder, list_sweep_folders
from cnn_core.sweeps.knobs import Value, apply_values
from cnn_core.sweeps.space import NAME_LENGTH, Space, build_space, find_split, grid_size, identify, iterate_grid
from cnn_core.sweeps.spec import SweepSpec, rename_path

TrialState = Literal["planned", "submitted", "done", "pruned", "skipped", "stopped", "failed"]
SweepState = Literal["running", "interrupted", "completed", "stopped", "failed"]
UNDER_WAY: tuple[TrialState, ...] = ("planned", "submitted")
REFUSALS_PER_TRIAL = 10  # that many proposals may be refused for each trial before a search gives up


@dataclass(frozen=True)
class Trial:
    """`curve` is the watched accuracy by epoch, `score` that of the weights that were kept (as fractions).

    A pruned trial's score is the one it had when it was stopped; one that was skipped says why in `reason`. `base`
    marks the experiment that the sweep began with.
    """

    number: int
    values: dict[str, Value]
    state: TrialState
    run: str = ""
    reason: str = ""
    score: float | None = None
    curve: tuple[float | None, ...] = ()
    test_accuracy: float | None = None
    parameters: int | None = None
    seconds: float | None = None
    base: bool = False


@dataclass(frozen=True)
class SweepRecord:
    """One sweep at this moment. `total` is how many runs it makes in all."""

    folder: SweepFolder
    facts: SweepFacts
    space: Space
    state: SweepState
    reason: str
    trials: tuple[Trial, ...]
    total: int

    @property
    def id(self) -> str:
        return self.folder.id

    @property
    def spec(self) -> SweepSpec:
        return self.facts.spec

    @property
    def base(self) -> Experiment:
        return self.folder.base

    @property
    def is_active(self) -> bool:
        return self.state == "running"

    @property
    def counts(self) -> Counter[str]:
        return Counter(trial.state for trial in self.trials)

    @property
    def over(self) -> int:
        """Trials that made a run and are through."""
        return sum(trial.state not in (*UNDER_WAY, "skipped") for trial in self.trials)

    @property
    def finished(self) -> tuple[Trial, ...]:
        """Those that went to their end: what the best is chosen among."""
        return tuple(trial for trial in self.trials if trial.state == "done" and trial.score is not None)

    @property
    def best(self) -> Trial | None:
        """The first of the highest score."""
        return max(self.finished, key=lambda trial: (trial.score or 0.0, -trial.number), default=None)

    @property
    def base_trial(self) -> Trial | None:
        return next((trial for trial in self.trials if trial.base), None)

    def design_of(self, trial: Trial) -> Experiment:
        """The base with this trial's values; epochs and split stay the base's own. Raises `SpecError`."""
        name = f"{self.base.name[:NAME_LENGTH]} · swept"
        return apply_values(self.base, trial.values).model_copy(update={"name": name, "recipe": None})


def read_sweep(folder: SweepFolder) -> SweepRecord:
    """Raises `CorruptRun` or `SpecError` where its description can't be understood."""
    facts, held = folder.facts, folder.is_held()
    space = build_space(facts.spec, folder.base)
    lines = folder.lines()
    ends = [line for line in lines if "sweep" in line]
    end = ends[-1] if ends and ends[-1]["sweep"] in get_args(SweepState) else None
    state: SweepState = "running" if held else end["sweep"] if end else "interrupted"
    reason = str(end.get("reason", "")) if end and not held else ""
    trials = read_trials(lines)
    return SweepRecord(folder, facts, space, state, reason, trials, count_runs(facts.spec, space, folder.base))


_Number = Annotated[float, Field(allow_inf_nan=False)] | None


class _TrialLine(BaseModel):
    """A line of `trials.jsonl` about one trial."""

    model_config = ConfigDict(extra="ignore")

    trial: Annotated[int, Field(ge=0, le=10**6)]
    state: TrialState
    values: dict[str, Value] = {}
    run: str = ""
    reason: str = ""
    score: _Number = None
    curve: tuple[_Number, ...] = ()
    test_accuracy: _Number = None
    parameters: int | None = None
    seconds: _Number = None
    base: bool = False


def read_trials(lines: list[dict[str, Any]]) -> tuple[Trial, ...]:
    """Trials by number; a field missing from a line keeps its earlier value. A damaged line is left out."""
    merged: dict[int, dict[str, Any]] = {}
    for line in lines:
        try:
            read = _TrialLine.model_validate(line).model_dump(exclude_unset=True)
        except ValidationError:
            continue
        if "values" in read:
            read["values"] = {rename_path(path): value for path, value in read["values"].items()}
        merged.setdefault(read.pop("trial"), {"values": {}}).update(read)
    return tuple(Trial(number, **known) for number, known in sorted(merged.items()))


def count_runs(spec: SweepSpec, space: Space, base: Experiment) -> int:
    """How many runs a sweep makes when nothing is refused; of a grid its combinations, and the base if it is none."""
    if spec.method != "grid":
        return spec.trials
    paths = [dimension.path for dimension in space]
    own = identify({dimension.path: dimension.info.value for dimension in space}, paths)
    extra = spec.include_base and all(identify(values, paths) != own for values in iterate_grid(space))
    return grid_size(space) + extra


def list_sweeps(runs_dir: Path) -> tuple[list[SweepRecord], list[str]]:
    """Newest first, and a sentence for each that can't be read."""
    records, problems = [], []
    for folder in list_sweep_folders(runs_dir):
        try:
            records.append(read_sweep(folder))
        except CnnLabError as error:
            problems.append(str(error))
    return records, problems


def count_selection_images(sweep: SweepRecord) -> int:
    """Number of validation images by which the trials are compared; 0 if the test set is used."""
    used = sweep.base.training.count_used(DATASETS[sweep.base.dataset].train_count)
    return used - int(used * (1 - find_split(sweep.spec, sweep.base)))


def compute_selection_interval(sweep: SweepRecord, trial: Trial) -> Interval | None:
    """95% interval of a trial's validation accuracy, due to the number of images; None without a score."""
    images = count_selection_images(sweep)
    return compute_share_interval(trial.score, images) if images and trial.score is not None else None
