"""A run folder filled by hand: events as a worker writes them, without a worker."""

from cnn_core.runs import create_run
from cnn_core.runs.store import RunStore

SAMPLES, STEPS = 1_000, 10


def make_run(tmp_path, experiment, epochs=4, **plan):
    """An empty run that has made its plan: (store, folder, writer)."""
    folder = create_run(tmp_path / "runs", experiment)
    writer = folder.writer()
    writer.emit("state", state="running")
    facts = {"epochs": epochs, "first_epoch": 1, "steps_per_epoch": STEPS, "samples": SAMPLES, "parameters": 7}
    writer.emit("plan", **facts | {"threads": 2, "watched": "test"} | plan)
    return RunStore(tmp_path / "runs"), folder, writer


def batch(writer, epoch, step, loss=1.0, accuracy=0.5, rate=0.001):
    writer.emit(
        "batch",
        epoch=epoch,
        step=step,
        samples=step * SAMPLES // STEPS,
        loss=loss,
        accuracy=accuracy,
        learning_rate=rate,
    )


def epoch(writer, number, loss=1.0, val_loss=0.9, accuracy=0.5, val_accuracy=0.6):
    figures = {"loss": loss, "val_loss": val_loss, "accuracy": accuracy, "val_accuracy": val_accuracy}
    writer.emit("epoch", epoch=number, samples=SAMPLES, learning_rate=0.001, seconds=1.0, **figures)
