"""All runs of a folder and the bundled ones, each as one frozen record."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.errors import CnnLabError, CorruptRun, NewerVersion, RunError, RunNotFound, SpecError
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import RECIPES
from cnn_core.palette import STYLES
from cnn_core.runs.folder import RunFolder, create_run
from cnn_core.runs.history import History, HistoryReader
from cnn_core.runs.labels import Labels, read_labels

State = Literal["queued", "running", "paused", "completed", "stopped", "failed", "interrupted"]

BUNDLED_DIR = Path(__file__).parent / "bundled"
ACTIVE: tuple[State, ...] = ("queued", "running", "paused")
STYLE_COUNT = 64
DEFAULT_RUN = "R2"  # what answers on a page before anybody has chosen
SCAN_RUN = "handwriting"  # where drawings and image files are read: it knows other hands

Revision = tuple[str, State, int, bool, Labels]


@dataclass(frozen=True)
class RunRecord:
    """Summary of a run for pages and the command line. `reason` is the cause of a failure or interruption."""

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
    labels: Labels = field(default_factory=Labels)

    @property
    def id(self) -> str:
        return self.folder.id

    @property
    def name(self) -> str:
        """What someone called it, else the experiment's name."""
        return self.labels.name or self.experiment.name

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def revision(self) -> Revision:
        """Another one after each event, and when the process ends, a model appears, or a label changes."""
        return self.id, self.state, self.history.size, self.has_model, self.labels

    @property
    def planned_epochs(self) -> int:
        """As recorded by the worker, with epochs added since; before that, as in the experiment."""
        return self.history.plan.epochs if self.history.plan else self.experiment.training.epochs


