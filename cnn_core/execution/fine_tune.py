"""Fine-tuning: a new run from the weights of another, trained on the user's drawings."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence

import numpy as np

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.ink import centre_ink
from cnn_core.errors import RunError
from cnn_core.experiment import Experiment
from cnn_core.experiment.optimizers import Adam
from cnn_core.experiment.schedules import Constant
from cnn_core.runs.fine_tuning import FineTuning, OwnImages, OwnSettings, read_own_settings, save_own_images
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.model_file import missing_model
from cnn_core.runs.own_drawings import OwnDrawing
from cnn_core.runs.store import RunRecord, RunStore

FEWEST = 6
_EVERY = 3  # of the drawings, one in so many is held out to judge by
_SUFFIX = " + my drawings"
_NAME_AT_MOST = 80
_BATCH = 32


def split_drawings(
    drawings: Sequence[OwnDrawing], seen: Sequence[str] = ()
) -> tuple[list[OwnDrawing], list[OwnDrawing]]:
    """Splits drawings for training and evaluation: every third unseen one by digit and age is held out."""
    ordered = sorted(drawings, key=lambda drawing: (drawing.label, drawing.id))
    fresh = [drawing for drawing in ordered if drawing.id not in set(seen)]
    judges = fresh[_EVERY - 1 :: _EVERY]
    return [drawing for drawing in ordered if drawing not in judges], judges


def explain_refusal(run: RunRecord, drawings: Sequence[OwnDrawing]) -> str:
    """Why this run can't be fine-tuned on these drawings, as a sentence; empty where it can."""
    if not run.has_model:
        return str(missing_model(run.id))
    if not DATASETS[run.experiment.dataset].holds_digits:
        return str(RunError("{run} does not know digits. Choose another run.", run=run.name))
    settings = read_own_settings(run.folder)
    seen = {*settings.learned} & {drawing.id for drawing in drawings} if settings else set()
    fresh = len(drawings) - len(seen)
    if fresh >= FEWEST:
        return ""
    missing = FEWEST - fresh
    if seen:
        return str(
            RunError(
                "At least {fewest} drawings that {run} has not learned from yet are needed: every third one is held "
                "out, to judge by. Keep {missing} more.",
                fewest=FEWEST,
                run=run.name,
                missing=missing,
            )
        )
    return str(
        RunError(
            "At least {fewest} drawings are needed: every third one is held out, to judge by. Keep {missing} more.",
            fewest=FEWEST,
            missing=missing,
        )
    )


def fine_tune_run(
    store: RunStore, run: RunRecord, drawings: Sequence[OwnDrawing], settings: FineTuning, owner: str = ""
) -> RunFolder:
    """A queued run that begins with this run's weights and learns from the drawings. Raises `RunError`."""
    reason = explain_refusal(run, drawings)
    if reason:
        raise RunError(reason)
    before = read_own_settings(run.folder)
    learned, judges = split_drawings(drawings, before.learned if before else ())
    chosen = [*learned, *judges]
    own = OwnImages(
        OwnSettings(
            settings=settings,
            start_name=run.name,
            learned=tuple(dict.fromkeys([*(before.learned if before else ()), *(d.id for d in learned)])),
            held_out_ids=tuple(drawing.id for drawing in judges),
        ),
        images=np.stack([np.rint(centre_ink(d.ink) * 255).astype(np.uint8) for d in chosen]),
        labels=np.array([drawing.label for drawing in chosen], dtype=np.int64),
        is_held_out=np.arange(len(chosen)) >= len(learned),
    )
    facts = {"owner": owner, "parent": run.id, "drawings": _digest(own, run.id)}
    folder = store.create(plan_experiment(run, settings), **facts)
    try:
        save_own_images(folder, own, run.folder.model_path)
    except OSError as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise RunError(
            "The drawings can't be copied to the new run: {reason}.", reason=error.strerror or error
        ) from error
    return folder


def plan_experiment(run: RunRecord, settings: FineTuning) -> Experiment:
    """The run's network and loss, with these settings and nothing that only a first training needs."""
    experiment = run.experiment.with_training(
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        optimizer=Adam().model_dump(),
        schedule=Constant().model_dump(),
        batch_size=_BATCH,
        validation_split=0.0,
        train_share=1.0,
        label_noise=0.0,
        synthetic_samples=0,
        class_weight="none",
        early_stopping=0,
        restore_best=False,
    )
    name = run.name.removesuffix(_SUFFIX)[: _NAME_AT_MOST - len(_SUFFIX)] + _SUFFIX
    return experiment.model_copy(update={"name": name, "recipe": None})


def _digest(own: OwnImages, start: str) -> str:
    digest = hashlib.sha256(start.encode())
    for part in (own.settings.settings.model_dump_json().encode(), own.images.tobytes(), own.labels.tobytes()):
        digest.update(part)
    return digest.hexdigest()[:12]
