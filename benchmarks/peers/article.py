"""What the tutorials write: `compile`, bare `fit` with Keras's defaults. Arguments: recipe, images, epochs.

Prints one JSON line: images per second of training (first call and evaluation left out), and for every epoch the
seconds of training so far and the test accuracy.
"""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras

from cnn_core.architecture.builder import build_model
from cnn_core.data.datasets.load import load_dataset
from cnn_core.experiment.preprocess import one_hot, prepare_images
from cnn_core.experiment.recipes import find_recipe


class Stopwatch(keras.callbacks.Callback):
    """Times the steps of an epoch from the end of its first to the end of its last."""

    def __init__(self) -> None:
        super().__init__()
        self.steps, self.seconds, self.before = 0, 0.0, 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        now = time.perf_counter()
        if batch:
            self.seconds += now - self.before
            self.steps += 1
        self.before = now


def main(recipe: str, images: int, epochs: int) -> None:
    experiment = find_recipe(recipe).experiment
    training, data = experiment.training, load_dataset("mnist")
    x, x_test = (
        prepare_images(pictures, training.input_scaling, experiment.architecture.data_format)
        for pictures in (data.x_train[:images], data.x_test)
    )
    y, y_test = one_hot(data.y_train[:images], 10), one_hot(data.y_test, 10)
    keras.utils.set_random_seed(training.seed)
    model = build_model(experiment.architecture)
    optimizer = getattr(keras.optimizers, training.optimizer.kind)(learning_rate=training.learning_rate)
    model.compile(optimizer=optimizer, loss=training.loss, metrics=["accuracy"])
    watch, reached, seconds = Stopwatch(), [], 0.0
    for _ in range(epochs):
        began = time.perf_counter()
        model.fit(x, y, batch_size=training.batch_size, verbose=0, callbacks=[watch])
        seconds += time.perf_counter() - began
        if epochs > 1:
            reached.append((seconds, model.evaluate(x_test, y_test, batch_size=500, verbose=0)[1]))
    speed = watch.steps * training.batch_size / watch.seconds
    sys.stdout.write(json.dumps({"images_per_second": speed, "epochs": reached}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