@dataclass(frozen=True)
class Listing:
    """Newest first, the bundled ones last. `problems` has a sentence for each folder that can't be read."""

    runs: tuple[RunRecord, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Parsed:
    """What never changes of a run. `stamp` changes when someone replaces one of its files all the same."""

    stamp: tuple[int, ...]
    folder: RunFolder
    parameters: int


@dataclass
class RunStore:
    """Reads and creates the runs of a folder. Parsed files are cached, so reading again costs only what was appended.

    Example:
        >>> store = RunStore(default_runs_dir())
        >>> store.find("R2").state
        'completed'
    """

    runs_dir: Path
    # Failure messages of workers that could not write to their folders: run id → message.
    last_words: dict[str, str] = field(default_factory=dict)
    _parsed: dict[Path, _Parsed] = field(default_factory=dict)
    _refused: dict[Path, tuple[tuple[int, ...], CnnLabError]] = field(default_factory=dict)
    _readers: dict[Path, HistoryReader] = field(default_factory=dict)

    def list_runs(self) -> Listing:
        runs, problems = [], []
        try:
            paths = list(self._paths())
        except OSError as error:
            paths = sorted(BUNDLED_DIR.iterdir())
            problems.append(
                str(
                    RunError(
                        "The runs folder {folder} can't be read: {reason}. Check its permissions.",
                        folder=self.runs_dir,
                        reason=error.strerror,
                    )
                )
            )
        for path in paths:
            try:
                runs.append(self._read(path))
            except CnnLabError as error:
                if _is_run(path):
                    problems.append(str(error))
        runs.sort(key=lambda run: (run.bundled, -run.created))
        return Listing(tuple(runs), tuple(problems))

    def find(self, run_id: str) -> RunRecord:
        """By id, by an unambiguous beginning of it, or by a recipe's short name (R2) for its bundled run.

        Raises `RunNotFound`, or `CorruptRun` where the folder can't be read.
        """
        bundled = {recipe.short.lower(): recipe.id for recipe in RECIPES}
        wanted = bundled.get(run_id.lower(), run_id)
        if exact := self._find_exactly(wanted):
            return self._read(exact)
        paths = list(self._paths())
        matches = [path for path in paths if path.name.lower().startswith(wanted.lower()) and _is_run(path)]
        if len(matches) != 1:
            known = ", ".join(path.name for path in paths[:8]) or "none yet"
            more = " …" if len(paths) > 8 else ""
            if matches:
                raise RunNotFound(
                    "{count} runs begin with {run!r}. The runs are: {known}{more}.",
                    count=len(matches),
                    run=run_id,
                    known=known,
                    more=more,
                )
            raise RunNotFound(
                "There is no run called {run!r}. The runs are: {known}{more}.", run=run_id, known=known, more=more
            )
        return self._read(matches[0])

    def _find_exactly(self, name: str) -> Path | None:
        """The folder of that name, without listing those of all other runs."""
        if name and name == Path(name).name and not name.startswith((".", "_")):
            with suppress(OSError):  # a name that the file system can't have
                return next((path for parent in (self.runs_dir, BUNDLED_DIR) if _is_run(path := parent / name)), None)
        return None

    def create(self, experiment: Experiment, **facts: Any) -> RunFolder:
        """A queued run in the color of its experiment: a repeat's own, otherwise one unlike those used last.

        `facts` are further fields of `RunMetadata`, such as its owner.
        """
        style = choose_style(experiment.fingerprint + facts.get("drawings", ""), self._folders())
        return create_run(self.runs_dir, experiment, style, **facts)

    def _folders(self) -> list[RunFolder]:
        """Those that can be read, newest first, the bundled ones last and of them first what is looked at most."""
        folders = []
        with suppress(OSError):
            for path in self._paths():
                with suppress(CnnLabError):
                    folders.append(self._parse(path).folder)
        default = {recipe.short: recipe.id for recipe in RECIPES}[DEFAULT_RUN]

        def rank(folder: RunFolder) -> tuple[bool, str, bool, int]:
            is_own = folder.path.parent != BUNDLED_DIR
            return is_own, folder.id if is_own else "", folder.id == default, folder.facts.style

        return sorted(folders, key=rank, reverse=True)

    def _paths(self) -> Iterable[Path]:
        for parent in dict.fromkeys((self.runs_dir, BUNDLED_DIR)):
            if parent.is_dir():
                with os.scandir(parent) as entries:
                    names = sorted(e.name for e in entries if not e.name.startswith((".", "_")) and e.is_dir())
                yield from (parent / name for name in names)

    def _parse(self, path: Path) -> _Parsed:
        stamp, known = _stamp(path), self._parsed.get(path)
        if known and known.stamp == stamp:
            return known
        refused = self._refused.get(path)
        if refused and stamp and refused[0] == stamp:
            raise refused[1]
        try:
            self._parsed[path] = _parse(path, stamp)
        except CnnLabError as error:
            self._refused[path] = stamp, error
            raise
        return self._parsed[path]

    def _read(self, path: Path) -> RunRecord:
        parsed = self._parse(path)
        folder, facts = parsed.folder, parsed.folder.facts
        try:
            history = self._readers.setdefault(path, HistoryReader(folder.events_path)).read()
        except OSError as error:
            raise _unreadable_events(path) from error
        except NewerVersion as error:
            raise NewerVersion("Run {run}: {what}", run=path.name, what=error) from error
        if not history.state:
            raise _unreadable_events(path)
        state, reason = self._judge(folder, history)
        return RunRecord(
            folder=folder,
            experiment=folder.experiment,
            state=state,
            reason=reason,
            created=facts.created,
            style=facts.style,
            bundled=path.parent == BUNDLED_DIR,
            parameters=parsed.parameters,
            has_model=folder.model_path.exists(),
            history=history,
            labels=read_labels(path),
        )

    def _judge(self, folder: RunFolder, history: History) -> tuple[State, str]:
        if history.state in ACTIVE and folder.id in self.last_words and not folder.is_held():
            return "failed", self.last_words[folder.id]
        if history.state in ("running", "paused") and not folder.is_held():
            return "interrupted", history.reason or str(
                RunError("The training process ended before the run was complete.")
            )
        return history.state, history.reason  # type: ignore[return-value]


def _parse(path: Path, stamp: tuple[int, ...]) -> _Parsed:
    folder = RunFolder(path)
    experiment = folder.experiment
    _ = folder.facts
    try:
        parameters = compute_anatomy(experiment.architecture).parameters
    except SpecError as error:
        raise CorruptRun("Run {run}: {what}", run=path.name, what=error) from error
    return _Parsed(stamp, folder, parameters)


def _unreadable_events(path: Path) -> CorruptRun:
    return CorruptRun(
        "Run {run}: {name} is missing or damaged, so the run can't be shown. Its folder was left unchanged.",
        run=path.name,
        name="events.jsonl",
    )


def _is_run(path: Path) -> bool:
    """Whether a folder holds any of a run's files; another folder is none of ours."""
    return any((path / name).exists() for name in ("experiment.json", "run.json", "events.jsonl"))


def choose_style(fingerprint: str, folders: Iterable[RunFolder]) -> int:
    """A repeat's own; otherwise, of the least used styles, one of the hue that was given longest ago.

    `folders` newest first: what is compared with a new experiment is mostly what was trained before it.
    """
    hues, used = len(STYLES), [0] * STYLE_COUNT
    newer: list[int] = []  # hues in the order in which they were last given, newest first
    for folder in folders:
        if folder.fingerprint == fingerprint:
            return folder.facts.style
        style = folder.facts.style % STYLE_COUNT
        used[style] += 1
        if style % hues not in newer:
            newer.append(style % hues)
    age = {hue: newer.index(hue) if hue in newer else hues for hue in range(hues)}
    return min(range(STYLE_COUNT), key=lambda style: (used[style], -age[style % hues], style))


def _stamp(path: Path) -> tuple[int, ...]:
    stamp: tuple[int, ...] = ()
    for name in ("experiment.json", "run.json"):
        try:
            status = (path / name).stat()
        except OSError:
            return ()
        stamp += (status.st_ino, status.st_mtime_ns, status.st_size)
    return stamp
