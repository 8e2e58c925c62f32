"""All runs of a folder and the bundled ones, each as one frozen record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.errors import CnnLabError, CorruptRun, RunNotFound, SpecError
from cnn_core.experiment import Experiment
from cnn_core.recipes import RECIPES
from cnn_core.runs.folder import RunFolder, create_run
from cnn_core.runs.history import History, HistoryReader

State = Literal["queued", "running", "paused", "completed", "stopped", "failed", "interrupted"]

BUNDLED_DIR = Path(__file__).parent / "bundled"
ACTIVE: tuple[State, ...] = ("queued", "running", "paused")
STYLE_COUNT = 64
DEFAULT_RUN = "R2"  # what answers before anybody has chosen


@dataclass(frozen=True)
class RunRecord:
    """What pages and the command line show of a run. `reason` says why it failed or was interrupted."""

    folder: RunFolder
    experiment: Experiment
    state: State
    reason: str
    created: float
    style: int
    bundled: bool
    parameters: int
    has_model: bool
    history: History

    @property
    def id(self) -> str:
        return self.folder.id

    @property
    def name(self) -> str:
        return self.experiment.name

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE


@dataclass(frozen=True)
class Listing:
    """Newest first, the bundled ones last. `problems` has a sentence for each folder that can't be read."""

    runs: tuple[RunRecord, ...]
    problems: tuple[str, ...] = ()


@dataclass
class RunStore:
    """Reads runs; keeps what it has parsed, so that asking again costs only what has been appended since."""

    runs_dir: Path
    # Last words of workers that could not write them into their folders: run id → why it failed.
    last_words: dict[str, str] = field(default_factory=dict)
    _readers: dict[Path, HistoryReader] = field(default_factory=dict)

    def list_runs(self) -> Listing:
        runs, problems = [], []
        try:
            paths = list(self._paths())
        except OSError as error:
            paths = sorted(BUNDLED_DIR.iterdir())
            problems.append(f"The runs folder {self.runs_dir} can't be read: {error.strerror}. Check its permissions.")
        for path in paths:
            try:
                runs.append(self._read(path))
            except CnnLabError as error:
                problems.append(str(error))
        runs.sort(key=lambda run: (run.bundled, -run.created))
        return Listing(tuple(runs), tuple(problems))

    def find(self, run_id: str) -> RunRecord:
        """By id, by an unambiguous beginning of it, or by a recipe's short name (R2) for its bundled run.

        Raises `RunNotFound`, or `CorruptRun` where the folder can't be read.
        """
        paths = list(self._paths())
        bundled = {recipe.short.lower(): recipe.id for recipe in RECIPES}
        wanted = bundled.get(run_id.lower(), run_id)
        exact = [path for path in paths if path.name == wanted]
        matches = exact or [path for path in paths if path.name.lower().startswith(wanted.lower())]
        if len(matches) != 1:
            known = ", ".join(path.name for path in paths[:8]) or "none yet"
            why = f"{len(matches)} runs begin with" if matches else "There is no run called"
            raise RunNotFound(f"{why} {run_id!r}. The runs are: {known}{' …' if len(paths) > 8 else ''}.")
        return self._read(matches[0])

    def create(self, experiment: Experiment, **facts: Any) -> RunFolder:
        """A queued run in the colour of its experiment: a repeat's own, otherwise the least used one.

        `facts` are further fields of `RunFacts`, such as its owner.
        """
        return create_run(self.runs_dir, experiment, choose_style(experiment, self.list_runs().runs), **facts)

    def _paths(self) -> Iterable[Path]:
        for parent in dict.fromkeys((self.runs_dir, BUNDLED_DIR)):
            if parent.is_dir():
                yield from sorted(p for p in parent.iterdir() if p.is_dir() and not p.name.startswith((".", "_")))

    def _read(self, path: Path) -> RunRecord:
        folder = RunFolder(path)
        experiment = folder.experiment
        try:
            facts = folder.facts
        except ValueError as error:
            raise CorruptRun(f"Run {path.name}: run.json can't be understood. Delete the folder {path}.") from error
        try:
            parameters = compute_anatomy(experiment.architecture).parameters
        except SpecError as error:
            raise CorruptRun(f"Run {path.name}: {error}") from error
        try:
            history = self._readers.setdefault(path, HistoryReader(folder.events_path)).read()
        except (OSError, LookupError, TypeError) as error:
            raise CorruptRun(f"Run {path.name}: events.jsonl can't be understood. Delete the folder {path}.") from error
        if not history.state:
            raise CorruptRun(f"Run {path.name}: events.jsonl holds no events. Delete the folder {path}.")
        state, reason = self._judge(folder, history)
        return RunRecord(
            folder=folder,
            experiment=experiment,
            state=state,
            reason=reason,
            created=facts.created,
            style=facts.style,
            bundled=path.parent == BUNDLED_DIR,
            parameters=parameters,
            has_model=folder.model_path.exists(),
            history=history,
        )

    def _judge(self, folder: RunFolder, history: History) -> tuple[State, str]:
        if history.state in ("running", "paused") and not folder.is_held():
            if folder.id in self.last_words:
                return "failed", self.last_words[folder.id]
            return "interrupted", history.reason or "The training process ended before the run was complete."
        return history.state, history.reason  # type: ignore[return-value]


def choose_style(experiment: Experiment, runs: Iterable[RunRecord]) -> int:
    used = [0] * STYLE_COUNT
    for run in runs:
        if run.experiment.fingerprint == experiment.fingerprint:
            return run.style
        used[run.style % STYLE_COUNT] += 1
    return used.index(min(used))
