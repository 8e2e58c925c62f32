"""Forks: a new run that continues after an epoch of another one."""

from __future__ import annotations

import shutil

from cnn_core.errors import ModelError, RunError
from cnn_core.runs.checkpoints import Checkpoint, list_checkpoints, load_checkpoint, save_checkpoint
from cnn_core.runs.event_types import ENVELOPE
from cnn_core.runs.events import Event
from cnn_core.runs.fine_tuning import FOLDER as OWN
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.snapshots import list_snapshots, load_snapshot
from cnn_core.runs.store import RunRecord, RunStore
from cnn_core.runs.training_state import TrainingState, start_training_state

_COPIED = ("batch", "layer_stats", "epoch", "intervention")


def list_restart_epochs(run: RunRecord) -> list[int]:
    """Epochs that a run can be forked from, ascending; 0 is the untrained network."""
    return sorted(set(list_snapshots(run.folder.weights_dir)) | set(list_checkpoints(run.folder.checkpoints_dir)))


def is_exact(run: RunRecord, epoch: int) -> bool:
    """Whether a checkpoint with optimizer state exists for that epoch, not only half-precision weights."""
    return bool(_needed_checkpoints(run, epoch))


def fork_run(store: RunStore, run: RunRecord, epoch: int, owner: str = "") -> RunFolder:
    """A queued run with the same experiment that begins after `epoch`. Raises `RunError` where there is no such one."""
    if epoch not in list_restart_epochs(run):
        raise RunError("Run {run} kept no weights of epoch {epoch}. Choose another epoch.", run=run.id, epoch=epoch)
    if epoch >= run.planned_epochs:
        raise RunError("Epoch {epoch} is the last one of this run. Add epochs to it instead.", epoch=epoch)
    drawings = run.folder.facts.drawings
    folder = store.create(run.experiment, owner=owner, parent=run.id, parent_epoch=epoch, drawings=drawings)
    try:
        if drawings:  # what it learns from goes along
            shutil.copytree(run.folder.path / OWN, folder.path / OWN)
        _copy_past(run, epoch, folder)
        if run.planned_epochs != run.experiment.training.epochs:
            folder.writer().emit("state", state="queued", epochs=run.planned_epochs)
    except (OSError, ModelError) as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise RunError(
            "Run {run} can't be restarted from epoch {epoch}: {what}", run=run.id, epoch=epoch, what=error
        ) from error
    return folder


def _copy_past(run: RunRecord, epoch: int, folder: RunFolder) -> None:
    for kept in list_snapshots(run.folder.weights_dir):
        if kept <= epoch:
            folder.weights_dir.mkdir(exist_ok=True)
            shutil.copy2(run.folder.weights_dir / f"epoch-{kept:04d}.npz", folder.weights_dir)
    needed = _needed_checkpoints(run, epoch)
    for kept in needed:
        folder.checkpoints_dir.mkdir(exist_ok=True)
        shutil.copy2(run.folder.checkpoints_dir / f"epoch-{kept:04d}.npz", folder.checkpoints_dir)
    if epoch and not needed:
        _make_checkpoint(run, epoch, folder)
    writer = folder.writer()
    past = [e for events in _past(run) for e in events if e["epoch"] <= epoch]
    for event in sorted(past, key=lambda e: e["seq"]):
        writer.emit(event["type"], **{k: v for k, v in event.items() if k == "time" or k not in ENVELOPE})
    steps = run.history.plan.steps_per_epoch if run.history.plan else 1
    writer.emit("intervention", epoch=epoch, step=steps, what="restart", value={"run": run.id, "epoch": epoch})


def _past(run: RunRecord) -> tuple[tuple[Event, ...], ...]:
    history = run.history
    return history.batches, history.layer_stats, history.epochs, history.interventions


def _needed_checkpoints(run: RunRecord, epoch: int) -> list[int]:
    """That epoch's, and the best one's where it is to be restored at the end; none where one is missing."""
    kept = list_checkpoints(run.folder.checkpoints_dir)
    if epoch not in kept or not run.experiment.training.restore_best:
        return [epoch] if epoch in kept else []
    best = load_checkpoint(run.folder.checkpoints_dir, epoch).facts.get("best_epoch") or epoch
    return sorted({best, epoch}) if best in kept else []


def _make_checkpoint(run: RunRecord, epoch: int, folder: RunFolder) -> None:
    """Of the weights alone: the optimizer starts again, with what was steered up to then."""
    training_state = start_training_state(run.experiment.training)
    seen = [event for event in run.history.epochs if event["epoch"] <= epoch]
    training_state.seconds = sum(event["seconds"] for event in seen)
    training_state.last = {k: v for k, v in seen[-1].items() if k not in ENVELOPE} if seen else {}
    training_state.rate_now = training_state.last.get("learning_rate")
    for event in run.history.interventions:
        if event["epoch"] <= epoch and event["what"] == "epochs":
            training_state.epochs = event["value"]
        if event["epoch"] <= epoch and event["what"] in ("learning_rate", "optimizer"):
            training_state.learning_rate = training_state.rate_now  # no schedule any more
            if event["what"] == "optimizer":
                training_state = TrainingState.model_validate(
                    training_state.model_dump() | {"optimizer": event["value"]}
                )
    weights = load_snapshot(run.folder.weights_dir, epoch)
    save_checkpoint(folder.checkpoints_dir, Checkpoint(epoch, weights, [], [], training_state.model_dump(mode="json")))
