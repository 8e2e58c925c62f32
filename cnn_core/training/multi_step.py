"""A Keras model that trains several steps per TensorFlow call, and reports its weights after given steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf


class MultiStepModel(keras.Model):
    """The layers of a functional model with another `make_train_function`; the arithmetic of a step is the same.

    Keras's loop is traced for a fixed `steps_per_execution` and checks for the end of data before each step. This one
    takes a step count, so that it can stop after a given step; and it is traced in two thirds of the time.
    `looks` are steps, counted from 1 over all epochs of one `fit`, after which `look(step)` is called.
    It shares its layers with `model`, and is not meant to be saved.

    Example:
        >>> model = MultiStepModel(build_model(architecture), steps_per_epoch=600)
        >>> model.compile("adam", "categorical_crossentropy", steps_per_execution=10)
    """

    train_function: Callable[[Any], Any] | None

    def __init__(
        self,
        model: keras.Model,
        steps_per_epoch: int,
        looks: Sequence[int] = (),
        look: Callable[[int], None] = lambda step: None,
    ) -> None:
        super().__init__(inputs=model.inputs[0], outputs=model.outputs[0], name=model.name)
        self._steps_per_epoch, self._looks, self._look = steps_per_epoch, tuple(looks), look
        self._done = 0
        self._is_single: Callable[[], bool] = lambda: False
        self._after_single: Callable[[int, Any], None] = lambda step, logs: None

    def step_singly(self, is_single: Callable[[], bool], after: Callable[[int, Any], None]) -> None:
        """While `is_single()`, steps are trained one by one.

        `after(step, logs)` follows each but the last of a call, after which Keras calls its callbacks; `step` counts
        from 1 in its epoch, `logs` are Keras's running means.
        """
        self._is_single, self._after_single = is_single, after

    def make_train_function(self, force: bool = False) -> Callable[[Any], Any]:
        """As in Keras: sets and returns `train_function`, which trains `steps_per_execution` steps per call."""
        if self.train_function is None or force:
            self._run_steps = tf.function(_loop_of(self), reduce_retracing=True)
            self.train_function = self._run
        return self.train_function

    def trace(self, batch: tuple[tf.TensorSpec, ...]) -> None:
        """Traces the training loop in advance for batches of this spec; others are traced at the first step."""
        self.make_train_function()
        self._run_steps.get_concrete_function(tf.data.IteratorSpec(batch), tf.TensorSpec((), tf.int32))

    def _run(self, iterator: Any) -> Any:
        before = self._done - self._done % self._steps_per_epoch
        end = min(self._done + self.steps_per_execution, before + self._steps_per_epoch)
        while self._done < end:
            is_single = self._is_single()
            halts = [step for step in self._looks if self._done < step < end]
            halt = self._done + 1 if is_single else min([*halts, end])
            logs = self._run_steps(iterator, tf.constant(halt - self._done))
            self._done = halt
            if halt in self._looks:
                self._look(halt)
            if is_single and halt < end:
                self._after_single(halt - before, logs)
        return logs


def _loop_of(model: keras.Model) -> Callable[[Any, Any], Any]:
    @tf.autograph.experimental.do_not_convert
    def steps(iterator: Any, count: Any) -> Any:
        def step(done: Any) -> Any:
            model.train_step(next(iterator))
            return (done + 1,)

        tf.while_loop(lambda done: done < count, step, [tf.constant(0)])
        return model.get_metrics_result()

    return steps
