"""Contenders: an experiment with its repeats, which differ only in seed and name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment import Experiment
from cnn_core.runs.store import RunRecord

_HARMLESS = {
    "optimizer_unused",
    "pause",
    "resume",
    "step",
    "stop",
}  # interventions that don't change the training
_NEAR = 0.02  # accuracies are written in float32


@dataclass(frozen=True)
class Contender:
    """`runs` are repeats of one experiment, oldest first; never empty. They share a color and a marker."""

    runs: tuple[RunRecord, ...]

    @property
    def first(self) -> RunRecord:
        return self.runs[0]

    @property
    def id(self) -> str:
        """The first repeat's."""
        return self.first.id

    @property
    def name(self) -> str:
        return self.first.name

    @property
    def style(self) -> int:
        return self.first.style

    @property
    def experiment(self) -> Experiment:
        """The first repeat's: the others differ in seed and name."""
        return self.first.experiment

    @property
    def is_active(self) -> bool:
        return any(run.is_active for run in self.runs)

    @property
    def stands_alone(self) -> bool:
        """Whether it was steered or continued from another run, so that nothing repeats it."""
        return _stands_alone(self.first)

    @cached_property
    def finished(self) -> tuple[RunRecord, ...]:
        """Completed and tested repeats, the basis of verdicts.

        One of each seed, the newest: the same seed once more is no other throw of the dice.
        """
        ended = (run for run in self.runs if run.state == "completed" and run.history.test_accuracy is not None)
        return tuple({run.experiment.training.seed: run for run in ended}.values())

    @property
    def accuracies(self) -> tuple[float, ...]:
        """Test accuracies of the finished repeats, as fractions."""
        return tuple(run.history.result["test_accuracy"] for run in self.finished if run.history.result)

    @property
    def epochs(self) -> int:
        """Most epochs that a finished repeat was trained for; 0 if none has finished."""
        return max((len(run.history.epochs) for run in self.finished), default=0)

    @property
    def test_images(self) -> int:
        """Number of test images; 0 if accuracies are not on the whole test set."""
        images = DATASETS[self.experiment.dataset].test_count
        whole = all(abs(share * images - round(share * images)) < _NEAR for share in self.accuracies)
        return images if whole else 0


def group_runs(runs: Iterable[RunRecord]) -> list[Contender]:
    """Groups runs, given newest first, into contenders in the order of their newest runs.

    A run that was steered, or that goes on from another one, is no fair repeat: it stands alone.
    """
    groups: dict[str, list[RunRecord]] = {}
    for run in runs:
        groups.setdefault(run.id if _stands_alone(run) else run.folder.fingerprint, []).append(run)
    return [Contender(tuple(sorted(group, key=lambda run: run.created))) for group in groups.values()]


def prefer_own(runs: Iterable[RunRecord]) -> list[RunRecord]:
    """Runs trained on this machine if any, else all, as bundled times come from another machine."""
    runs = list(runs)
    return [run for run in runs if not run.bundled] or runs


def find_contender(contenders: Sequence[Contender], run_id: str) -> Contender | None:
    """The contender that a run belongs to."""
    return next((one for one in contenders if any(run.id == run_id for run in one.runs)), None)


def _stands_alone(run: RunRecord) -> bool:
    steered = any(event["what"] not in _HARMLESS for event in run.history.interventions)
    return steered or bool(run.folder.facts.parent)
