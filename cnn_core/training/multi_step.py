"""Multiple training steps per TensorFlow call, with callbacks at given steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf


class MultiStepTrainer:
    """What `fit` calls instead of Keras's own loop over `steps_per_execution` steps; their arithmetic is the same.

    Keras's loop is traced for one number of steps and checks for the end of data before each. This one takes
    a step count, so that it can stop after a given step; and it is traced in two thirds of the time.
    For a model that has been compiled; its `make_train_function(force=True)` traces again as Keras's does.
    `looks` are steps, counted from 1 over all epochs of one `fit`, after which `look(step)` is called.
    """

    def __init__(
        self, model: keras.Model, steps_per_epoch: int, looks: Sequence[int], look: Callable[[int], None]
    ) -> None:
        self._model, self._steps_per_epoch, self._looks, self._look = model, steps_per_epoch, looks, look
        self._done = 0
        model.make_train_function = self._make
        model.train_function = None

    def trace(self, batch: tuple[tf.TensorSpec, ...]) -> None:
        """Does now what the first call would begin with. `batch` is what Keras will feed; else it is traced again."""
        self._make()
        self._run_steps.get_concrete_function(tf.data.IteratorSpec(batch), tf.TensorSpec((), tf.int32))

    def _make(self, force: bool = False) -> Any:
        model = self._model
        if model.train_function is None or force:
            self._run_steps = tf.function(_loop_of(model), reduce_retracing=True)
            model.train_function = self._run
        return model.train_function

    def _run(self, iterator: Any) -> Any:
        left_in_epoch = self._steps_per_epoch - self._done % self._steps_per_epoch
        end = self._done + min(self._model.steps_per_execution, left_in_epoch)
        for halt in [*(step for step in self._looks if self._done < step < end), end]:
            logs = self._run_steps(iterator, tf.constant(halt - self._done))
            self._done = halt
            if halt in self._looks:
                self._look(halt)
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
