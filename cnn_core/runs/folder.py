"""One run on disk. The dashboard, the command line and a worker share nothing but this folder.

```
<runs>/<id>/
  run.json          id, time of creation, color and marker, owner
  experiment.json   what is trained
  events.jsonl      appended by the one process that holds `lock` (see cnn_core.runs.event_types)
  commands.jsonl    appended by the dashboard: {"command": "learning_rate", "value": 0.01, "time": …}
  history.csv       one row per epoch
  labels.json       name, note, tags and star, if any (see cnn_core.runs.labels)
  weights/          epoch-0000.npz …, half precision, to look at earlier epochs (see cnn_core.runs.snapshots)
  checkpoints/      epoch-0003.npz …, the whole state to resume from (see cnn_core.runs.checkpoints)
  own/              of a fine-tuned run: settings, drawings, initial weights (see cnn_core.runs.fine_tuning)
  model.keras       the trained model
  predictions.npz   predictions on the test set: probabilities float16 (N, classes), labels uint8 (N,)
  worker.log        what the worker's libraries printed
  lock              held while a process works on this run
```
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from cnn_core.architecture.layers import IGNORE_UNKNOWN
from cnn_core.errors import CorruptRun, NewerVersion, RunError, explain_validation
from cnn_core.experiment import Experiment
from cnn_core.runs.event_types import Time
from cnn_core.runs.events import EventWriter, Listener, read_events, read_json_lines
from cnn_core.runs.limited_file import read_limited
from cnn_core.runs.locked_folder import LockedFolder, write_atomically
from cnn_core.runs.upgrade import METADATA_VERSION

STEPS = ("batch", "epoch")  # what the command "step" trains before it pauses again
RUNS_DIR_VARIABLE = "CNN_LAB_RUNS_DIR"


class RunMetadata(BaseModel):
    """What `run.json` holds. `style` indexes the palette: an experiment keeps its color for good.

    owner: whose turn it is in the queue. parent, parent_epoch: the run and the epoch that this one continues from.
    drawings: a fingerprint of the drawings that a fine-tuned run learns from. sweep: the sweep that this is a trial of.
    visibility, dataset_fingerprint, attempt: who may see the run, what its images were, and how often it was started
    after a fault; written and kept, not yet used.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: int = METADATA_VERSION
    id: str
    created: Time
    style: Annotated[int, Field(ge=0, le=2**31)]
    owner: str = ""
    visibility: Literal["private", "class", "public"] = "public"
    dataset_fingerprint: str = ""
    attempt: Annotated[int, Field(ge=1)] = 1
    parent: str = ""
    parent_epoch: int = 0
    drawings: str = ""
    sweep: str = ""


