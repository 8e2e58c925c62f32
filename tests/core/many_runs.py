"""Run folders by the hundred, as a worker leaves them, written in milliseconds: no network is trained for them."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cnn_core import RunStore, find_recipe
from cnn_core.comparison import Contender, group_runs
from cnn_core.experiment import Experiment
from cnn_core.runs.folder import RunFolder, RunMetadata

_BEGAN = 1_700_000_000.0
_STEPS, _BATCHES = 94, 10
RECIPES = ("R1", "R2", "R3", "R4", "R5", "LeNet-5", "Dense")


def make_runs(runs_dir: Path, count: int, repeats: int = 5, epochs: int = 5) -> list[RunFolder]:
    """`count` completed runs, each experiment with that many seeds; accuracies are made up, the same ones each time."""
    return [make_run(runs_dir, index, index // repeats, index % repeats, epochs) for index in range(count)]


def make_run(runs_dir: Path, index: int, variant: int, repeat: int, epochs: int, **facts: Any) -> RunFolder:
    """Variant v is recipe v, again and again with another learning rate."""
    recipe = find_recipe(RECIPES[variant % len(RECIPES)]).experiment
    rate = recipe.training.learning_rate * (1 + variant // len(RECIPES)) / 10
    experiment = recipe.with_training(learning_rate=rate, epochs=epochs, seed=1337 + repeat)
    quality = 0.95 + 0.04 * random.Random(variant).random()
    return write_run(runs_dir, index, experiment, [_share(quality, index)] * epochs, style=variant % 64, **facts)


def write_run(
    runs_dir: Path,
    index: int,
    experiment: Experiment,
    accuracies: Sequence[float],
    seconds: float = 10.0,
    ended: bool = True,
    style: int = 0,
    **facts: Any,
) -> RunFolder:
    """One run with these test accuracies by epoch; it is complete if it has `ended`."""
    created = _BEGAN + 100 * index
    folder = RunFolder(runs_dir / f"20240101-000000-run-{index:06d}")
    folder.path.mkdir(parents=True)
    (folder.path / "experiment.json").write_text(experiment.model_dump_json(), encoding="utf-8")
    run_facts = RunMetadata(id=folder.id, created=created, style=style, **facts)
    (folder.path / "run.json").write_text(run_facts.model_dump_json(), encoding="utf-8")
    lines = list(_events(experiment, accuracies, seconds, created, ended))
    text = "".join(json.dumps({"seq": seq, **line}) + "\n" for seq, line in enumerate(lines))
    folder.events_path.write_text(text, encoding="utf-8")
    (folder.path / "lock").touch()
    return folder


def own_contenders(runs_dir: Path) -> list[Contender]:
    """Of the runs in this folder alone, the first one made first."""
    own = [run for run in RunStore(runs_dir).list_runs().runs if not run.bundled]
    return sorted(group_runs(own), key=lambda one: one.first.created)


def _events(
    experiment: Experiment, accuracies: Sequence[float], seconds: float, now: float, ended: bool
) -> Iterator[dict[str, Any]]:
    yield {"time": now, "type": "state", "state": "queued"}
    yield {"time": now, "type": "state", "state": "running"}
    plan = {"epochs": experiment.training.epochs, "steps_per_epoch": _STEPS, "samples": 6000, "parameters": 1}
    yield {"time": now, "type": "plan", **plan, "watched": "test"}
    for epoch, accuracy in enumerate(accuracies, 1):
        for batch in range(1, _BATCHES + 1):
            seen = {"epoch": epoch, "step": batch * _STEPS // _BATCHES, "samples": 600 * batch}
            yield {"time": now + seconds * batch / _BATCHES, "type": "batch", **seen, "loss": 0.1, "accuracy": 0.9}
        now += seconds
        shares = {"loss": 0.1, "accuracy": 0.9, "val_loss": 0.1, "val_accuracy": accuracy}
        yield {"time": now, "type": "epoch", "epoch": epoch, "samples": 6000, **shares, "seconds": seconds}
    if ended:
        figures = {"test_loss": 0.1, "test_accuracy": accuracies[-1], "seconds": seconds * len(accuracies)}
        yield {"time": now, "type": "result", **figures}
        yield {"time": now, "type": "state", "state": "completed"}


def _share(quality: float, index: int) -> float:
    """In whole test images of 10,000."""
    return round((quality + 0.002 * random.Random(index).gauss(0, 1)) * 10_000) / 10_000
