"""Trains the runs that come with the app: `python -m cnn_core bundle`.

Of R1 and R4 (13 MB each) only events and figures are kept. Per-epoch weights are kept in half precision; R3's and
Hand's are thinned, so that all of it stays below 12 MB.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from cnn_core.experiment.recipes import RECIPES, Recipe
from cnn_core.runs.events import Listener
from cnn_core.runs.folder import RunFolder, create_run
from cnn_core.runs.locked_folder import write_atomically
from cnn_core.runs.snapshots import list_early_steps, list_snapshots
from cnn_core.training.engine import Result, train_run

WITHOUT_WEIGHTS = ("R1", "R4")
WITHOUT_EARLY_STEPS = ("R3", "Hand")
KEPT_EPOCHS = {"R3": (0, 1, 3), "Hand": (0, 1, 4)}  # the last epoch is model.keras itself


def bundle(
    target: Path, on_start: Callable[[Recipe], None], listener: Listener, only: Collection[Recipe] = RECIPES
) -> dict[str, Result]:
    """Trains recipes on MNIST, all by default, and writes one folder each into `target`, replacing what is there."""
    results = {}
    for style, recipe in enumerate(RECIPES):
        if recipe not in only:
            continue
        on_start(recipe)
        with TemporaryDirectory() as scratch:
            folder = create_run(Path(scratch), recipe.experiment, style)
            results[recipe.short] = train_run(folder, listener)
            _keep(folder, target, recipe)
    return results


def _keep(folder: RunFolder, target: Path, recipe: Recipe) -> None:
    if recipe.short in WITHOUT_WEIGHTS:
        folder.model_path.unlink()
        shutil.rmtree(folder.weights_dir)
    else:
        epochs = list_snapshots(folder.weights_dir)
        kept = KEPT_EPOCHS.get(recipe.short, epochs[:-1])
        for epoch in set(epochs) - set(kept):
            (folder.weights_dir / f"epoch-{epoch:04d}.npz").unlink()
        if recipe.short in WITHOUT_EARLY_STEPS:
            for step in list_early_steps(folder.weights_dir):
                (folder.weights_dir / f"step-{step:06d}.npz").unlink()
    shutil.rmtree(folder.checkpoints_dir, ignore_errors=True)  # bundled runs are looked at, not gone on with
    for leftover in ("lock", "worker.log"):
        (folder.path / leftover).unlink(missing_ok=True)
    facts = folder.facts.model_copy(update={"id": recipe.id})
    write_atomically(folder.path / "run.json", facts.model_dump_json())
    shutil.rmtree(target / recipe.id, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    shutil.copytree(folder.path, target / recipe.id)
