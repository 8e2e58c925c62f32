"""One sweep on disk: `<runs>/.sweeps/<id>/`. Its trials are ordinary runs in the folder of runs.

```
  sweep.json      id, when it was created, whose it is, and its `SweepSpec` with the base experiment spelled out
  trials.jsonl    appended by the one process that holds `lock`; a later line of a trial completes the earlier ones
  stop            present while a stop of the sweep is requested
  lock            held while a process drives this sweep
```
A line of `trials.jsonl` is {"trial": 3, "values": {…}, "state": …} or, about the sweep as a whole,
{"sweep": "stopped"}.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from cnn_core.architecture.layers import IGNORE_UNKNOWN
from cnn_core.errors import CorruptRun, NewerVersion, RunError, RunNotFound, explain_validation
from cnn_core.experiment import Experiment
from cnn_core.runs.event_types import Time
from cnn_core.runs.events import read_json_lines
from cnn_core.runs.labels import TAG_LENGTH
from cnn_core.runs.limited_file import read_limited
from cnn_core.runs.locked_folder import LockedFolder, write_atomically
from cnn_core.sweeps.space import build_space
from cnn_core.sweeps.spec import Base, SweepSpec

SWEEPS = ".sweeps"


class SweepFacts(BaseModel):
    """What `sweep.json` holds. `owner` is who is served in turn with others."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    created: Time
    owner: str = ""
    spec: SweepSpec


class SweepFolder(LockedFolder):
    """Paths and primitive reads and writes; it is held while a living process drives the sweep."""

    @cached_property
    def facts(self) -> SweepFacts:
        """Raises `CorruptRun` where the file is missing or can't be understood."""
        try:
            data = read_limited(self.path / "sweep.json")
            return SweepFacts.model_validate_json(data, extra="ignore", context=IGNORE_UNKNOWN)
        except NewerVersion as error:
            raise NewerVersion("Sweep {sweep}: {what}", sweep=self.id, what=error) from error
        except OSError as error:
            raise CorruptRun(
                "Sweep {sweep}: {name} is missing or damaged, so the sweep can't be shown. Its folder was left "
                "unchanged.",
                sweep=self.id,
                name="sweep.json",
            ) from error
        except ValidationError as error:
            raise CorruptRun(
                "Sweep {sweep}: sweep.json: {what}", sweep=self.id, what=explain_validation(error)
            ) from error

    @cached_property
    def base(self) -> Experiment:
        return self.facts.spec.base.resolve()

    @property
    def tag(self) -> str:
        """Label of its runs on the Runs page; different for each sweep of the same base."""
        ending = f" {self.id[-4:]}"
        return f"sweep {self.facts.spec.name}"[: TAG_LENGTH - len(ending)].rstrip() + ending

    @property
    def trials_path(self) -> Path:
        return self.path / "trials.jsonl"

    def lines(self) -> list[dict[str, Any]]:
        return read_json_lines(self.trials_path, 0)[0]

    def append(self, **fields: Any) -> None:
        """One line, in one write; a line that a crash cut short is closed first. Raises `RunError`."""
        line = json.dumps({**fields, "time": round(time.time(), 3)}) + "\n"
        try:
            with self.trials_path.open("a+b") as file:
                if file.tell():
                    file.seek(-1, 2)
                    line = line if file.read(1) == b"\n" else "\n" + line
                file.write(line.encode())
        except OSError as error:
            raise RunError(
                "Sweep {sweep}: trials.jsonl can't be written ({reason}).",
                sweep=self.id,
                reason=error.strerror or error,
            ) from error

    def lock(self) -> FileLock:
        return FileLock(self.path / "lock", thread_local=False)

    def ask_to_stop(self) -> None:
        (self.path / "stop").touch()

    def forget_to_stop(self) -> None:
        (self.path / "stop").unlink(missing_ok=True)

    def is_asked_to_stop(self) -> bool:
        return (self.path / "stop").exists()


def create_sweep(runs_dir: Path, spec: SweepSpec, owner: str = "") -> SweepFolder:
    """A new sweep's folder; nothing drives it yet. Raises `SpecError` for knobs that the base has not, `RunError`."""
    base = spec.base.resolve()
    build_space(spec, base)
    spec = spec.model_copy(update={"base": Base(experiment=base), "name": spec.name or base.name[:60]})
    now = time.time()
    slug = re.sub(r"[^\w.-]+", "-", spec.name)[:30].strip("-.") or "sweep"
    stamp = datetime.fromtimestamp(now).strftime("%Y%m%d-%H%M%S")
    path = runs_dir / SWEEPS / f"{stamp}-{slug}-{secrets.token_hex(2)}"
    facts = SweepFacts(id=path.name, created=now, owner=owner, spec=spec)
    try:
        path.mkdir(parents=True)
        write_atomically(path / "sweep.json", facts.model_dump_json(indent=2))
    except OSError as error:
        raise RunError(
            "The runs folder {runs_dir} can't be written ({reason}).", runs_dir=runs_dir, reason=error.strerror or error
        ) from error
    return SweepFolder(path)


def list_sweep_folders(runs_dir: Path) -> list[SweepFolder]:
    """Newest first."""
    try:
        paths = sorted((runs_dir / SWEEPS).iterdir(), reverse=True)
    except OSError:
        return []
    return [SweepFolder(path) for path in paths if (path / "sweep.json").is_file()]


def find_sweep(runs_dir: Path, sweep_id: str) -> SweepFolder:
    """By id or an unambiguous part of it. Raises `RunNotFound`."""
    folders = list_sweep_folders(runs_dir)
    found = [folder for folder in folders if folder.id == sweep_id] or [f for f in folders if sweep_id in f.id]
    if len(found) != 1 or not sweep_id:
        known = ", ".join(folder.id for folder in folders[:5]) or "none yet"
        more = " …" if len(folders) > 5 else ""
        if found:
            raise RunNotFound(
                "{count} sweeps are called {sweep!r}. The sweeps are: {known}{more}.",
                count=len(found),
                sweep=sweep_id,
                known=known,
                more=more,
            )
        raise RunNotFound(
            "There is no sweep called {sweep!r}. The sweeps are: {known}{more}.", sweep=sweep_id, known=known, more=more
        )
    return found[0]
