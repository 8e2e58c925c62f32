"""Adversarial examples: smallest perturbations that change the predicted class.

- `fgsm`, the fast gradient sign method (Goodfellow et al. 2014, "Explaining and harnessing adversarial examples"):
  every pixel moves by ε in the direction in which the loss grows.
- `pgd`, projected gradient descent (Madry et al. 2017, "Towards deep learning models resistant to adversarial
  attacks"): many small steps of that kind, each brought back to within ε of the image. It starts at the image
  itself and not at a random point near it, so that the same image always has the same nudge.

Both keep within ε of each pixel and within what a pixel can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnn_core.errors import ModelError
from cnn_core.experiment.preprocess import full_ink, to_picture
from cnn_core.inspection.attribution.scores import Scores, check_target, score_function
from cnn_core.inspection.model.probe import Probe
from cnn_core.inspection.model.walk import traced

if TYPE_CHECKING:
    import keras

Method = Literal["fgsm", "pgd"]
Attack = Callable[["Probe", np.ndarray, np.ndarray, int, "int | None"], np.ndarray]

LARGEST = 0.5  # of full ink: from there on everything can be gray
_TRIED = 16  # strengths at once, and again between the last that failed and the first that did it
_RUNNERS_UP = 3
_STEPS = 20
_STRIDE = 2.5 / _STEPS  # of ε, as Madry et al. have it: together the steps can cross the whole allowed space


@dataclass(frozen=True)
class AdversarialExample:
    """`picture` float32 (H, W, C), 0–1, is the nudged one; `difference` is it less the original, within ±`epsilon`.

    `before` and `after` (classes,) are the probabilities; `epsilon` is a share of full ink.
    """

    method: Method
    epsilon: float
    picture: np.ndarray
    difference: np.ndarray
    before: np.ndarray
    after: np.ndarray

    @property
    def old_answer(self) -> int:
        return int(self.before.argmax())

    @property
    def new_answer(self) -> int:
        return int(self.after.argmax())


def find_adversarial_example(
    probe: Probe, inputs: np.ndarray, method: Method = "pgd", target: int | None = None
) -> AdversarialExample | None:
    """Finds the smallest ε whose perturbation changes the prediction to `target`, or to any other class for None.

    `inputs` (1, …) is a prepared input. ε is found to within 1/500 of full ink: where both fail and succeed along the
    way, it is the first success of those tried. None where no ε up to `LARGEST` does it. Raises `ModelError` for a
    target that is no class, or is the answer already.
    """
    before = probe.predict_inputs(inputs)[0]
    answer = int(before.argmax())
    check_target(probe.model, inputs, answer if target is None else target)
    if target == answer:
        raise ModelError("The network gives this answer already. Choose another class.")
    goals: list[int | None] = [target]
    if method == "pgd" and target is None:  # straight towards one class may be shorter than away from the answer
        goals += _runners_up(probe, inputs, answer)
    best, largest = None, LARGEST
    for goal in goals:
        found = _search(probe, inputs, _fgsm if method == "fgsm" else _pgd, answer, goal, largest)
        if found:
            best, largest = found, found[0]
    if best is None:
        return None
    epsilon, nudged, after = best
    picture = to_picture(nudged, probe.experiment)
    return AdversarialExample(method, epsilon, picture, picture - to_picture(inputs, probe.experiment), before, after)


def _runners_up(probe: Probe, inputs: np.ndarray, answer: int) -> list[int]:
    order = np.argsort(-Scores(probe).values(inputs)[0], kind="stable")
    return [int(other) for other in order if other != answer][:_RUNNERS_UP]


def _search(
    probe: Probe, inputs: np.ndarray, attack: Attack, answer: int, target: int | None, largest: float
) -> tuple[float, np.ndarray, np.ndarray] | None:
    """The smallest strength that does it, the nudged input (1, …), and the probabilities (classes,) for that."""
    found, low, high = None, 0.0, largest
    for _ in range(2):
        strengths = np.linspace(low, high, _TRIED + 1, dtype=np.float32)[1:]
        nudged = attack(probe, inputs, strengths, answer, target)
        after = probe.predict_inputs(nudged)
        answers = after.argmax(axis=1)
        done = np.flatnonzero(answers != answer if target is None else answers == target)
        if not len(done):
            break
        first = int(done[0])
        found = float(strengths[first]), nudged[first : first + 1], after[first]
        low, high = (float(strengths[first - 1]) if first else low), float(strengths[first])
    return found


def loss_gradient(probe: Probe, inputs: np.ndarray, wanted: int) -> np.ndarray:
    """d L / d input, float32 of the shape of `inputs` (N, …), L = log Σ exp(z of the other classes) − z of `wanted`.

    z are the logits (the outputs where the network ends without softmax). The cross-entropy's gradient is this one
    times 1 − p(wanted), a positive number that vanishes where the network is sure: the direction is the same.
    """
    gradient = traced(probe, "adversarial loss", _trace_gradient)
    return np.asarray(gradient(inputs, np.int32(wanted)))


def _direction(probe: Probe, inputs: np.ndarray, answer: int, target: int | None) -> np.ndarray:
    """−1, 0 or 1 for each pixel: away from the answer, or towards the target."""
    if target is None:
        return np.sign(loss_gradient(probe, inputs, answer))
    return -np.sign(loss_gradient(probe, inputs, target))


def _fgsm(probe: Probe, inputs: np.ndarray, strengths: np.ndarray, answer: int, target: int | None) -> np.ndarray:
    """Inputs (n, …), one for each strength."""
    full = full_ink(probe.experiment)
    return np.clip(inputs + _reach(strengths, inputs) * full * _direction(probe, inputs, answer, target), 0, full)


def _pgd(probe: Probe, inputs: np.ndarray, strengths: np.ndarray, answer: int, target: int | None) -> np.ndarray:
    """As `_fgsm`; all strengths go their ways at once."""
    full = full_ink(probe.experiment)
    reach = _reach(strengths, inputs) * full
    low, high = np.maximum(inputs - reach, 0), np.minimum(inputs + reach, full)
    nudged = np.repeat(inputs, len(strengths), axis=0)
    for _ in range(_STEPS):
        nudged = np.clip(nudged + np.float32(_STRIDE) * reach * _direction(probe, nudged, answer, target), low, high)
    return nudged


def _reach(strengths: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """(n,) → (n, 1, …), to be multiplied with inputs."""
    return strengths.reshape(-1, *[1] * (inputs.ndim - 1))


def _trace_gradient(model: keras.Model) -> Callable[..., Any]:
    import tensorflow as tf

    scores_of = score_function(model)
    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32), tf.TensorSpec((), tf.int32)]

    @tf.function(input_signature=signature)
    def gradient(x: Any, wanted: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            scores = scores_of(x)
            others = tf.where(tf.one_hot(wanted, tf.shape(scores)[1]) > 0, scores.dtype.min, scores)
            loss = tf.reduce_logsumexp(others, axis=1) - scores[:, wanted]
        return tape.gradient(loss, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return gradient
