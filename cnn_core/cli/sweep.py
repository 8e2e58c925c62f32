"""`sweep`: a hyperparameter search, also visible in the dashboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from cnn_core.errors import CnnLabError, SpecError, explain_validation
from cnn_core.execution import LocalExecutor
from cnn_core.execution.queue import Queue, Ticket
from cnn_core.runs import RunFolder, RunStore, default_runs_dir
from cnn_core.runs.limited_file import read_limited
from cnn_core.sweeps import SweepDriver, SweepFolder, SweepRecord, SweepSpec, Trial, create_sweep, find_sweep
from cnn_core.sweeps import read_sweep as read
from cnn_core.sweeps.bayesian import require_optuna

_OWNER = "terminal"  # served in turn with the people at the dashboard
_BROKE_OFF = 130  # as shells have it for a program that was interrupted


class _OwnLine(Queue):
    """Queue without other owners' runs, which would end with this process."""

    def __init__(self, runs_dir: Path, sweep_id: str) -> None:
        super().__init__(runs_dir)
        self._runs_dir, self._sweep_id = runs_dir, sweep_id

    def waiting(self) -> list[Ticket]:
        return [ticket for ticket in super().waiting() if self._is_own(ticket)]

    def _is_own(self, ticket: Ticket) -> bool:
        try:
            return RunFolder(self._runs_dir / ticket.run_id).facts.sweep == self._sweep_id
        except (CnnLabError, ValueError):  # deleted or damaged this moment
            return False


@click.command()
@click.argument("file")
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object and nothing else.")
def sweep(file: str, runs_dir: Path | None, as_json: bool) -> None:
    """Run the sweep defined by FILE (docs/sweeps.md), or resume the sweep with the given id."""
    store = RunStore(runs_dir or default_runs_dir())
    folder = _open(file, store.runs_dir)
    executor = LocalExecutor(store)
    executor.queue = _OwnLine(store.runs_dir, folder.id)
    driver = SweepDriver(folder, store, executor, watcher=None if as_json else _Teller(folder).tell)
    if not as_json:
        click.echo(f"sweep {folder.id}: {read(folder).total} trials, {executor.capacity} at a time", err=True)
    try:
        driver.drive()
    except KeyboardInterrupt:
        click.echo(f"broken off; go on with: python -m cnn_core sweep {folder.id}", err=True)
        raise click.exceptions.Exit(_BROKE_OFF) from None
    finally:
        executor.close()
    outcome = read(folder)
    click.echo(json.dumps(summarise(outcome)) if as_json else _describe(outcome))
    if outcome.state == "failed":
        raise click.ClickException(outcome.reason)


def summarise(outcome: SweepRecord) -> dict[str, Any]:
    """Outcome of a sweep as plain data, with the test accuracy of the best trial only."""
    best, base = outcome.best, outcome.base_trial
    return {
        "sweep": outcome.id,
        "path": str(outcome.folder.path),
        "state": outcome.state,
        "reason": outcome.reason,
        "metric": outcome.spec.metric,
        "trials": dict(outcome.counts),
        "best": None
        if best is None
        else {
            "trial": best.number,
            "values": best.values,
            "score": best.score,
            "run": best.run,
            "test_accuracy": best.test_accuracy,
        },
        "base_score": base.score if base else None,
    }


def _open(file: str, runs_dir: Path) -> SweepFolder:
    path = Path(file)
    if not path.is_file():
        if path.suffix == ".json":
            raise SpecError("There is no file {path}. docs/sweeps.md shows what it holds.", path=path)
        folder = find_sweep(runs_dir, file)
        folder.forget_to_stop()
        return folder
    try:
        spec = SweepSpec.model_validate_json(read_limited(path))
    except OSError as error:
        raise SpecError("{file} can't be read: {reason}.", file=path.name, reason=error.strerror) from error
    except ValidationError as error:
        raise SpecError("{file}: {what}", file=path.name, what=explain_validation(error)) from error
    if spec.method == "bayesian":
        require_optuna()
    return create_sweep(runs_dir, spec, owner=_OWNER)


class _Teller:
    """Prints one line per finished trial."""

    def __init__(self, folder: SweepFolder) -> None:
        best = read(folder).best
        self._best = (best and best.score) or 0.0

    def tell(self, trial: Trial) -> None:
        if trial.state in ("planned", "submitted"):
            return
        line = f"trial {trial.number:>3}  {trial.state:<7}"
        if trial.score is not None:
            line += f"  {trial.score:.4f}"
            line += f" after {len(trial.curve)} epochs" if trial.state == "pruned" else ""
        if trial.state == "done" and (trial.score or 0.0) > self._best:
            self._best = trial.score or 0.0
            line += " *"
        values = "  ".join(f"{path.split('.', 1)[1].removeprefix('layers.')}={v}" for path, v in trial.values.items())
        click.echo(f"{line}  {values}{'  ' + trial.reason if trial.reason else ''}", err=True)


def _describe(outcome: SweepRecord) -> str:
    best, base = outcome.best, outcome.base_trial
    lines = [f"{outcome.state}: " + ", ".join(f"{count} {state}" for state, count in outcome.counts.items())]
    if best is not None:
        by = "held-out training images" if outcome.spec.metric == "validation" else "the test set, which flatters it"
        lines.append(f"best: trial {best.number}, accuracy {best.score:.4f} by {by}")
        lines += [f"  {path} = {value}" for path, value in best.values.items()]
        if best.test_accuracy is not None:
            lines.append(f"  test accuracy {best.test_accuracy:.4f}, run {best.run}")
    if base is not None and base.score is not None:
        lines.append(f"base: accuracy {base.score:.4f}")
    if outcome.reason:
        lines.append(outcome.reason)
    return "\n".join([*lines, f"sweep {outcome.id} in {outcome.folder.path.parent}"])
