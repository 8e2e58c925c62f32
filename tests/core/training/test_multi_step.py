"""Several steps in a call: traced once, before the data are there, whatever the batches look like."""

import pytest
import tensorflow as tf
from small_runs import digits_experiment

from cnn_core import RunStore, train_run
from cnn_core.training import multi_step as steps


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_size": 100},
        {"batch_size": 64},
        {"batch_size": 2000},
        {"batch_size": 100, "loss": "sparse_categorical_crossentropy"},
        {"batch_size": 64, "class_weight": "balanced"},
    ],
    ids=["batches of one size", "a smaller last batch", "a batch larger than the data", "class labels", "weights"],
)
def test_a_step_is_traced_once(tmp_path, monkeypatch, settings):
    traced, loop_of = [], steps._loop_of

    def counted(model):
        loop = loop_of(model)

        @tf.autograph.experimental.do_not_convert
        def count(iterator, halt):
            traced.append(settings)
            return loop(iterator, halt)

        return count

    monkeypatch.setattr(steps, "_loop_of", counted)
    result = train_run(RunStore(tmp_path).create(digits_experiment(epochs=2, **settings)))
    assert result.epoch == 2
    assert len(traced) == 1
