"""The optimizers are Keras's: its names, its knobs, its defaults."""

import keras
import pytest
from pydantic import ValidationError

from cnn_core import TrainingConfig
from cnn_core.experiment.optimizers import OPTIMIZERS, OPTIMIZERS_BY_KIND, SGD, Adam, optimizer_arguments
from cnn_core.training.keras_optimizer import build_optimizer

every_kind = pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.__name__)


@every_kind
def test_every_default_matches_keras(kind):
    theirs = getattr(keras.optimizers, kind.__name__)()
    assert kind.default_rate == pytest.approx(float(theirs.learning_rate.numpy()))
    config = theirs.get_config()
    assert {knob: config[knob] for knob in optimizer_arguments(kind(), 0.0)} == optimizer_arguments(kind(), 0.0)


@every_kind
def test_build_returns_the_keras_optimizer_with_these_arguments(kind):
    numbers = {name: 0.25 for name, field in kind.model_fields.items() if field.annotation is float}
    built = build_optimizer(kind(**numbers), 0.5, clip_norm=2.0)
    assert type(built) is getattr(keras.optimizers, kind.__name__)
    config = built.get_config()
    assert {knob: config[knob] for knob in numbers} == numbers
    assert config["learning_rate"] == pytest.approx(0.5)
    assert config["global_clipnorm"] == 2.0


def test_without_clipping_keras_gets_no_clipping_argument():
    assert build_optimizer(Adam(), 0.1).get_config()["global_clipnorm"] is None


@pytest.mark.parametrize("name", OPTIMIZERS_BY_KIND)
def test_a_lower_case_name_means_the_optimizer_with_defaults(name):
    config = TrainingConfig.model_validate({"optimizer": name.lower()})
    assert config.optimizer == OPTIMIZERS_BY_KIND[name]()
    assert type(keras.optimizers.get(name.lower())).__name__ == config.optimizer.kind


@pytest.mark.parametrize(
    "wrong",
    ["lion", {"kind": "Lion"}, {"kind": "SGD", "momentum": 1.0}, {"kind": "Adam", "momentum": 0.9}, {"momentum": 0.9}],
    ids=str,
)
def test_unknown_optimizers_and_arguments_are_rejected(wrong):
    with pytest.raises(ValidationError, match="optimizer"):
        TrainingConfig.model_validate({"optimizer": wrong})


def test_an_optimizer_round_trips_through_json():
    config = TrainingConfig(optimizer=SGD(momentum=0.9, nesterov=True))
    assert TrainingConfig.model_validate_json(config.model_dump_json()) == config