class RunFolder(LockedFolder):
    """Paths and primitive reads and writes; what a run's state means is decided in `cnn_core.runs.store`."""

    @cached_property
    def facts(self) -> RunMetadata:
        """Raises `CorruptRun` where the file is missing or damaged, `NewerVersion` where a newer version wrote it."""
        data = self._read_object("run.json")
        version = data.get("version", 1)
        if isinstance(version, int) and version > METADATA_VERSION:
            raise NewerVersion.of(f"{self.id}/run.json", version, METADATA_VERSION)
        try:
            return RunMetadata.model_validate(data | {"version": METADATA_VERSION})
        except ValidationError as error:
            raise CorruptRun("Run {run}: run.json: {what}", run=self.id, what=explain_validation(error)) from error

    @cached_property
    def experiment(self) -> Experiment:
        """Raises `CorruptRun` where the file is missing or damaged, `NewerVersion` where a newer version wrote it."""
        data = self._read_object("experiment.json")
        try:
            return Experiment.model_validate(data, extra="ignore", context=IGNORE_UNKNOWN)
        except NewerVersion as error:
            raise NewerVersion("Run {run}: {what}", run=self.id, what=error) from error
        except ValidationError as error:
            raise CorruptRun(
                "Run {run}: experiment.json: {what}", run=self.id, what=explain_validation(error)
            ) from error

    @cached_property
    def fingerprint(self) -> str:
        """Of the experiment: what repeats of it have in common."""
        return self.experiment.fingerprint + self.facts.drawings

    @property
    def events_path(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def model_path(self) -> Path:
        return self.path / "model.keras"

    @property
    def weights_dir(self) -> Path:
        return self.path / "weights"

    @property
    def checkpoints_dir(self) -> Path:
        return self.path / "checkpoints"

    @property
    def predictions_path(self) -> Path:
        return self.path / "predictions.npz"

    def writer(self, listener: Listener | None = None) -> EventWriter:
        return EventWriter(self.events_path, listener)

    @property
    def commands_path(self) -> Path:
        return self.path / "commands.jsonl"

    def command(self, name: str, value: Any = None) -> None:
        """Names: stop, pause, resume, step, learning_rate, optimizer, epochs (see cnn_core.training.steering)."""
        with self.commands_path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"command": name, "value": value, "time": time.time()}) + "\n")

    def command_reader(self) -> CommandReader:
        """Of the commands given since the run was last put in line."""
        since = 0.0
        for event in read_events(self.events_path):
            if event["type"] == "state" and event["state"] == "queued":
                since = event["time"]
        return CommandReader(self.commands_path, since)

    def commands(self) -> list[str]:
        """Names of those given since the run was last put in line."""
        return [line["command"] for line in self.command_reader().read()]

    def last_state(self) -> str:
        """As written; whether a `running` one is still alive is for `is_held` to say."""
        state = ""
        for event in read_events(self.events_path):
            state = event["state"] if event["type"] == "state" else state
        return state

    def _read_object(self, name: str) -> dict[str, Any]:
        try:
            data = from_json(read_limited(self.path / name))
        except (OSError, ValueError):
            data = None
        if not isinstance(data, dict):
            raise CorruptRun(
                "Run {run}: {name} is missing or damaged, so the run can't be shown. Its folder was left unchanged.",
                run=self.id,
                name=name,
            )
        return data


class CommandReader:
    """Follows a file of commands; a damaged line is passed over."""

    def __init__(self, path: Path, since: float) -> None:
        self._path, self._since, self._offset = path, since, 0

    def read(self) -> list[dict[str, Any]]:
        """Those that came since the last call, in the order given."""
        given, self._offset = read_json_lines(self._path, self._offset)
        return [line for line in given if isinstance(line.get("command"), str) and self._is_new(line)]

    def _is_new(self, line: dict[str, Any]) -> bool:
        """Also sets the time of a line that lacks it."""
        given_at = line.setdefault("time", 0.0)
        return isinstance(given_at, (int, float)) and given_at >= self._since


def default_runs_dir() -> Path:
    """The default folder of runs: CNN_LAB_RUNS_DIR, or ./runs.

    Example:
        >>> default_runs_dir().is_absolute()
        True
    """
    return Path(os.environ.get(RUNS_DIR_VARIABLE) or "runs").absolute()


def create_run(runs_dir: Path, experiment: Experiment, style: int = 0, **facts: Any) -> RunFolder:
    """A new folder in state `queued`; `facts` are further fields of `RunMetadata`. Raises `RunError`."""
    now = time.time()
    stamp = datetime.fromtimestamp(now).strftime("%Y%m%d-%H%M%S")
    path = runs_dir / f"{stamp}-{_slug(experiment.architecture.name)}-{secrets.token_hex(3)}"
    folder = RunFolder(path)
    try:
        path.mkdir(parents=True)
        write_atomically(path / "experiment.json", experiment.model_dump_json(indent=2))
        write_atomically(
            path / "run.json", RunMetadata(id=path.name, created=now, style=style, **facts).model_dump_json()
        )
        folder.writer().emit("state", state="queued")
    except OSError as error:
        raise RunError(
            "The runs folder {runs_dir} can't be written ({reason}). Give it write permission, or choose "
            "another with --runs-dir or {variable}.",
            runs_dir=runs_dir,
            reason=error.strerror or error,
            variable=RUNS_DIR_VARIABLE,
        ) from error
    return folder


def _slug(name: str) -> str:
    """What every file system takes, and never a path."""
    return re.sub(r"[^\w.-]+", "-", name)[:40].strip("-.") or "network"
