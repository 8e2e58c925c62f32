"""Remedies of diagnostics: each is the experiment with one change that removes the cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cnn_core.architecture.layers import BatchNormalization, Dense, Dropout, Layer
from cnn_core.architecture.repair import check
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.diagnosis.diagnose import Diagnostic
from cnn_core.errors import CnnLabError
from cnn_core.experiment import Experiment
from cnn_core.experiment.optimizers import OPTIMIZERS_BY_KIND
from cnn_core.experiment.variant_name import name_variant

_LOWEST_RATE, _HIGHEST_RATE = 1e-9, 10.0
_FAR = 20  # times the usual learning rate
_SATURATING = ("sigmoid", "tanh", "softsign", "hard_sigmoid")
_DROPOUT, _L2, _BATCH, _UNITS, _SPLIT, _PATIENCE = 0.3, 0.001, 32, 32, 0.2, 3


@dataclass(frozen=True)
class Remedy:
    """`code` names the kind of change, `values` are for its label, `experiment` is the changed setup."""

    code: str
    values: dict[str, Any]
    experiment: Experiment


Change = tuple[str, dict[str, Any], Experiment]
Make = Callable[[Experiment, dict[str, Any]], Iterator[Change]]


def find_remedies(diagnostic: Diagnostic, experiment: Experiment) -> tuple[Remedy, ...]:
    """Changed experiments that can be trained, the most promising first.

    Example:
        >>> find_remedies(find_diagnostics(run)[0], run.experiment)[0].code
        'learning_rate'
    """
    remedies = []
    for make in _REMEDIES[diagnostic.code]:
        try:
            for code, values, changed in make(experiment, diagnostic.values):
                check(changed.architecture, len(DATASETS[changed.dataset].class_names), changed.training.loss)
                if changed != experiment:
                    remedies.append(Remedy(code, values, name_variant(changed)))
        except (ValidationError, CnnLabError):  # this change does not fit here
            continue
    return tuple(remedies)


def _rate(rate: float, experiment: Experiment) -> Change:
    rate = float(f"{min(max(rate, _LOWEST_RATE), _HIGHEST_RATE):.3g}")
    return "learning_rate", {"rate": rate}, experiment.with_training(learning_rate=rate)


def _lower_rate(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    """A tenth of the rate, and not more than is usual for the optimizer."""
    rate = values.get("rate") or experiment.training.learning_rate
    yield _rate(min(rate / 10, _usual_rate(experiment)), experiment)


def _scale_pixels(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    """Pixels of 0–1; a learning rate far above the usual one would still be too large for them."""
    scaled, usual = experiment.with_training(input_scaling="unit"), _usual_rate(experiment)
    if experiment.training.input_scaling == "unit":
        return
    if experiment.training.learning_rate <= _FAR * usual:
        yield "input_scaling", {}, scaled
    else:
        _, values, changed = _rate(usual, scaled)
        yield "scaling_and_rate", values, changed


def _usual_rate(experiment: Experiment) -> float:
    optimizer = OPTIMIZERS_BY_KIND[experiment.training.optimizer.kind]
    return optimizer.paper_rate or optimizer.default_rate


def _scale_rate(factor: float) -> Make:
    def make(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
        yield _rate(factor * (values.get("rate") or experiment.training.learning_rate), experiment)

    return make


def _rate_from(name: str) -> Make:
    def make(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
        yield _rate(values[name], experiment)

    return make


def _train_with(code: str, **changes: Any) -> Make:
    def make(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
        yield code, changes, experiment.with_training(**changes)

    return make


def _crossentropy(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    yield from _train_with("loss", loss="categorical_crossentropy")(experiment, values)


def _smaller_batch(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    size = _BATCH if experiment.training.batch_size > _BATCH else max(1, experiment.training.batch_size // 4)
    yield "batch_size", {"size": size}, experiment.with_training(batch_size=size)


def _more_epochs(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    epochs = min(1000, 3 * experiment.training.epochs)
    yield "epochs", {"epochs": epochs}, experiment.with_training(epochs=epochs)


def _change_layer(code: str, layer: Layer, experiment: Experiment, **fields: Any) -> Change:
    changed = experiment.architecture.replace_layer(layer.name, **fields)
    return code, {"layer": layer.name, **fields}, experiment.model_copy(update={"architecture": changed})


def _set_in_layer(code: str, **fields: Any) -> Make:
    """In the layer that the diagnostic names."""

    def make(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
        layer = _find(experiment, values["layer"])
        if all(hasattr(layer, field) for field in fields):
            yield _change_layer(code, layer, experiment, **fields)

    return make


def _initialize(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    layer = _find(experiment, values["layer"])
    name = "he_normal" if getattr(layer, "activation", "") == "relu" else "glorot_uniform"
    for field in ("kernel_initializer", "depthwise_initializer"):
        if getattr(layer, field, name) != name:
            change = _change_layer("initializer", layer, experiment, **{field: name})
            yield change[0], {"layer": layer.name, "initializer": name}, change[2]


def _relu_everywhere(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    """In place of activations whose slope fades, with the initializer that suits relu."""
    architecture = experiment.architecture
    for layer in architecture.layers[:-1]:
        if getattr(layer, "activation", "") in _SATURATING:
            fields = {"activation": "relu"}
            if hasattr(layer, "kernel_initializer"):
                fields["kernel_initializer"] = "he_normal"
            architecture = architecture.replace_layer(layer.name, **fields)
    yield "relu", {}, experiment.model_copy(update={"architecture": architecture})


def _normalize(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    """Batch normalization behind the layer that the diagnostic names."""
    architecture = experiment.architecture
    place = next(i for i, layer in enumerate(architecture.layers) if layer.name == values["layer"])
    changed = architecture.insert_layer(place + 1, BatchNormalization.kind_name())
    yield "normalize", {"layer": values["layer"]}, experiment.model_copy(update={"architecture": changed})


def _widen(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    """Twice the filters and units of every layer but the last."""
    architecture = experiment.architecture
    for layer in architecture.layers[:-1]:
        fields = {name: 2 * getattr(layer, name) for name in ("filters", "units") if hasattr(layer, name)}
        if fields:
            architecture = architecture.replace_layer(layer.name, **fields)
    if architecture == experiment.architecture:  # there is no hidden layer: one more
        place = len(architecture.layers) - 1
        architecture = architecture.insert_layer(place, Dense.kind_name(), units=2 * _UNITS, activation="relu")
    yield "wider", {}, experiment.model_copy(update={"architecture": architecture})


def _add_dropout(experiment: Experiment, values: dict[str, Any]) -> Iterator[Change]:
    architecture = experiment.architecture
    changed = architecture.insert_layer(len(architecture.layers) - 1, Dropout.kind_name(), rate=_DROPOUT)
    yield "add_dropout", {"rate": _DROPOUT}, experiment.model_copy(update={"architecture": changed})


def _find(experiment: Experiment, name: str) -> Layer:
    return next(layer for layer in experiment.architecture.layers if layer.name == name)


_clip = _train_with("clip_norm", clip_norm=1.0)
_third, _tenfold = _scale_rate(1 / 3), _scale_rate(10)
_unit, _tenth = _scale_pixels, _lower_rate
_usual = _rate_from("usual")
_all_images = _train_with("train_share", train_share=1.0)
_true_labels = _train_with("label_noise", label_noise=0.0)
_stop_early = _train_with("early_stopping", early_stopping=_PATIENCE, restore_best=True)
_leaky = _set_in_layer("leaky_relu", activation="leaky_relu")
_less_l2, _less_dropout = _set_in_layer("l2", l2=_L2), _set_in_layer("dropout", rate=_DROPOUT)
_adam = _train_with("adam", optimizer={"kind": "Adam"}, learning_rate=0.001)
_constant = _train_with("schedule", schedule={"kind": "constant"})

_REMEDIES: dict[str, tuple[Make, ...]] = {
    "not_finite": (_tenth, _clip),
    "not_finite_raw": (_unit, _tenth),
    "exploding": (_unit, _tenth, _clip),
    "collapsed": (_tenth,),
    "stuck": (_tenfold, _tenth),
    "stuck_labels": (_true_labels,),
    "stuck_zeros": (_initialize,),
    "stuck_l2": (_less_l2,),
    "stuck_dropout": (_less_dropout,),
    "stuck_rate_high": (_usual,),
    "stuck_rate_low": (_usual,),
    "stuck_dead": (_tenth, _leaky),
    "stuck_dead_raw": (_unit, _tenth),
    "stuck_vanishing": (_relu_everywhere, _normalize),
    "stuck_few_steps": (_smaller_batch, _more_epochs),
    "stuck_narrow": (_set_in_layer("units", units=_UNITS),),
    "stuck_raw": (_unit, _tenth),
    "stuck_mse": (_crossentropy, _tenfold),
    "slow": (_rate_from("faster"), _adam),
    "slow_few_steps": (_smaller_batch, _more_epochs),
    "large_gradients": (_clip, _unit, _tenth),
    "missing_classes": (_all_images,),
    "vanishing": (_relu_everywhere, _normalize),
    "unstable": (_third,),
    "unstable_watched": (_third,),
    "overfitting": (_stop_early, _add_dropout),
    "overfitting_noise": (_true_labels, _stop_early),
    "memorising": (_all_images, _add_dropout),
    "norm_lag": (_smaller_batch, _more_epochs),
    "rate_ran_out": (_constant, _rate_from("peak")),
    "underfitting": (_widen, _tenth),
    "underfitting_dropout": (_less_dropout,),
    "underfitting_l2": (_less_l2,),
    "dead": (_leaky, _tenth),
    "few_images": (_all_images,),
    "few_watched": (_train_with("validation_split", validation_split=_SPLIT),),
}
