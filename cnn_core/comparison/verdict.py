"""Verdicts: which contender is better, and how significant that is.

With repeats of everyone, seeds decide (Welch's t-test). With one run of someone, only the test images can (McNemar's
exact test), and they know nothing of other seeds. All pairs are tested and corrected for being many (Holm).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Literal

import numpy as np

from cnn_core.comparison.contenders import Contender
from cnn_core.comparison.statistics import (
    ALPHA,
    Interval,
    bound_images,
    compare_images,
    compare_means,
    correct_for_many,
    count_repeats_needed,
)
from cnn_core.errors import ModelError
from cnn_core.evaluation.predictions import read_predictions
from cnn_core.runs.folder import RunFolder

# pending: planned runs have not ended
# untested: fewer than two have figures · data: figures of different test sets · level: no difference at all ·
# better: the first beats everybody · partly: the first beats some · unclear: it could be luck
Outcome = Literal["pending", "untested", "data", "level", "better", "partly", "unclear"]
# seeds: repeats of everyone · images: answers to the same test images · counts: only how many of them were right
Basis = Literal["seeds", "images", "counts"]


@dataclass(frozen=True)
class Answers:
    """Labels (N,) of the test images and whether each was classified correctly (N,)."""

    labels: np.ndarray
    right: np.ndarray


@dataclass(frozen=True)
class Sample:
    """Accuracies of one contender. `images` is the size of the test set, 0 if unknown."""

    accuracies: tuple[float, ...]
    images: int = 0
    answers: Answers | None = None

    @property
    def step(self) -> float:
        return 1 / self.images if self.images else 0.0


@dataclass(frozen=True)
class Pair:
    """`better` and `worse` index the contenders; `p` is corrected. `interval` is there with the basis "seeds",
    `only_better` and `only_worse`, images that one alone gets right, with "images"."""

    better: int
    worse: int
    difference: float
    p: float
    interval: Interval | None = None
    only_better: int = 0
    only_worse: int = 0

    @property
    def is_sure(self) -> bool:
        return self.p <= ALPHA


@dataclass(frozen=True)
class Verdict:
    """`order`: contenders with results, best first; `pairs`: the best against each other one.

    `accuracies` (fractions) and `repeats` are those judged, by contender. `repeats_needed`: of each, to tell the
    first two apart; None where there is nothing to advise or it would take more than 100.
    """

    outcome: Outcome
    basis: Basis = "counts"
    order: tuple[int, ...] = ()
    pairs: tuple[Pair, ...] = ()
    accuracies: tuple[float, ...] = ()
    repeats: tuple[int, ...] = ()
    images: int = 0
    tests: int = 0
    repeats_needed: int | None = None

    @property
    def beaten(self) -> list[int]:
        return [pair.worse for pair in self.pairs if pair.is_sure]

    @property
    def open(self) -> list[int]:
        """Contenders without a significant difference from the best."""
        return [pair.worse for pair in self.pairs if not pair.is_sure]


def judge(samples: Sequence[Sample]) -> Verdict:
    """Verdict from accuracies on one test set; contenders without results are skipped."""
    judged = [index for index, sample in enumerate(samples) if sample.accuracies]
    if len(judged) < 2:
        return Verdict("untested")
    basis = _find_basis([samples[index] for index in judged])
    means = [_mean(sample, basis) for sample in samples]
    order = sorted(judged, key=lambda index: -means[index])
    tested = [_test(samples, means, basis, *pair) for pair in combinations(order, 2)]
    corrected = correct_for_many([pair.p for pair in tested])
    pairs = [_with_p(pair, p) for pair, p in zip(tested, corrected, strict=True) if pair.better == order[0]]
    return Verdict(
        _find_outcome(pairs),
        basis,
        tuple(order),
        tuple(pairs),
        tuple(means),
        tuple(len(sample.accuracies) for sample in samples),
        max(sample.images for sample in samples),
        len(tested),
        _advise(samples, order, len(tested)) if basis == "seeds" and pairs and not pairs[0].is_sure else None,
    )


Read = Callable[[RunFolder], Answers | None]


def read_answers(folder: RunFolder) -> Answers | None:
    """Recorded test predictions of a run; None if missing or damaged."""
    try:
        predictions = read_predictions(folder)
    except ModelError:
        return None
    return Answers(predictions.labels, predictions.predicted == predictions.labels) if predictions else None


def judge_contenders(contenders: Sequence[Contender], read: Read = read_answers) -> Verdict:
    """Verdict on contenders; `read` gives the predictions of one run of each if there are no repeats.

    The outcome is "pending" while a run of any contender is active: a verdict on part of the seeds can flip.
    """
    if any(one.is_active for one in contenders):
        return Verdict("pending")
    tested = [one for one in contenders if one.accuracies]
    if len({one.experiment.dataset for one in tested}) > 1:
        return Verdict("data")
    if all(len(one.accuracies) > 1 for one in tested):
        return judge([Sample(one.accuracies, one.test_images) for one in contenders])
    return judge([_take_one(one, read) if one.accuracies else Sample(()) for one in contenders])


def _take_one(contender: Contender, read: Read) -> Sample:
    """Runs with the representative one first: one with recorded predictions if any."""
    runs = sorted(contender.finished, key=lambda run: not run.folder.predictions_path.exists())
    answers = read(runs[0].folder)
    accuracies = tuple(run.history.test_accuracy or 0.0 for run in runs)
    return Sample(accuracies, len(answers.labels) if answers else contender.test_images, answers)


def _find_basis(samples: Sequence[Sample]) -> Basis:
    if all(len(sample.accuracies) > 1 for sample in samples):
        return "seeds"
    first = samples[0].answers
    same = all(s.answers is not None and first and np.array_equal(s.answers.labels, first.labels) for s in samples)
    return "images" if same else "counts"


def _mean(sample: Sample, basis: Basis) -> float:
    if not sample.accuracies:
        return 0.0
    return fmean(sample.accuracies) if basis == "seeds" else sample.accuracies[0]


def _test(samples: Sequence[Sample], means: Sequence[float], basis: Basis, better: int, worse: int) -> Pair:
    one, other, difference = samples[better], samples[worse], means[better] - means[worse]
    if basis == "seeds":
        means_test = compare_means(one.accuracies, other.accuracies, max(one.step, other.step))
        return Pair(better, worse, difference, means_test.p, means_test.interval)
    if basis == "images" and one.answers and other.answers:
        images_test = compare_images(one.answers.right, other.answers.right)
        counts = images_test.only_first, images_test.only_second
        return Pair(better, worse, difference, images_test.p, None, *counts)
    if not one.images or one.images != other.images:
        return Pair(better, worse, difference, 1.0)
    wrong = [round((1 - means[index]) * one.images) for index in (better, worse)]
    return Pair(better, worse, difference, bound_images(wrong[0], wrong[1]))


def _with_p(pair: Pair, p: float) -> Pair:
    return Pair(pair.better, pair.worse, pair.difference, p, pair.interval, pair.only_better, pair.only_worse)


def _find_outcome(pairs: Sequence[Pair]) -> Outcome:
    sure = sum(pair.is_sure for pair in pairs)
    if sure == len(pairs):
        return "better"
    if sure:
        return "partly"
    return "level" if all(pair.difference == 0 for pair in pairs) else "unclear"


def _advise(samples: Sequence[Sample], order: Sequence[int], tests: int) -> int | None:
    best, second = samples[order[0]], samples[order[1]]
    step = max(best.step, second.step)
    return count_repeats_needed(best.accuracies, second.accuracies, step, ALPHA / tests)
