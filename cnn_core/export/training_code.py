"""Training config and interventions → the Python that compiles and fits: only what differs from Keras's defaults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnn_core.architecture.layers.base import repr_value
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment import Experiment
from cnn_core.experiment.optimizers import OPTIMIZERS_BY_KIND, Optimizer
from cnn_core.experiment.schedules import Constant, ReduceOnPlateau
from cnn_core.experiment.training import EVALUATION_BATCH, TrainingConfig
from cnn_core.runs.events import Event


def write_compile(experiment: Experiment, images: int) -> str:
    """`images` is the size of the training set, before any share of it is left out."""
    training = experiment.training
    lines, rate = [], repr(training.learning_rate)
    if not isinstance(training.schedule, (Constant, ReduceOnPlateau)):
        lines += _write_schedule(training, images)
        rate = "learning_rate"
    return "\n".join(
        (
            *lines,
            "model.compile(",
            f"    optimizer={write_optimizer(training.optimizer, rate, training.clip_norm)},",
            f"    loss={_write_loss(training)},",
            '    metrics=["accuracy"],',
            ")",
        )
    )


def write_fit(experiment: Experiment, images: int, interventions: Sequence[Event] = ()) -> str:
    training, epochs = experiment.training, experiment.training.epochs
    lines = []
    if training.class_weight == "balanced":
        lines += _write_class_weights(experiment, training.count_samples(images))
    if interventions:
        planned = [event["value"] for event in interventions if event["what"] == "epochs"]
        epochs = planned[-1] if planned else epochs
        lines += [*_write_steering(training, interventions), ""]
    callbacks = [*_callbacks(training, epochs), *(["Steering()"] if interventions else [])]
    watched = f"validation_split={training.validation_split!r}"
    lines += [
        "history = model.fit(",
        "    x_train,",
        "    y_train,",
        f"    batch_size={training.batch_size},",
        f"    epochs={epochs},",
        f"    {watched if training.validation_split else 'validation_data=(x_test, y_test)'},",
        f"    validation_batch_size={EVALUATION_BATCH},",
    ]
    if training.class_weight == "balanced":
        lines.append("    class_weight=class_weight,")
    if callbacks:
        lines.append(f"    callbacks=[{', '.join(callbacks)}],")
    return "\n".join([*lines, ")"])


def write_optimizer(optimizer: Optimizer, rate: str, clip_norm: float) -> str:
    """`keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)`; `rate` is Python source."""
    fields = OPTIMIZERS_BY_KIND[optimizer.kind].model_fields
    given = [f"learning_rate={rate}"]
    for name, value in optimizer.model_dump(exclude={"kind"}).items():
        if value != fields[name].default:
            given.append(f"{name}={value!r}")
    if clip_norm:
        given.append(f"global_clipnorm={clip_norm!r}")
    return f"keras.optimizers.{optimizer.kind}({', '.join(given)})"


def _write_schedule(training: TrainingConfig, images: int) -> list[str]:
    steps = training.steps_per_epoch(images)
    call = training.schedule.keras_call(training.learning_rate, steps, training.epochs)
    assert call is not None
    name, arguments = call
    return [
        f"learning_rate = keras.optimizers.schedules.{name}(  # {steps} steps are one epoch",
        *(f"    {key}={value!r}," for key, value in arguments.items()),
        ")",
    ]


def _write_loss(training: TrainingConfig) -> str:
    if training.label_smoothing:
        return f"keras.losses.CategoricalCrossentropy(label_smoothing={training.label_smoothing!r})"
    return repr_value(training.loss)


def _callbacks(training: TrainingConfig, epochs: int) -> Iterator[str]:
    if isinstance(training.schedule, ReduceOnPlateau):
        schedule = training.schedule
        yield f"keras.callbacks.ReduceLROnPlateau(factor={schedule.factor!r}, patience={schedule.patience})"
    if training.early_stopping or training.restore_best:
        restore = ", restore_best_weights=True" if training.restore_best else ""
        yield f"keras.callbacks.EarlyStopping(patience={training.early_stopping or epochs}{restore})"


def _write_class_weights(experiment: Experiment, samples: int) -> list[str]:
    classes = len(DATASETS[experiment.dataset].class_names)
    labels = "y_train" if experiment.training.loss == "sparse_categorical_crossentropy" else "y_train.argmax(axis=1)"
    return [
        "# A rare class counts as much as a frequent one.",
        f"counts = np.bincount({labels}[:{samples}], minlength={classes})",
        f"class_weight = {{i: float(counts.sum() / ({classes} * n)) if n else 1.0 for i, n in enumerate(counts)}}",
    ]


def _write_steering(training: TrainingConfig, interventions: Sequence[Event]) -> list[str]:
    """Callback that repeats interventions at the same steps."""
    scheduled = not isinstance(training.schedule, (Constant, ReduceOnPlateau))
    begins: list[str] = []
    batches: list[str] = []
    for event in interventions:
        if event["what"] == "optimizer":
            begins += _write_swap(event, training)
        elif event["what"] == "learning_rate":
            (batches if event["step"] else begins).extend(_write_rate(event, scheduled))
        elif event["what"] == "stop":
            batches += [f"        if (self.epoch, batch + 1) == ({event['epoch']}, {event['step']}):",
                        "            self.model.stop_training = True"]  # fmt: skip
    return [
        "class Steering(keras.callbacks.Callback):  # what was done by hand while the run went on",
        "    def on_epoch_begin(self, epoch, logs=None):",
        "        self.epoch = epoch + 1",
        *begins,
        *(["", "    def on_train_batch_end(self, batch, logs=None):", *batches] if batches else []),
    ]


def _write_swap(event: Event, training: TrainingConfig) -> list[str]:
    value = dict(event["value"])
    spec = OPTIMIZERS_BY_KIND[value["kind"]].model_validate(value)
    made = write_optimizer(spec, "float(self.model.optimizer.learning_rate)", training.clip_norm)  # type: ignore[arg-type]
    return [
        f"        if self.epoch == {event['epoch']}:",
        f"            self.model.optimizer = {made}",
        "            self.model.optimizer.build(self.model.trainable_variables)",
        "            self.model.make_train_function(force=True)",
    ]


def _write_rate(event: Event, scheduled: bool) -> list[str]:
    place = f"(self.epoch, batch + 1) == ({event['epoch']}, {event['step']})"
    if not event["step"]:  # before the first one
        place = f"self.epoch == {event['epoch']}"
    lines = [f"        if {place}:"]
    if scheduled:
        return [
            *lines,
            f"            self.model.optimizer.learning_rate = lambda: {event['value']!r}  # in place of the schedule",
            "            self.model.make_train_function(force=True)",
        ]
    return [*lines, f"            self.model.optimizer.learning_rate = {event['value']!r}"]
